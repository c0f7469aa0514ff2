/** How long each node was at work or waited, and which one took the longest. */
import { isFinal, type LiveView, type RunEvent } from "./view";

interface Clock {
  open: Set<number>;
  since: number;
  total: number;
}

/** In milliseconds, by node, for those that have come to rest; firings side by side
    count once. */
export function busyTimes(events: readonly RunEvent[]): ReadonlyMap<string, number> {
  const clocks = new Map<string, Clock>();
  for (const event of events) {
    if (event.type === "execution.finished") stopAll(clocks, event.at);
    if (!("node_id" in event)) continue;
    const clock = clocks.get(event.node_id) ?? { open: new Set(), since: 0, total: 0 };
    clocks.set(event.node_id, clock);
    const isOver = event.type === "node.completed" || event.type === "node.failed";
    if (isOver) close(clock, event.number, event.at);
    else if (event.type !== "node.spent") begin(clock, event.number, event.at);
  }
  const resting = [...clocks].filter(([, clock]) => clock.open.size === 0);
  return new Map(resting.map(([id, clock]) => [id, clock.total]));
}

function begin(clock: Clock, firing: number, at: number): void {
  if (clock.open.size === 0) clock.since = at;
  clock.open.add(firing);
}

function close(clock: Clock, firing: number, at: number): void {
  if (clock.open.delete(firing) && clock.open.size === 0) clock.total += at - clock.since;
}

function stopAll(clocks: ReadonlyMap<string, Clock>, at: number): void {
  for (const clock of clocks.values()) {
    for (const firing of [...clock.open]) close(clock, firing, at);
  }
}

/** Below this nobody asks where the time went. */
const WORTH_A_WORD_MS = 1_000;
const SHARE = 0.25;

/** The node that took the longest, if it took a good part of a run that took a while. */
export function slowest(times: ReadonlyMap<string, number>, runMs: number): string | null {
  const [first] = [...times].sort(([, a], [, b]) => b - a);
  if (!first) return null;
  const [id, time] = first;
  return time >= WORTH_A_WORD_MS && time >= runMs * SHARE && times.size > 1 ? id : null;
}

/** What the canvas shows of time: which node was slow is said once the run is over. */
export function timesOf(view: LiveView, events: readonly RunEvent[]) {
  const took = busyTimes(events);
  const runMs = (view.ended_at ?? 0) - (view.started_at ?? 0);
  return { took, slowest: isFinal(view.status) ? slowest(took, runMs) : null };
}
