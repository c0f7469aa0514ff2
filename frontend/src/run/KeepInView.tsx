/** Brings the chosen node into view, and aside when the panel that opens covers it. */
import { useReactFlow, useStore } from "@xyflow/react";
import { useEffect } from "react";

import { positionOf } from "../graph/draft";
import type { GraphNode } from "../graph/types";

const NODE_WIDTH = 264;
const HEAD = 40;
const MARGIN = 24;
const MOVE_MS = 180;

export function KeepInView({ node }: { node: GraphNode | null }): null {
  const flow = useReactFlow();
  const width = useStore((state) => state.width);
  const height = useStore((state) => state.height);
  useEffect(() => {
    if (!node) return;
    const { x, y, zoom } = flow.getViewport();
    const { x: left, y: top } = positionOf(node);
    const by = {
      x: outside(left * zoom + x, NODE_WIDTH * zoom, width),
      y: outside(top * zoom + y, HEAD * zoom, height),
    };
    if (by.x === 0 && by.y === 0) return;
    const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    const view = { x: x - by.x, y: y - by.y, zoom };
    void flow.setViewport(view, { duration: still ? 0 : MOVE_MS });
  }, [flow, node, width, height]);
  return null;
}

/** How far a stretch of the screen lies outside of the room there is, 0 where it does not. */
function outside(from: number, length: number, room: number): number {
  if (room === 0) return 0;
  const over = from + length + MARGIN - room;
  return over > 0 ? over : Math.min(0, from - MARGIN);
}
