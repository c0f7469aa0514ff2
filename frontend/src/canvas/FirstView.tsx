/** Where the view starts: all of a small graph, else the readable beginning of it. */
import {
  getNodesBounds,
  useNodesInitialized,
  useReactFlow,
  useStoreApi,
  type Rect,
  type Viewport,
} from "@xyflow/react";
import { useEffect, useRef } from "react";

import type { FlowNode } from "./flow";

export const FIT = { maxZoom: 1, padding: 0.15 };

/** Below this zoom the text on nodes is too small to read. */
const READABLE = 0.75;
/** The graph starts clear of the buttons that lie over the canvas. */
const LEFT_PX = 56;
const TOP_PX = 72;
/** A narrower canvas holds hardly one readable node: there the overview says more. */
const OVERVIEW_BELOW_PX = 560;

interface Props {
  startsEmpty: boolean;
  /** The node to show where not all are readable at once. */
  focus: string | null;
}

/**
 * Sets the first view once the nodes have sizes. A graph that starts empty gets none: it
 * would pull the canvas away from under the hand that drops the first node.
 */
export function FirstView({ startsEmpty, focus }: Props): null {
  const flow = useReactFlow<FlowNode>();
  const store = useStoreApi();
  const isMeasured = useNodesInitialized();
  const isDone = useRef(false);
  useEffect(() => {
    if (!isMeasured || isDone.current || startsEmpty) return;
    isDone.current = true;
    const { width, height } = store.getState();
    const view = beginning(getNodesBounds(flow.getNodes()), width, height);
    const node = focus === null ? undefined : flow.getNode(focus);
    if (!view) void flow.fitView(FIT);
    else void flow.setViewport(node ? around(getNodesBounds([node]), width, height) : view);
  }, [flow, store, isMeasured, startsEmpty, focus]);
  return null;
}

/** null where the whole graph is readable, or the canvas too narrow for more than that. */
export function beginning(bounds: Rect, width: number, height: number): Viewport | null {
  const share = 1 - FIT.padding;
  const whole = Math.min((width * share) / bounds.width, (height * share) / bounds.height);
  if (whole >= READABLE || width < OVERVIEW_BELOW_PX) return null;
  return {
    x: start(bounds.x, bounds.width, width, LEFT_PX),
    y: start(bounds.y, bounds.height, height, TOP_PX),
    zoom: READABLE,
  };
}

/** The node in the middle, readable. */
export function around(node: Rect, width: number, height: number): Viewport {
  return {
    x: width / 2 - (node.x + node.width / 2) * READABLE,
    y: height / 2 - (node.y + node.height / 2) * READABLE,
    zoom: READABLE,
  };
}

/** In the middle if it fits, else from its beginning. */
function start(from: number, length: number, room: number, margin: number): number {
  const spare = room - length * READABLE;
  return Math.max(margin, spare / 2) - from * READABLE;
}
