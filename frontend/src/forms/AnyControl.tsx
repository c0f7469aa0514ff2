/** A value of any kind: typed as text, read as JSON where it is JSON. */
import { useState, type ReactNode } from "react";

import { readAny, writeAny } from "../graph/form";
import type { Json } from "../graph/types";
import type { ControlProps } from "./Field";

export function AnyControl(props: ControlProps): ReactNode {
  const { value, fallback } = props;
  const shown = value ?? fallback;
  const [typed, setTyped] = useState<string | null>(null);
  const text = typed ?? (shown === null ? "" : writeAny(shown));
  const change = (next: string) => {
    setTyped(next);
    if (next === "") props.clear();
    else props.set(readAny(next));
  };
  return (
    <div className="any-control">
      <textarea
        id={props.id}
        className="mono"
        rows={Math.min(10, Math.max(1, text.split("\n").length))}
        placeholder={props.placeholder || "Text or JSON"}
        aria-invalid={props.invalid}
        aria-describedby={props.describedBy}
        value={text}
        onChange={(event) => change(event.target.value)}
        onBlur={() => setTyped(null)}
      />
      <span className="any-control__kind">{text === "" ? "" : kindWord(readAny(text))}</span>
    </div>
  );
}

export function kindWord(value: Json): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "list";
  return typeof value === "string" ? "text" : typeof value;
}
