/** The small control of one row: text, number, or anything. */
import { useState, type ReactNode } from "react";

import { fieldKind, readAny, readNumber, writeAny } from "../graph/form";
import type { Json, Schema } from "../graph/types";

interface Props {
  label: string;
  schema: Schema;
  value: Json;
  set: (value: Json) => void;
}

export function Cell({ label, schema, value, set }: Props): ReactNode {
  const kind = fieldKind(schema);
  const isText = kind === "text" || kind === "long-text";
  const isNumber = kind === "number" || kind === "integer";
  const [typed, setTyped] = useState<string | null>(null);
  const stored = isText && typeof value === "string" ? value : emptyOr(value);
  const change = (text: string) => {
    setTyped(text);
    const number = readNumber(text, kind === "integer");
    if (isText) set(text);
    else if (isNumber && "value" in number) set(number.value);
    else if (!isNumber) set(readAny(text));
  };
  return (
    <input
      className="cell"
      aria-label={label}
      autoComplete="off"
      value={typed ?? stored}
      onChange={(event) => change(event.target.value)}
      onBlur={() => setTyped(null)}
    />
  );
}

function emptyOr(value: Json): string {
  return value === null ? "" : writeAny(value);
}
