/** The events of an execution and the view they fold into. */
import type { ExecutionStatus, Json, RunError } from "../graph/types";

interface Numbered {
  seq: number;
  at: number;
}

interface OfNode extends Numbered {
  node_id: string;
  number: number;
}

export type WaitReason = "timer" | "retry" | "review" | "agent";

export type RunEvent =
  | (Numbered & { type: "execution.started" })
  | (Numbered & { type: "execution.paused" })
  | (Numbered & { type: "execution.resumed" })
  | (Numbered & {
      type: "execution.waiting";
      reason: WaitReason | "paused";
      since: number;
      until: number | null;
    })
  | (Numbered & { type: "execution.woken"; waited: number })
  | (Numbered & { type: "execution.stalled"; since: number; seconds: number })
  | (OfNode & { type: "node.started"; attempt: number })
  | (OfNode & { type: "node.reused"; execution_id: string })
  | (OfNode & { type: "node.emitted"; index: number; pin: string; value: Json })
  | (OfNode & { type: "node.waiting"; index: number; until: number })
  | (OfNode & { type: "node.retrying"; attempt: number; error: RunError; until: number })
  | (OfNode & {
      type: "node.asked";
      review_id: string;
      purpose: ReviewPurpose;
      until: number | null;
    })
  | (OfNode & { type: "node.answered"; review_id: string; approved: boolean })
  | (OfNode & { type: "node.called"; child_id: string })
  | (OfNode & { type: "node.called_within"; key: string; child_id: string })
  | (OfNode & {
      type: "node.child_ended";
      child_id: string;
      status: ExecutionStatus;
      node_executions: number;
      cost: number;
    })
  | (OfNode & { type: "node.spent"; amount: number })
  | (OfNode & { type: "node.completed" })
  | (OfNode & { type: "node.failed"; error: RunError; handled: boolean })
  | (Numbered & { type: "execution.cancel_requested" })
  | (Numbered & { type: "execution.time_exceeded"; seconds: number })
  | (Numbered & {
      type: "execution.finished";
      status: ExecutionStatus;
      error?: RunError | null;
    });

export type EventOf<T extends RunEvent["type"]> = Extract<RunEvent, { type: T }>;
export type NodeEvent = Extract<RunEvent, { node_id: string }>;

/** `outcome`: an attempt was lost that must not be repeated blindly. */
export type ReviewPurpose = "review" | "outcome";

export type NodeState =
  | "idle"
  | "running"
  | "waiting"
  | "completed"
  | "failed"
  | "cancelled";

/** What an active node execution waits for. */
export type Wait =
  | { reason: "timer"; until: number }
  | { reason: "retry"; until: number; error: RunError }
  | { reason: "review"; until: number | null; review_id: string; purpose: ReviewPurpose }
  | { reason: "agent"; child_id: string };

/** A node execution that has not ended. */
export interface Active {
  /** 0 while none began. */
  attempt: number;
  wait: Wait | null;
}

export interface NodeView {
  state: NodeState;
  started: number;
  completed: number;
  failed: number;
  active: number;
  retries: number;
  reused: number;
  /** The run that the newest reused result came from. */
  reused_from: string | null;
  /** In millionths. */
  cost: number;
  error: RunError | null;
  outputs: { [pin: string]: { value: Json; count: number } };
  /** The newest sub-agents. */
  child_ids: string[];
  /** By number. */
  firings: { [number: string]: Active };
}

export interface LiveView {
  status: ExecutionStatus;
  seq: number;
  started_at: number | null;
  ended_at: number | null;
  error: RunError | null;
  /** Set while the run waits as a whole. */
  waiting: { reason: WaitReason | "paused"; since: number; until: number | null } | null;
  is_paused: boolean;
  /** In millionths. */
  cost: number;
  nodes: { [id: string]: NodeView };
}

const FINAL: ReadonlySet<ExecutionStatus> = new Set([
  "COMPLETED",
  "FAILED",
  "CANCELLED",
  "TIMED_OUT",
]);

export function isFinal(status: ExecutionStatus): boolean {
  return FINAL.has(status);
}
