/** The drawing surface of the builder and of the run page. */
import {
  applyNodeChanges,
  Background,
  BackgroundVariant,
  Controls,
  MiniMap,
  ReactFlow,
  SelectionMode,
  useStore,
  type EdgeChange,
  type NodeChange,
  type ReactFlowProps,
} from "@xyflow/react";
import { useEffect, useMemo, useRef, useState, type ReactNode } from "react";

import type { Position } from "../graph/types";
import { BlockNode } from "./BlockNode";
import { FirstView, FIT } from "./FirstView";
import {
  CULL_ABOVE,
  flowEdges,
  flowNodes,
  withoutGuesses,
  type FlowEdge,
  type FlowNode,
} from "./flow";
import { LinkEdge } from "./LinkEdge";
import { MapNode } from "./MapNode";
import { NoteNode } from "./NoteNode";
import { useCanvas, useCanvasStore } from "./state";

const NODE_TYPES = { block: BlockNode, note: NoteNode };
const EDGE_TYPES = { link: LinkEdge };
const GRID: [number, number] = [16, 16];

interface Props extends Omit<ReactFlowProps<FlowNode, FlowEdge>, "nodes" | "edges"> {
  /** Called with the places of nodes that were dropped; absent when read-only. */
  onMoved?: (moved: Map<string, Position>) => void;
  /** The node that the first view of a large graph shows. */
  focus?: string | null;
}

export function Canvas({ onMoved, focus = null, children, ...flow }: Props): ReactNode {
  const store = useCanvasStore();
  const [nodes, setNodes] = useFlowNodes(onMoved !== undefined);
  const edges = useFlowEdges();
  const [startsEmpty] = useState(nodes.length === 0);

  const onNodesChange = (changes: NodeChange<FlowNode>[]) => {
    const selection = changedSet(store.get().selection, changes);
    if (selection) store.set({ selection });
    const local = changes.filter(
      (change) => change.type === "position" || change.type === "dimensions",
    );
    if (local.length > 0) {
      setNodes((before) => withoutGuesses(applyNodeChanges(local, before), local));
    }
    const moved = droppedAt(changes);
    if (moved.size > 0) onMoved?.(moved);
  };
  const onEdgesChange = (changes: EdgeChange<FlowEdge>[]) => {
    const selectedLinks = changedSet(store.get().selectedLinks, changes);
    if (selectedLinks) store.set({ selectedLinks });
  };

  return (
    <ReactFlow<FlowNode, FlowEdge>
      nodes={nodes}
      edges={edges}
      nodeTypes={NODE_TYPES}
      edgeTypes={EDGE_TYPES}
      onNodesChange={onNodesChange}
      onEdgesChange={onEdgesChange}
      minZoom={0.1}
      maxZoom={2}
      snapToGrid
      snapGrid={GRID}
      selectionMode={SelectionMode.Partial}
      multiSelectionKeyCode={["Shift", "Meta", "Control"]}
      deleteKeyCode={null}
      elevateNodesOnSelect
      onlyRenderVisibleElements={nodes.length > CULL_ABOVE}
      data-testid="canvas"
      nodesDraggable={onMoved !== undefined}
      nodesConnectable={onMoved !== undefined}
      {...flow}
    >
      <Background variant={BackgroundVariant.Dots} gap={32} size={2} />
      <Controls showInteractive={false} fitViewOptions={FIT} />
      <FirstView startsEmpty={startsEmpty} focus={focus} />
      <LargeOnlyMap />
      {children}
    </ReactFlow>
  );
}

const MAP_NEEDS_PX = 560;
const MAP_NEEDS_NODES = 6;

/** On a narrow canvas a map would cover what it maps; a few nodes need none. */
function LargeOnlyMap(): ReactNode {
  const fits = useStore(
    (flow) => flow.width >= MAP_NEEDS_PX && flow.nodes.length >= MAP_NEEDS_NODES,
  );
  if (!fits) return null;
  return (
    <MiniMap<FlowNode> pannable zoomable nodeComponent={MapNode} ariaLabel="Map of the agent" />
  );
}

/** React Flow's nodes follow the graph but keep their measures and the drag under way. */
function useFlowNodes(canEdit: boolean) {
  const graph = useCanvas((state) => state.nodes);
  const blocks = useCanvas((state) => state.blocks);
  const linksOf = useCanvas((state) => state.linksOf);
  const selection = useCanvas((state) => state.selection);
  const drawn = { nodes: graph, blocks, linksOf, selection, canEdit };
  const [nodes, setNodes] = useState<FlowNode[]>(() => flowNodes([], drawn));
  useEffect(() => {
    setNodes((before) => flowNodes(before, drawn));
    // Links matter to nodes that are new, and those change the graph.
  }, [graph, blocks, selection, canEdit]);
  return [nodes, setNodes] as const;
}

function useFlowEdges(): FlowEdge[] {
  const nodes = useCanvas((state) => state.nodes);
  const links = useCanvas((state) => state.links);
  const blocks = useCanvas((state) => state.blocks);
  const brokenLinks = useCanvas((state) => state.brokenLinks);
  const selectedLinks = useCanvas((state) => state.selectedLinks);
  const before = useRef<FlowEdge[]>([]);
  return useMemo(() => {
    const state = { nodes, links, blocks, brokenLinks, selectedLinks };
    before.current = flowEdges(before.current, state);
    return before.current;
  }, [nodes, links, blocks, brokenLinks, selectedLinks]);
}

type Change = NodeChange<FlowNode> | EdgeChange<FlowEdge>;

function changedSet(
  before: ReadonlySet<string>,
  changes: readonly Change[],
): ReadonlySet<string> | null {
  const selects = changes.filter((change) => change.type === "select");
  if (selects.length === 0) return null;
  const after = new Set(before);
  for (const { id, selected } of selects) {
    if (selected) after.add(id);
    else after.delete(id);
  }
  return after;
}

function droppedAt(changes: readonly NodeChange<FlowNode>[]): Map<string, Position> {
  const moved = new Map<string, Position>();
  for (const change of changes) {
    if (change.type === "position" && !change.dragging && change.position) {
      moved.set(change.id, change.position);
    }
  }
  return moved;
}
