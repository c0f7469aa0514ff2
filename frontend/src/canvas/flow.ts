/** From the graph to what React Flow draws, reusing whatever did not change. */
import type { Edge, Node, NodeChange } from "@xyflow/react";

import { blockFor } from "../graph/agents";
import { positionOf } from "../graph/draft";
import { nodeTitle } from "../graph/names";
import { compatibility, pinType, type PinType } from "../graph/schema";
import { pinSchema } from "../graph/pins";
import type { Block, GraphLink, GraphNode } from "../graph/types";
import { guessed, type Guess } from "./guess";
import type { CanvasState } from "./state";

export type FlowNode = Node<{ node: GraphNode }>;
export type FlowEdge = Edge<{ link: GraphLink; type: PinType; broken: string }>;

type Blocks = ReadonlyMap<string, Block>;

/** Above this many nodes only those in view are drawn; for fewer, all is smoother. */
export const CULL_ABOVE = 60;

interface Drawn extends Pick<CanvasState, "nodes" | "blocks" | "linksOf" | "selection"> {
  canEdit: boolean;
}

export function flowNodes(before: readonly FlowNode[], state: Drawn): FlowNode[] {
  const known = new Map(before.map((node) => [node.id, node]));
  const isLarge = state.nodes.length > CULL_ABOVE;
  return state.nodes.map((node) => {
    const old = known.get(node.id);
    const selected = state.selection.has(node.id);
    const type = state.blocks.get(node.block_id)?.kind === "Note" ? "note" : "block";
    if (old?.data.node === node && old.selected === selected && old.type === type) {
      return old;
    }
    const data = old?.data.node === node ? old.data : { node };
    const ariaLabel = nodeTitle(node, state.blocks.get(node.block_id));
    const position = positionOf(node);
    const size = old ?? (isLarge && type === "block" ? guessOf(node, state) : {});
    return { ...size, id: node.id, type, data, selected, position, ariaLabel };
  });
}

function guessOf(node: GraphNode, { blocks, linksOf, canEdit }: Drawn): Guess {
  const links = linksOf.get(node.id);
  return guessed(node, { block: blockFor(node, blocks), links, canUnfold: canEdit });
}

/** Measured nodes no longer need what was guessed of their pins. */
export function withoutGuesses(
  nodes: FlowNode[],
  changes: readonly NodeChange<FlowNode>[],
): FlowNode[] {
  const measured = new Set(
    changes.flatMap((change) => (change.type === "dimensions" ? [change.id] : [])),
  );
  if (measured.size === 0) return nodes;
  return nodes.map((node) => {
    if (!node.handles || !measured.has(node.id)) return node;
    const { handles: _guess, ...rest } = node;
    return rest;
  });
}

export function flowEdges(
  before: readonly FlowEdge[],
  state: Pick<
    CanvasState,
    "nodes" | "links" | "blocks" | "brokenLinks" | "selectedLinks"
  >,
): FlowEdge[] {
  const known = new Map(before.map((edge) => [edge.id, edge]));
  const blockOf = new Map(
    state.nodes.map((node) => [node.id, blockFor(node, state.blocks)]),
  );
  const titleOf = new Map(
    state.nodes.map((node) => [node.id, nodeTitle(node, blockOf.get(node.id))]),
  );
  return state.links.map((link) => {
    const type = sourceType(link, blockOf);
    const broken = state.brokenLinks.get(link.id) ?? mismatch(link, blockOf);
    const selected = state.selectedLinks.has(link.id);
    const ariaLabel = linkLabel(link, titleOf);
    const old = known.get(link.id);
    const same =
      old?.data?.link === link &&
      old.ariaLabel === ariaLabel &&
      old.data.type === type &&
      old.data.broken === broken &&
      old.selected === selected;
    return same ? old : { ...newEdge(link, type, broken), selected, ariaLabel };
  });
}

/** What a screen reader says of a link. */
function linkLabel(link: GraphLink, titleOf: ReadonlyMap<string, string>): string {
  const source = titleOf.get(link.source_id) ?? "a missing node";
  const sink = titleOf.get(link.sink_id) ?? "a missing node";
  return `Link from ${source}, ${link.source_name} to ${sink}, ${link.sink_name}`;
}

function newEdge(link: GraphLink, type: PinType, broken: string): FlowEdge {
  return {
    id: link.id,
    type: "link",
    source: link.source_id,
    sourceHandle: link.source_name,
    target: link.sink_id,
    targetHandle: link.sink_name,
    data: { link, type, broken },
  };
}

type BlockOf = ReadonlyMap<string, Block | undefined>;

function sourceType(link: GraphLink, blockOf: BlockOf): PinType {
  return pinType(pinSchema(blockOf.get(link.source_id)?.outputs, link.source_name));
}

function mismatch(link: GraphLink, blockOf: BlockOf): string {
  const verdict = compatibility(
    pinSchema(blockOf.get(link.source_id)?.outputs, link.source_name),
    pinSchema(blockOf.get(link.sink_id)?.inputs, link.sink_name),
  );
  return verdict.level === "mismatch" ? verdict.reason : "";
}

export interface Ends {
  source: string | null;
  sourceHandle?: string | null | undefined;
  target: string | null;
  targetHandle?: string | null | undefined;
}

/** What stands against a link between two pins, or speaks for caution. */
export function judge(
  ends: Ends,
  state: Pick<CanvasState, "nodes" | "links" | "blocks">,
): ReturnType<typeof compatibility> {
  const { source, sourceHandle, target, targetHandle } = ends;
  const blockOf = (id: string | null): Block | undefined => blockAt(id, state);
  const exists = state.links.some(
    (link) =>
      link.source_id === source &&
      link.source_name === sourceHandle &&
      link.sink_id === target &&
      link.sink_name === targetHandle,
  );
  if (exists) return { level: "mismatch", reason: "These two pins are linked already" };
  return compatibility(
    pinSchema(blockOf(source)?.outputs, sourceHandle ?? ""),
    pinSchema(blockOf(target)?.inputs, targetHandle ?? ""),
  );
}

export function blockAt(
  id: string | null,
  state: { nodes: readonly GraphNode[]; blocks: Blocks },
): Block | undefined {
  const node = state.nodes.find((other) => other.id === id);
  return node && blockFor(node, state.blocks);
}
