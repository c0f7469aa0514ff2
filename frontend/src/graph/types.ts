/** The shapes of the wire: blocks, graphs, findings and executions. */

export type Json =
  | null
  | boolean
  | number
  | string
  | Json[]
  | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

/** A JSON Schema without references. */
export type Schema = JsonObject;

export interface PinSpec {
  name: string;
  title: string;
  description: string;
  schema: Schema;
}

export interface InputSpec extends PinSpec {
  required: boolean;
  default: Json;
  advanced: boolean;
  secret: boolean;
  placeholder?: string;
}

export type BlockKind = "Standard" | "Input" | "Output" | "Note" | "Agent" | "Human in the loop" | "Webhook";

export interface Block {
  id: string;
  name: string;
  description: string;
  categories: string[];
  kind: BlockKind;
  effect: string;
  cost: string;
  static_output: boolean;
  inputs: InputSpec[];
  outputs: PinSpec[];
  /** Constants that are settings of the node and not pins. */
  own?: readonly string[];
}

export interface Position {
  x: number;
  y: number;
}

/** Unknown keys of `metadata` are kept: an imported agent must survive a save. */
export interface NodeMetadata {
  position?: Position;
  customized_name?: string;
  [key: string]: unknown;
}

export interface GraphNode {
  id: string;
  block_id: string;
  input_default: JsonObject;
  metadata: NodeMetadata;
}

export interface GraphLink {
  id: string;
  source_id: string;
  source_name: string;
  sink_id: string;
  sink_name: string;
  is_static: boolean;
}

/** What the builder edits and saves as a whole. */
export interface Draft {
  name: string;
  description: string;
  nodes: readonly GraphNode[];
  links: readonly GraphLink[];
  /** Unknown keys are kept. */
  settings: JsonObject;
}

export interface ObjectSchema {
  properties?: { [name: string]: Schema };
  required?: string[];
}

export interface Graph extends Draft {
  id: string;
  revision: number;
  version: number | null;
  is_active: boolean;
  input_schema: ObjectSchema;
  output_schema: ObjectSchema;
}

export type Severity = "error" | "warning" | "info";

export interface Finding {
  rule: string;
  severity: Severity;
  node_id: string | null;
  pin: string | null;
  link_id: string | null;
  message: string;
  hint: string;
  fix?: Fix | null;
}

/** A change that is safe to make at a click. */
export type Fix =
  | { op: "set_metadata"; node_id: string; key: string; value: Json }
  | { op: "remove_nodes"; node_ids: string[] }
  | { op: "remove_link"; link_id: string }
  | { op: "merge_nodes"; keep: string; remove: string }
  | { op: "insert_converter"; link_id: string; type: string };

/** What could be better about an agent that is not wrong. */
export interface Suggestion {
  rule: string;
  message: string;
  hint: string;
  node_ids: string[];
  fix: Fix | null;
}

export interface RunError {
  code: string;
  message: string;
}

/** A part of a graph that is ready to be put into an agent. */
export interface Snippet {
  id: string;
  name: string;
  description: string;
  nodes: GraphNode[];
  links: GraphLink[];
  /** What to link it to, most important first. */
  ways_in: { node_id: string; pin: string; description: string }[];
}

export type ExecutionStatus =
  | "QUEUED"
  | "RUNNING"
  | "WAITING"
  | "COMPLETED"
  | "FAILED"
  | "CANCELLED"
  | "TIMED_OUT";

export type Trigger = "api" | "schedule" | "hook" | "agent" | "rerun";

/** Why a run waits; `place` 1 is next. */
export interface Queue {
  reason: string;
  detail: string;
  place: number | null;
}

export interface Execution {
  id: string;
  graph_id: string;
  graph_name: string;
  version: number | null;
  status: ExecutionStatus;
  inputs: JsonObject;
  outputs: { [name: string]: Json[] };
  errors: (RunError & { node_id: string | null; number: number | null })[];
  node_executions: number;
  trigger: Trigger;
  /** The schedule or the webhook, while it is there. */
  started_by: { id: string; name: string } | null;
  /** The run whose node started this one as its sub-agent. */
  parent_id: string | null;
  rerun_of_id: string | null;
  waiting_for: string;
  /** In millionths. */
  cost: number;
  queue: Queue | null;
  created_at: string;
  started_at: string | null;
  ended_at: string | null;
}

export interface NodeExecution {
  id: string;
  node_id: string;
  number: number;
  status: "RUNNING" | "WAITING" | "COMPLETED" | "FAILED" | "CANCELLED";
  attempt: number;
  inputs: JsonObject;
  outputs: [string, Json][];
  error: RunError | null;
  /** The run whose outputs stand here instead of an attempt. */
  reused_from: string | null;
  started_at: string | null;
  ended_at: string | null;
}

export interface Review {
  id: string;
  execution_id: string;
  node_id: string;
  purpose: "review" | "outcome";
  title: string;
  editable: boolean;
  status: "PENDING" | "APPROVED" | "REJECTED" | "EXPIRED" | "CANCELLED";
  data: Json;
  expires_at: string | null;
}

export interface ReviewAnswer {
  approved: boolean;
  message: string;
  /** Left out: the data as they were asked about. */
  data?: Json;
}

/** A row of the list of agents. */
export interface GraphRow {
  id: string;
  name: string;
  version: number | null;
  is_active: boolean;
}
