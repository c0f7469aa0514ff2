/** How a node and a whole agent run: kept in `metadata` and `settings`, read loosely. */
import { isObject } from "./form";
import type { Block, GraphNode, Json, JsonObject } from "./types";

export interface Retry {
  max_attempts: number;
  backoff: "exponential" | "fixed";
  delay_s: number;
  max_delay_s: number;
  jitter: boolean;
  /** Codes; empty: those of what may pass by itself; `*`: any. */
  retry_on: string[];
}

export const FIRST_RETRY: Retry = {
  max_attempts: 3,
  backoff: "exponential",
  delay_s: 1,
  max_delay_s: 300,
  jitter: true,
  retry_on: [],
};

export const ANY_FAILURE = "*";
export const TRANSIENT: readonly { code: string; label: string }[] = [
  { code: "timeout", label: "Took too long" },
  { code: "rate_limit", label: "Asked too often" },
  { code: "server_error", label: "The server failed" },
  { code: "unreachable", label: "No connection" },
];

/** null where it is tried once. What an import left out is as the engine takes it. */
export function retryOf({ metadata }: GraphNode): Retry | null {
  const found = metadata.retry as Json | undefined;
  if (!isObject(found)) return null;
  const retry = { ...FIRST_RETRY, max_attempts: 1, ...found } as Retry;
  const codes = Array.isArray(retry.retry_on) ? retry.retry_on : [];
  return retry.max_attempts > 1 ? { ...retry, retry_on: codes } : null;
}

/** A positive number, or null where none is set. */
export function positive(value: unknown): number | null {
  return typeof value === "number" && value > 0 ? value : null;
}

/** Results are only kept of blocks that may be run again. */
export function canReuse(block: Block | undefined): boolean {
  return block?.kind === "Standard" && block.effect !== "once";
}

const WITH_SETTINGS: ReadonlySet<Block["kind"]> = new Set<Block["kind"]>([
  "Standard",
  "Agent",
  "Human in the loop",
]);

/** Agent inputs and outputs, and notes, have nothing to set. */
export function hasSettings(block: Block | undefined): boolean {
  return block !== undefined && WITH_SETTINGS.has(block.kind);
}

export interface Mark {
  kind: "retry" | "reuse" | "limit" | "time" | "unordered";
  /** On the node, beside the icon. */
  text: string;
  title: string;
}

/** What differs from how a node runs when nobody says anything. */
export function marksOf(node: GraphNode): Mark[] {
  const { cacheable, unordered } = node.metadata;
  const retry = retryOf(node);
  const seconds = positive(node.metadata.timeout_s);
  const most = positive(node.metadata.max_parallel);
  const marks: (Mark | false | null)[] = [
    retry && {
      kind: "retry",
      text: `×${retry.max_attempts}`,
      title: `Tried up to ${retry.max_attempts} times`,
    },
    seconds !== null && {
      kind: "time",
      text: `${seconds} s`,
      title: `Each attempt may take ${seconds} s`,
    },
    cacheable === true && {
      kind: "reuse",
      text: "",
      title: "Earlier results are used for the same inputs",
    },
    most !== null && {
      kind: "limit",
      text: `≤ ${most}`,
      title: `At most ${most} at once`,
    },
    unordered === true && { kind: "unordered", text: "", title: "Outputs in any order" },
  ];
  return marks.filter((mark) => mark !== false && mark !== null);
}

/** Of the whole agent. Money is in millionths. */
export interface AgentSettings {
  max_parallel: number | null;
  timeout_s: number | null;
  max_node_executions: number | null;
  max_output_bytes: number | null;
  max_cost: number | null;
  on_unknown_outcome: "fail" | "review";
  durability: "" | "each_node";
}

export function agentSettings(settings: JsonObject): AgentSettings {
  return {
    max_parallel: positive(settings.max_parallel),
    timeout_s: positive(settings.timeout_s),
    max_node_executions: positive(settings.max_node_executions),
    max_output_bytes: positive(settings.max_output_bytes),
    max_cost: positive(settings.max_cost),
    on_unknown_outcome: settings.on_unknown_outcome === "review" ? "review" : "fail",
    durability: settings.durability === "each_node" ? "each_node" : "",
  };
}

/** Other keys, ones we do not know among them, stay. Without a value the key goes. */
export function withKey<T extends object>(of: T, key: string, value: Json | undefined): T {
  const { [key]: _old, ...rest } = of as Record<string, unknown>;
  return (value === undefined ? rest : { ...rest, [key]: value }) as T;
}
