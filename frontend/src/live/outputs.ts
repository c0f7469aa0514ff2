/** The outputs of a run so far, from its events: what output blocks have emitted. */
import { nodeTitle } from "../graph/names";
import type { Block, GraphNode, Json } from "../graph/types";
import type { RunEvent } from "./view";

const OUTPUT_PIN = "output";

export function liveOutputs(
  events: readonly RunEvent[],
  nodes: readonly GraphNode[],
  blocks: ReadonlyMap<string, Block>,
): { [name: string]: Json[] } {
  const names = new Map<string, string>();
  for (const node of nodes) {
    const block = blocks.get(node.block_id);
    if (block?.kind === "Output") names.set(node.id, portName(node, block));
  }
  const outputs: { [name: string]: Json[] } = {};
  for (const event of events) {
    if (event.type !== "node.emitted" || event.pin !== OUTPUT_PIN) continue;
    const name = names.get(event.node_id);
    if (name !== undefined) (outputs[name] ??= []).push(event.value);
  }
  return outputs;
}

function portName(node: GraphNode, block: Block): string {
  const { name } = node.input_default;
  return typeof name === "string" && name ? name : nodeTitle(node, block);
}
