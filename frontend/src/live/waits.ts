/** What a run waits for, in words. */
import type { Queue } from "../graph/types";
import { duration, shorten, stop, type NameOf } from "./words";
import type { LiveView, Wait } from "./view";

export interface OpenWait {
  nodeId: string;
  number: number;
  wait: Wait;
}

const FIRST: readonly Wait["reason"][] = ["review", "agent", "retry", "timer"];

/** What people can do something about comes first, then what ends soonest. */
export function openWaits(view: LiveView): OpenWait[] {
  const found = Object.entries(view.nodes).flatMap(([nodeId, node]) =>
    Object.entries(node.firings).flatMap(([number, { wait }]) =>
      wait === null ? [] : [{ nodeId, number: Number(number), wait }],
    ),
  );
  return found.sort((a, b) => rank(a.wait) - rank(b.wait) || end(a.wait) - end(b.wait));
}

function rank(wait: Wait): number {
  return FIRST.indexOf(wait.reason);
}

function end(wait: Wait): number {
  return ("until" in wait ? wait.until : null) ?? Number.MAX_SAFE_INTEGER;
}

/** The wait that a node shows, when all that is active of it waits. */
export function waitOfNode(view: LiveView["nodes"][string] | undefined): Wait | null {
  if (view?.state !== "waiting") return null;
  const waits = Object.values(view.firings).flatMap(({ wait }) => wait ?? []);
  return waits.sort((a, b) => rank(a) - rank(b) || end(a) - end(b))[0] ?? null;
}

/** `in 12 s`, to the second; nothing is in the past. */
export function countdown(until: number, now: number): string {
  const left = Math.ceil((until - now) / 1000) * 1000;
  return left <= 0 ? "any moment now" : `in ${duration(left)}`;
}

/** One line without its node, for a small place. */
export function shortWait(wait: Wait, now: number): string {
  switch (wait.reason) {
    case "review":
      return wait.purpose === "outcome" ? "Asks whether to try again" : "Waits for a person";
    case "agent":
      return "Waits for another agent";
    case "retry":
      return `Again ${countdown(wait.until, now)}: ${wait.error.message}`;
    case "timer":
      return `Goes on ${countdown(wait.until, now)}`;
  }
}

/** A sentence for waits that end by themselves. */
export function waitSentence({ nodeId, wait }: OpenWait, nameOf: NameOf, now: number): string {
  const name = nameOf(nodeId);
  if (wait.reason === "retry") {
    const why = stop(shorten(wait.error.message, 200));
    return `Tries ${name} again ${countdown(wait.until, now)}, after: ${why}`;
  }
  return `${name}: ${shortWait(wait, now)}.`;
}

const COUNTED_AT_MOST = 10_000;

/** Why a run has not begun, or was not taken up again. */
export function queueSentence({ detail, place }: Queue): string {
  return [placeInLine(place), detail].filter(Boolean).join(" ");
}

function placeInLine(place: number | null): string {
  if (place === null) return "";
  if (place > COUNTED_AT_MOST) return "More than 10,000 runs are before it.";
  return place === 1 ? "Next in line." : `${ordinal(place)} in line.`;
}

const SUFFIXES: Readonly<Record<string, string>> = { one: "st", two: "nd", few: "rd", other: "th" };
const ORDINALS = new Intl.PluralRules("en", { type: "ordinal" });

export function ordinal(number: number): string {
  return `${number.toLocaleString("en")}${SUFFIXES[ORDINALS.select(number)] ?? "th"}`;
}
