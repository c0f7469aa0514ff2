/**
 * Folds execution events into the live view. The server folds the same way; one table
 * of cases (tests/executions/view_fold.json) holds both to it.
 */
import type { Active, EventOf, LiveView, NodeEvent, NodeState, NodeView, RunEvent, Wait } from "./view";

const CHILDREN_KEPT = 5;
/** The worker stopped on purpose: the attempt counts for nothing. */
const HANDED_OVER = "handed_over";

const IDLE: NodeView = {
  state: "idle",
  started: 0,
  completed: 0,
  failed: 0,
  active: 0,
  retries: 0,
  reused: 0,
  reused_from: null,
  cost: 0,
  error: null,
  outputs: {},
  child_ids: [],
  firings: {},
};

export function emptyView(): LiveView {
  return {
    status: "QUEUED",
    seq: 0,
    started_at: null,
    ended_at: null,
    error: null,
    waiting: null,
    is_paused: false,
    cost: 0,
    nodes: {},
  };
}

/** Events already folded in (by number) change nothing; the argument is left as it is. */
export function fold(before: LiveView, events: readonly RunEvent[]): LiveView {
  const fresh = events.filter((event) => event.seq > before.seq);
  if (fresh.length === 0) return before;
  const draft: Draft = { view: { ...before, nodes: { ...before.nodes } }, own: new Set() };
  for (const event of fresh) {
    if (event.seq <= draft.view.seq) continue;
    draft.view.seq = event.seq;
    if ("node_id" in event) applyToNode(draft, event);
    else applyToRun(draft, event);
  }
  for (const id of draft.own) settle(draft.view.nodes[id] ?? IDLE);
  return draft.view;
}

interface Draft {
  view: LiveView;
  /** Nodes copied during this fold, free to change. */
  own: Set<string>;
}

function applyToRun(draft: Draft, event: Exclude<RunEvent, NodeEvent>): void {
  const { view } = draft;
  switch (event.type) {
    case "execution.started":
      view.status = "RUNNING";
      view.started_at = event.at;
      return;
    case "execution.paused":
      view.is_paused = true;
      return;
    case "execution.resumed":
      view.is_paused = false;
      return;
    case "execution.waiting":
      view.status = "WAITING";
      view.waiting = { reason: event.reason, since: event.since, until: event.until };
      return;
    case "execution.woken":
      view.status = "RUNNING";
      view.waiting = null;
      return;
    case "execution.finished":
      return finish(draft, event);
    default:
      return;
  }
}

function finish(draft: Draft, event: EventOf<"execution.finished">): void {
  const { view } = draft;
  view.status = event.status;
  view.ended_at = event.at;
  view.error = event.error ?? null;
  view.waiting = null;
  view.is_paused = false;
  for (const id of draft.own) settle(ownNode(draft, id));
  for (const [id, { active }] of Object.entries(view.nodes)) {
    if (active > 0) cancel(ownNode(draft, id));
  }
}

/** Without an active firing, later settling leaves the state alone. */
function cancel(node: NodeView): void {
  node.firings = {};
  node.active = 0;
  node.state = "cancelled";
}

function ownNode(draft: Draft, id: string): NodeView {
  const found = draft.view.nodes[id] ?? IDLE;
  if (draft.own.has(id)) return found;
  const copy = { ...found, outputs: { ...found.outputs }, firings: { ...found.firings } };
  draft.view.nodes[id] = copy;
  draft.own.add(id);
  return copy;
}

const KNOWN: ReadonlySet<string> = new Set<NodeEvent["type"]>([
  "node.started",
  "node.reused",
  "node.emitted",
  "node.waiting",
  "node.retrying",
  "node.asked",
  "node.answered",
  "node.called",
  "node.called_within",
  "node.child_ended",
  "node.spent",
  "node.completed",
  "node.failed",
]);

function applyToNode(draft: Draft, event: NodeEvent): void {
  if (!KNOWN.has(event.type)) return;
  const node = ownNode(draft, event.node_id);
  count(draft.view, node, event);
  if (event.type === "node.completed" || event.type === "node.failed") {
    delete node.firings[event.number];
  } else if (event.type !== "node.spent") {
    const before = node.firings[event.number];
    if (!before) node.started += 1;
    node.firings[event.number] = activeAfter(event, before ?? { attempt: 0, wait: null });
  }
}

/** What adds up, and what is kept of the newest. */
function count(view: LiveView, node: NodeView, event: NodeEvent): void {
  switch (event.type) {
    case "node.reused":
      node.reused += 1;
      node.reused_from = event.execution_id;
      return;
    case "node.emitted":
      return emit(node, event);
    case "node.retrying":
      node.retries += event.error.code === HANDED_OVER ? 0 : 1;
      return;
    case "node.called":
    case "node.called_within":
      node.child_ids = [...node.child_ids, event.child_id].slice(-CHILDREN_KEPT);
      return;
    case "node.child_ended":
      return spend(view, node, event.cost);
    case "node.spent":
      return spend(view, node, event.amount);
    case "node.completed":
      node.completed += 1;
      return;
    case "node.failed":
      node.failed += 1;
      node.error = event.error;
      return;
    default:
      return;
  }
}

function spend(view: LiveView, node: NodeView, amount: number): void {
  view.cost += amount;
  node.cost += amount;
}

function emit(node: NodeView, event: EventOf<"node.emitted">): void {
  const count = (node.outputs[event.pin]?.count ?? 0) + 1;
  node.outputs[event.pin] = { value: event.value, count };
}

function activeAfter(event: NodeEvent, before: Active): Active {
  switch (event.type) {
    case "node.started": {
      const { attempt } = event;
      const goesOn = attempt === before.attempt && stillWaits(before, event);
      return goesOn ? before : { attempt, wait: null };
    }
    case "node.emitted":
      // Outputs of a sub-agent come while its node still waits for it.
      return before.wait?.reason === "timer" ? { ...before, wait: null } : before;
    default:
      return { ...before, wait: waitOf(event) };
  }
}

/** The run was woken for something else before the attempt's time had come. */
function stillWaits({ wait }: Active, event: NodeEvent): boolean {
  return wait?.reason === "timer" && wait.until > event.at;
}

function waitOf(event: NodeEvent): Wait | null {
  switch (event.type) {
    case "node.waiting":
      return { reason: "timer", until: event.until };
    case "node.retrying":
      return { reason: "retry", error: event.error, until: event.until };
    case "node.asked": {
      const { review_id, purpose, until } = event;
      return { reason: "review", review_id, purpose, until };
    }
    case "node.called":
      return { reason: "agent", child_id: event.child_id };
    default:
      return null;
  }
}

/** States follow from the counts, so once for each fold is enough. */
function settle(node: NodeView): void {
  if (node.state === "cancelled" && Object.keys(node.firings).length === 0) return;
  node.active = Object.keys(node.firings).length;
  node.state = stateOf(node);
}

function stateOf(node: NodeView): NodeState {
  if (node.active > 0) {
    const isWaiting = Object.values(node.firings).every(({ wait }) => wait !== null);
    return isWaiting ? "waiting" : "running";
  }
  if (node.failed > 0) return "failed";
  return node.started > 0 ? "completed" : "idle";
}
