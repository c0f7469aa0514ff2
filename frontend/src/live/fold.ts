/**
 * Folds execution events into the live view. The server folds the same way; one table
 * of cases (tests/executions/view_fold.json) holds both to it.
 */
import type { LiveView, NodeState, NodeView, RunEvent } from "./view";

/** What the active node executions of one node do. */
interface Active {
  /** By number: whether it waits. */
  waits: Map<number, boolean>;
  /** Waiting by a snapshot's word, which does not name them. */
  unnamed: number;
}

export interface Folded {
  view: LiveView;
  active: ReadonlyMap<string, Active>;
}

const IDLE: NodeView = {
  state: "idle",
  started: 0,
  completed: 0,
  failed: 0,
  active: 0,
  error: null,
  outputs: {},
};

export function emptyFold(): Folded {
  return {
    view: {
      status: "QUEUED",
      seq: 0,
      started_at: null,
      ended_at: null,
      error: null,
      nodes: {},
    },
    active: new Map(),
  };
}

/** Go on from a view the server folded. */
export function fromSnapshot(view: LiveView): Folded {
  const active = Object.entries(view.nodes)
    .filter(([, node]) => node.state === "waiting")
    .map(([id, node]): [string, Active] => [
      id,
      { waits: new Map(), unnamed: node.active },
    ]);
  return { view, active: new Map(active) };
}

/** Events already folded in (by number) change nothing; the argument is left as it is. */
export function fold(before: Folded, events: readonly RunEvent[]): Folded {
  const fresh = events.filter((event) => event.seq > before.view.seq);
  if (fresh.length === 0) return before;
  const next: Draft = {
    view: { ...before.view, nodes: { ...before.view.nodes } },
    active: new Map(before.active),
    own: new Set(),
  };
  for (const event of fresh) {
    if (event.seq <= next.view.seq) continue;
    next.view.seq = event.seq;
    apply(next, event);
  }
  settle(next);
  return { view: next.view, active: next.active };
}

interface Draft {
  view: LiveView;
  active: Map<string, Active>;
  /** Nodes copied during this fold, free to change. */
  own: Set<string>;
}

function apply(draft: Draft, event: RunEvent): void {
  const { view } = draft;
  switch (event.type) {
    case "execution.started":
      view.status = "RUNNING";
      view.started_at ??= event.at;
      return;
    case "execution.finished":
      view.status = event.status;
      view.ended_at = event.at;
      view.error = event.error ?? null;
      return cancelActive(draft);
    case "node.started":
    case "node.emitted":
    case "node.waiting":
    case "node.completed":
    case "node.failed":
      return applyToNode(draft, event);
    default:
      return;
  }
}

type NodeEvent = Extract<RunEvent, { node_id: string }>;

function applyToNode(draft: Draft, event: NodeEvent): void {
  const node = ownNode(draft, event.node_id);
  note(draft, event);
  if (event.type === "node.started") begin(node, event.attempt);
  else if (event.type === "node.emitted") emit(node, event);
  else if (event.type === "node.completed") end(node, "completed");
  else if (event.type === "node.failed") {
    node.error = event.error;
    end(node, "failed");
  }
}

function ownNode(draft: Draft, id: string): NodeView {
  const found = draft.view.nodes[id] ?? IDLE;
  if (draft.own.has(id)) return found;
  const copy = { ...found, outputs: { ...found.outputs } };
  draft.view.nodes[id] = copy;
  const active = draft.active.get(id);
  draft.active.set(id, {
    waits: new Map(active?.waits),
    unnamed: active?.unnamed ?? 0,
  });
  draft.own.add(id);
  return copy;
}

/** A further attempt is the same node execution, so it is not counted again. */
function begin(node: NodeView, attempt: number): void {
  if (attempt > 1) return;
  node.started += 1;
  node.active += 1;
}

function emit(node: NodeView, event: { pin: string; value: NodeOutput }): void {
  const count = (node.outputs[event.pin]?.count ?? 0) + 1;
  node.outputs[event.pin] = { value: event.value, count };
}

type NodeOutput = NodeView["outputs"][string]["value"];

function end(node: NodeView, how: "completed" | "failed"): void {
  node[how] += 1;
  node.active = Math.max(0, node.active - 1);
}

/** Any event of a node execution but `node.waiting` shows that it does not wait. */
function note(draft: Draft, event: NodeEvent): void {
  const active = draft.active.get(event.node_id) ?? { waits: new Map(), unnamed: 0 };
  const isNew = event.type === "node.started" && event.attempt <= 1;
  const wasUnnamed = active.unnamed > 0 && !isNew && !active.waits.has(event.number);
  if (wasUnnamed) active.unnamed -= 1;
  const isOver = event.type === "node.completed" || event.type === "node.failed";
  if (isOver) active.waits.delete(event.number);
  else active.waits.set(event.number, event.type === "node.waiting");
}

/** States follow from the counts, so once for each fold is enough. */
function settle(draft: Draft): void {
  for (const id of draft.own) {
    const node = ownNode(draft, id);
    const active = draft.active.get(id);
    if (active) node.state = stateOf(node, active);
  }
}

function stateOf(node: NodeView, active: Active): NodeState {
  if (node.active > 0) {
    const named = [...active.waits.values()].filter(Boolean).length;
    return named + active.unnamed >= node.active ? "waiting" : "running";
  }
  if (node.failed > 0) return "failed";
  return node.started > 0 ? "completed" : "idle";
}

/** Nothing is active any more, so later settling leaves these states alone. */
function cancelActive(draft: Draft): void {
  settle(draft);
  for (const [id, found] of Object.entries(draft.view.nodes)) {
    if (found.active === 0) continue;
    const node = ownNode(draft, id);
    node.active = 0;
    node.state = "cancelled";
  }
  draft.active.clear();
}
