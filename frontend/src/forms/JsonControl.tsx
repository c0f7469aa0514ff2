/** A list or an object as JSON text, for what rows cannot express. */
import { useState, type ReactNode } from "react";

import { readJson } from "../graph/form";
import type { Json } from "../graph/types";
import { labelId } from "./Field";

interface Props {
  id: string;
  describedBy: string;
  kind: "list" | "object";
  value: Json;
  set: (value: Json) => void;
}

export function JsonControl({ id, describedBy, kind, value, set }: Props): ReactNode {
  const [typed, setTyped] = useState<string | null>(null);
  const text = typed ?? JSON.stringify(value ?? (kind === "list" ? [] : {}), null, 2);
  const reading = readJson(text, kind);
  const problem = "problem" in reading ? reading.problem : "";
  const change = (next: string) => {
    setTyped(next);
    const found = readJson(next, kind);
    if ("value" in found) set(found.value);
  };
  return (
    <>
      <textarea
        aria-labelledby={labelId(id)}
        className="mono"
        rows={Math.min(14, Math.max(4, text.split("\n").length))}
        spellCheck={false}
        aria-invalid={problem !== ""}
        aria-describedby={describedBy}
        value={text}
        onChange={(event) => change(event.target.value)}
        onBlur={() => problem === "" && setTyped(null)}
      />
      {problem && (
        <p className="form-field__error" role="alert">
          {problem}
        </p>
      )}
    </>
  );
}

interface ToggleProps {
  isJson: boolean;
  toggle: () => void;
}

export function JsonToggle({ isJson, toggle }: ToggleProps): ReactNode {
  return (
    <button type="button" className="link-button" onClick={toggle}>
      {isJson ? "Edit as rows" : "Edit as JSON"}
    </button>
  );
}

/** Rows beyond this are edited as JSON, so that a huge value does not stall the page. */
export const MOST_ROWS = 200;
