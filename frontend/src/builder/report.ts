/** What an import had to say, carried over to the page of the new agent. */
import type { ImportReport } from "../api/client";
import { count } from "../live/words";
import type { Notice } from "./state";

const KEY = "builder.import-report.";

export function keepReport(id: string, report: ImportReport): void {
  try {
    sessionStorage.setItem(KEY + id, JSON.stringify(noticeOf(report)));
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
  const missing = report.blocks_missing?.length ?? 0;
  if (missing === 0) return { tone: "good", text: what };
  const text = `${what} ${count(missing, "block")} not installed here: the nodes are kept but cannot run.`;
  return { tone: "bad", text };
}
