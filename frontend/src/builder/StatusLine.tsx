/** One line over the canvas: what is being drawn, and whether it fits. */
import { useConnection } from "@xyflow/react";
import type { ReactNode } from "react";

import { judge, type Ends } from "../canvas/flow";
import { useBuilderStore } from "./context";

export function StatusLine(): ReactNode {
  const store = useBuilderStore();
  const ends = useConnection((connection): Ends | null => {
    if (!connection.inProgress) return null;
    const { fromHandle, toHandle } = connection;
    const [source, target] =
      fromHandle.type === "source" ? [fromHandle, toHandle] : [toHandle, fromHandle];
    return {
      source: source?.nodeId ?? null,
      sourceHandle: source?.id ?? null,
      target: target?.nodeId ?? null,
      targetHandle: target?.id ?? null,
    };
  });
  if (!ends) return null;
  const { tone, text } = words(ends, store.get());
  return (
    <div className={`status-line status-line--${tone}`} role="status">
      {text}
    </div>
  );
}

function words(ends: Ends, state: Parameters<typeof judge>[1]): { tone: string; text: string } {
  if (ends.source === null || ends.target === null) {
    const pin = ends.sourceHandle ?? ends.targetHandle;
    return { tone: "plain", text: `Drop ${pin} on a pin to link them.` };
  }
  const verdict = judge(ends, state);
  const pair = `${ends.sourceHandle} → ${ends.targetHandle}`;
  if (verdict.level === "fine") return { tone: "good", text: pair };
  const tone = verdict.level === "maybe" ? "warn" : "bad";
  return { tone, text: `${pair}: ${verdict.reason}.` };
}
