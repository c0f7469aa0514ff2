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

export type RunEvent =
  | (Numbered & { type: "execution.started" })
  | (OfNode & { type: "node.started"; attempt: number })
  | (OfNode & { type: "node.emitted"; index: number; pin: string; value: Json })
  | (OfNode & { type: "node.waiting"; index: number; until: number })
  | (OfNode & { type: "node.completed" })
  | (OfNode & { type: "node.failed"; error: RunError; handled: boolean })
  | (Numbered & { type: "execution.cancel_requested" })
  | (Numbered & { type: "execution.time_exceeded"; seconds: number })
  | (Numbered & {
      type: "execution.finished";
      status: ExecutionStatus;
      error?: RunError | null;
    });

export type NodeState =
  | "idle"
  | "running"
  | "waiting"
  | "completed"
  | "failed"
  | "cancelled";

export interface NodeView {
  state: NodeState;
  started: number;
  completed: number;
  failed: number;
  active: number;
  error: RunError | null;
  outputs: { [pin: string]: { value: Json; count: number } };
}

export interface LiveView {
  status: ExecutionStatus;
  seq: number;
  started_at: number | null;
  ended_at: number | null;
  error: RunError | null;
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
