/** What an import had to say, carried over to the page of the new agent. */
import type { ImportReport } from "../api/client";
import { count } from "../live/words";
import type { Notice } from "./state";

const KEY = "builder.import-report.";

export function keepReport(id: string, report: ImportReport): void {
  try {
    const link = { href: `/agents/${id}/report/`, words: "See all that came with it" };
    sessionStorage.setItem(KEY + id, JSON.stringify({ ...noticeOf(report), link }));
  } catch {
    // Without storage the new agent opens without the notice; its findings say the same.
    return;
  }
}

export function takeReport(id: string): Notice | null {
  try {
    const text = sessionStorage.getItem(KEY + id);
    sessionStorage.removeItem(KEY + id);
    return text === null ? null : (JSON.parse(text) as Notice);
  } catch {
    return null;
  }
}

export function noticeOf(report: ImportReport): Notice {
  const what = `Imported ${count(report.nodes, "node")} and ${count(report.links, "link")}.`;
  const missing = [report, ...(report.agents ?? [])].flatMap(
    (part) => part.blocks_missing ?? [],
  ).length;
  const rest = [
    ...came(report.agents?.length ?? 0),
    ...wanted(report.credentials_wanted ?? []),
    ...away(report.agents_missing?.length ?? 0),
  ];
  if (missing === 0) return { tone: "good", text: [what, ...rest].join(" ") };
  const text = `${count(missing, "block")} not installed here: the nodes are kept but cannot run.`;
  return { tone: "bad", text: [what, text, ...rest].join(" ") };
}

const came = (agents: number): string[] =>
  agents === 0 ? [] : [`${count(agents, "agent")} that it calls came with it.`];

const away = (agents: number): string[] =>
  agents === 0 ? [] : [`${count(agents, "agent")} that it calls did not come with it.`];

function wanted(credentials: readonly { providers: string[] }[]): string[] {
  const names = new Set(credentials.flatMap((one) => one.providers.slice(0, 1)));
  return names.size === 0 ? [] : [`It wants credentials for ${[...names].join(", ")}.`];
}
