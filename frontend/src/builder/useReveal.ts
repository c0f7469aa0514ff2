/** Selects a node and brings it into view. */
import { useReactFlow } from "@xyflow/react";
import { useCallback } from "react";

import { positionOf } from "../graph/draft";
import { useActions, useBuilderStore } from "./context";

const HALF_NODE = { x: 130, y: 90 };
const MOVE_MS = 180;

export function useReveal(): (id: string) => void {
  const flow = useReactFlow();
  const store = useBuilderStore();
  const actions = useActions();
  return useCallback(
    (id: string) => {
      const node = store.get().nodes.find((other) => other.id === id);
      if (!node) return;
      actions.configure(id);
      const { x, y } = positionOf(node);
      const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
      void flow.setCenter(x + HALF_NODE.x, y + HALF_NODE.y, {
        zoom: Math.max(0.8, flow.getZoom()),
        duration: still ? 0 : MOVE_MS,
      });
    },
    [flow, store, actions],
  );
}
