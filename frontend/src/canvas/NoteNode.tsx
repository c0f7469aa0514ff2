/** A sticky note: text on the canvas that takes no part in a run. */
import type { NodeProps } from "@xyflow/react";
import { memo, useEffect, useState, type ReactNode } from "react";

import type { FlowNode } from "./flow";
import { useEdits } from "./state";

const TEXT_PIN = "text";
const LONGEST = 20_000;

export const NoteNode = memo(function NoteNode(props: NodeProps<FlowNode>): ReactNode {
  const { id, data, selected } = props;
  const edits = useEdits();
  const stored = data.node.input_default[TEXT_PIN];
  const text = typeof stored === "string" ? stored : "";
  const [typed, setTyped] = useState(text);
  useEffect(() => setTyped(text), [text]);
  const rows = Math.min(14, Math.max(3, typed.split("\n").length + typed.length / 34));
  return (
    <div className="note" data-testid={`node-${id}`} data-selected={selected}>
      <div className="note__grip" data-testid="node-name">
        Note
      </div>
      <textarea
        className="note__text nodrag nowheel"
        aria-label="Text of the note"
        placeholder="Write a note"
        maxLength={LONGEST}
        rows={Math.round(rows)}
        readOnly={!edits}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        onBlur={() => typed !== text && edits?.setConstant(id, TEXT_PIN, typed)}
      />
    </div>
  );
});
