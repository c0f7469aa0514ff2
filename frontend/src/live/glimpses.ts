/** Text that is being written and progress: shown at once, and stored by nobody. */
import type { RunEvent } from "./view";

export interface Progress {
  done: number;
  total: number;
  note: string;
}

/** What a node execution has shown since the last frame. */
export interface Glimpse {
  node_id: string;
  number: number;
  attempt: number;
  text?: string;
  progress?: Progress | undefined;
}

/** By node execution: what it has shown so far. */
export type Glimpses = Readonly<Record<string, Glimpse>>;

const TEXT_KEPT = 50_000;

const keyOf = ({ node_id, number }: { node_id: string; number: number }): string =>
  `${number} ${node_id}`;

/** Text of the same attempt goes on; that of another one begins anew. */
export function withGlimpses(known: Glimpses, fresh: readonly Glimpse[]): Glimpses {
  const all: Record<string, Glimpse> = { ...known };
  for (const glimpse of fresh) {
    const before = all[keyOf(glimpse)];
    const isSame = before?.attempt === glimpse.attempt;
    const text = ((isSame && before.text) || "") + (glimpse.text ?? "");
    const progress = glimpse.progress ?? (isSame ? before.progress : undefined);
    all[keyOf(glimpse)] = { ...glimpse, text: text.slice(-TEXT_KEPT), progress };
  }
  return all;
}

const ENDS: ReadonlySet<RunEvent["type"]> = new Set<RunEvent["type"]>([
  "node.completed",
  "node.failed",
  "node.retrying",
]);

/** Once it is recorded what came of an attempt, that is what counts. */
export function withoutEnded(known: Glimpses, events: readonly RunEvent[]): Glimpses {
  const ended = events.filter(
    (event) => "node_id" in event && ENDS.has(event.type) && keyOf(event) in known,
  );
  if (ended.length === 0) return known;
  const left: Record<string, Glimpse> = { ...known };
  for (const event of ended) if ("node_id" in event) delete left[keyOf(event)];
  return left;
}
