/** Moves the canvas aside when the panel that opens would cover the chosen node. */
import { useReactFlow, useStore } from "@xyflow/react";
import { useEffect } from "react";

import { positionOf } from "../graph/draft";
import type { GraphNode } from "../graph/types";

const NODE_WIDTH = 264;
const MARGIN = 24;
const MOVE_MS = 180;

export function KeepInView({ node }: { node: GraphNode | null }): null {
  const flow = useReactFlow();
  const width = useStore((state) => state.width);
  useEffect(() => {
    if (!node) return;
    const { x, y, zoom } = flow.getViewport();
    const over = (positionOf(node).x + NODE_WIDTH) * zoom + x + MARGIN - width;
    if (over <= 0) return;
    const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    void flow.setViewport({ x: x - over, y, zoom }, { duration: still ? 0 : MOVE_MS });
  }, [flow, node, width]);
  return null;
}
