/** From events to the bars of the timeline. */
import type { NodeEvent, NodeState, RunEvent } from "./view";

export interface Firing {
  number: number;
  started: number;
  /** null while it is active. */
  ended: number | null;
  state: NodeState;
  attempts: number;
  emissions: number;
  /** Its values come from an earlier run. */
  isReused: boolean;
  /** When attempts failed that another one followed. */
  retries: number[];
  /** The lane it is drawn in, so that parallel firings do not cover each other. */
  lane: number;
}

export interface TimelineRow {
  nodeId: string;
  firings: Firing[];
  lanes: number;
}

export interface TimelineData {
  start: number;
  /** null while the run goes on. */
  end: number | null;
  rows: TimelineRow[];
}

export function timeline(events: readonly RunEvent[]): TimelineData {
  const byNode = new Map<string, Map<number, Firing>>();
  let start = events[0]?.at ?? 0;
  let end: number | null = null;
  for (const event of events) {
    if (event.type === "execution.started") start = Math.min(start, event.at);
    else if (event.type === "execution.finished") end = event.at;
    else if ("node_id" in event) note(byNode, event);
  }
  const rows = [...byNode].map(([nodeId, firings]) =>
    rowOf(nodeId, [...firings.values()], end),
  );
  return { start, end, rows };
}

function note(byNode: Map<string, Map<number, Firing>>, event: NodeEvent): void {
  const firings = byNode.get(event.node_id) ?? new Map<number, Firing>();
  byNode.set(event.node_id, firings);
  const firing = firings.get(event.number) ?? newFiring(event);
  firings.set(event.number, firing);
  if (event.type === "node.started") firing.attempts = event.attempt;
  if (event.type === "node.emitted") firing.emissions += 1;
  if (event.type === "node.reused") firing.isReused = true;
  if (event.type === "node.retrying") firing.retries.push(event.at);
  firing.state = stateAfter(event, firing.state);
  const over = firing.state === "completed" || firing.state === "failed";
  if (over) firing.ended = event.at;
}

function newFiring(event: NodeEvent): Firing {
  return {
    number: event.number,
    started: event.at,
    ended: null,
    state: "running",
    attempts: 1,
    emissions: 0,
    isReused: false,
    retries: [],
    lane: 0,
  };
}

const STATE_AFTER: Readonly<Partial<Record<NodeEvent["type"], NodeState>>> = {
  "node.completed": "completed",
  "node.failed": "failed",
  "node.waiting": "waiting",
  "node.retrying": "waiting",
  "node.asked": "waiting",
  "node.called": "waiting",
};

function stateAfter(event: NodeEvent, before: NodeState): NodeState {
  if (event.type === "node.spent") return before;
  return STATE_AFTER[event.type] ?? "running";
}

function rowOf(nodeId: string, firings: Firing[], end: number | null): TimelineRow {
  const laneEnds: number[] = [];
  for (const firing of firings) {
    if (end !== null && firing.ended === null) {
      firing.ended = end;
      firing.state = "cancelled";
    }
    const free = laneEnds.findIndex((busyUntil) => busyUntil <= firing.started);
    firing.lane = free < 0 ? laneEnds.length : free;
    laneEnds[firing.lane] = firing.ended ?? Number.POSITIVE_INFINITY;
  }
  return { nodeId, firings, lanes: Math.max(1, laneEnds.length) };
}

/** Round marks for a time axis of `span` milliseconds, at most `most` of them. */
export function ticks(span: number, most = 6): number[] {
  const rough = Math.max(1, span / most);
  const power = 10 ** Math.floor(Math.log10(rough));
  const size = [1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10;
  const step = size * power;
  const marks: number[] = [];
  for (let mark = 0; mark <= span; mark += step) marks.push(mark);
  return marks;
}
