/** The name in a node's head; a double click edits it. */
import { useState, type KeyboardEvent, type ReactNode } from "react";

import { useEdits } from "./state";

interface Props {
  id: string;
  title: string;
}

export function NodeName({ id, title }: Props): ReactNode {
  const edits = useEdits();
  const [text, setText] = useState<string | null>(null);

  if (text === null || !edits) {
    return (
      <span
        className="node__name"
        data-testid="node-name"
        title={title}
        onDoubleClick={() => edits && setText(title)}
      >
        {title}
      </span>
    );
  }
  const commit = () => {
    if (text.trim() !== title) edits.rename(id, text.trim());
    setText(null);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter") commit();
    if (event.key === "Escape") setText(null);
  };
  return (
    <input
      className="node__name-input nodrag"
      data-testid="node-name"
      aria-label="Name of the node"
      autoFocus
      maxLength={200}
      value={text}
      onFocus={(event) => event.target.select()}
      onChange={(event) => setText(event.target.value)}
      onBlur={commit}
      onKeyDown={onKeyDown}
    />
  );
}
