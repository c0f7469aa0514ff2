/** A node on the small map, in the colour of its state. */
import type { MiniMapNodeProps } from "@xyflow/react";
import { memo, type ReactNode } from "react";

import { useCanvas } from "./state";

export const MapNode = memo(function MapNode(props: MiniMapNodeProps): ReactNode {
  const state = useCanvas((canvas) => canvas.live.nodes[props.id]?.state ?? "idle");
  return (
    <rect
      className="map-node"
      data-state={state}
      data-selected={props.selected}
      x={props.x}
      y={props.y}
      width={props.width}
      height={props.height}
      rx={8}
    />
  );
});
