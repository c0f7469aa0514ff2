/** Controls for text, dates, times, secrets and numbers. */
import { useState, type ReactNode } from "react";

import { readNumber } from "../graph/form";
import type { ControlProps } from "./Field";

const INPUT_TYPE: Readonly<Record<string, string>> = {
  date: "date",
  time: "time",
  secret: "password",
};

const LONG_FROM = 80;

export function TextControl(props: ControlProps): ReactNode {
  const { id, kind, value, fallback, set, invalid, describedBy } = props;
  const text = asText(value ?? fallback);
  const common = {
    id,
    value: text,
    placeholder: props.placeholder,
    "aria-invalid": invalid,
    "aria-describedby": describedBy,
  };
  const isLong = kind === "long-text" || (kind === "text" && text.length > LONG_FROM);
  // A control that changed its element while somebody types would lose the focus.
  const [startedLong] = useState(isLong);
  if (kind === "long-text" || startedLong || text.includes("\n")) {
    return (
      <textarea {...common} rows={5} onChange={(event) => set(event.target.value)} />
    );
  }
  return (
    <input
      {...common}
      type={INPUT_TYPE[kind] ?? "text"}
      autoComplete="off"
      step={kind === "time" ? 1 : undefined}
      onChange={(event) => set(event.target.value)}
    />
  );
}

function asText(value: ControlProps["value"]): string {
  if (value === null || value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

export function NumberControl(props: ControlProps): ReactNode {
  const { value, fallback, set, clear } = props;
  const stored = asText(value ?? fallback);
  const [typed, setTyped] = useState<string | null>(null);
  const reading = readNumber(typed ?? stored, props.kind === "integer");
  const problem = typed && "problem" in reading ? reading.problem : "";

  const change = (text: string) => {
    setTyped(text);
    const next = readNumber(text, props.kind === "integer");
    if (text.trim() === "") clear();
    else if ("value" in next) set(next.value);
  };
  return (
    <>
      <input
        id={props.id}
        inputMode="decimal"
        autoComplete="off"
        placeholder={props.placeholder}
        aria-invalid={props.invalid || problem !== ""}
        aria-describedby={props.describedBy}
        value={typed ?? stored}
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
