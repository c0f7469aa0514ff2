/** The value of an unlinked input on its node: a control for short ones, else a preview. */
import { useState, type KeyboardEvent, type ReactNode } from "react";

import { fieldKind, optionsOf, readNumber } from "../graph/form";
import type { InputRow } from "../graph/pins";
import type { Json } from "../graph/types";
import { preview } from "../live/words";
import { useEdits, type Edits } from "./state";

interface Props {
  nodeId: string;
  row: InputRow;
}

export function InlineValue({ nodeId, row }: Props): ReactNode {
  const edits = useEdits();
  const value = row.constant ?? row.default;
  if (row.secret) {
    return <span className="inline-value">{row.constant ? "••••" : ""}</span>;
  }
  if (!edits) return <span className="inline-value">{shown(value)}</span>;
  return <Control nodeId={nodeId} row={row} value={value} edits={edits} />;
}

function shown(value: Json): string {
  return value === null ? "" : preview(value, 40);
}

interface ControlProps extends Props {
  value: Json;
  edits: Edits;
}

function Control({ nodeId, row, value, edits }: ControlProps): ReactNode {
  const kind = fieldKind(row.schema);
  const set = (next: Json) => edits.setConstant(nodeId, row.name, next);
  const label = `${row.label} of this node`;
  if (kind === "switch") {
    return (
      <input
        type="checkbox"
        className="inline-check nodrag"
        aria-label={label}
        checked={value === true}
        onChange={(event) => set(event.target.checked)}
      />
    );
  }
  if (kind === "select") {
    return <Choice row={row} value={value} label={label} set={set} />;
  }
  const isNumber = kind === "number" || kind === "integer";
  const isShort = kind === "text" && preview(value, 60).length < 60;
  if (isNumber || isShort) {
    return (
      <ShortText
        label={label}
        value={value}
        placeholder={row.placeholder}
        numeric={isNumber}
        whole={kind === "integer"}
        set={set}
        clear={() => edits.clearConstant(nodeId, row.name)}
      />
    );
  }
  return (
    <button
      type="button"
      className="inline-value inline-value--button nodrag"
      onClick={() => edits.configure(nodeId)}
      title="Edit in the panel"
    >
      {shown(value)}
    </button>
  );
}

interface ChoiceProps {
  row: InputRow;
  value: Json;
  label: string;
  set: (value: Json) => void;
}

function Choice({ row, value, label, set }: ChoiceProps): ReactNode {
  const options = optionsOf(row.schema);
  const place = options.findIndex((option) => option === value);
  return (
    <select
      className="inline-control nodrag"
      aria-label={label}
      value={place}
      onChange={(event) => set(options[Number(event.target.value)] ?? null)}
    >
      {place < 0 && <option value={-1}>Choose…</option>}
      {options.map((option, index) => (
        <option key={index} value={index}>
          {String(option)}
        </option>
      ))}
    </select>
  );
}

interface ShortTextProps {
  label: string;
  value: Json;
  placeholder: string;
  numeric: boolean;
  whole: boolean;
  set: (value: Json) => void;
  clear: () => void;
}

/** Commits when left or on Enter, so that a half-typed number is never stored. */
function ShortText(props: ShortTextProps): ReactNode {
  const stored = props.value === null ? "" : String(props.value);
  const [typed, setTyped] = useState<string | null>(null);
  const text = typed ?? stored;
  const reading = props.numeric ? readNumber(text, props.whole) : { value: text };
  const isBad = "problem" in reading && text !== "";

  const commit = () => {
    if (typed === null || isBad) return;
    if (props.numeric && text.trim() === "") props.clear();
    else if (text !== stored && "value" in reading) props.set(reading.value);
    setTyped(null);
  };
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key === "Enter") event.currentTarget.blur();
    if (event.key === "Escape") setTyped(null);
  };

  return (
    <input
      className="inline-control nodrag"
      aria-label={props.label}
      aria-invalid={isBad}
      title={isBad && "problem" in reading ? reading.problem : undefined}
      inputMode={props.numeric ? "decimal" : "text"}
      placeholder={props.placeholder}
      value={text}
      onChange={(event) => setTyped(event.target.value)}
      onBlur={commit}
      onKeyDown={onKeyDown}
    />
  );
}
