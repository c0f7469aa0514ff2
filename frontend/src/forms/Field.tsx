/** One labelled value: label above, control, help or error below. */
import { useId, type ReactNode } from "react";

import { fieldKind, type FieldKind } from "../graph/form";
import type { Json, Schema } from "../graph/types";
import { AnyControl } from "./AnyControl";
import { ChoiceControl, SwitchControl } from "./ChoiceControls";
import { CredentialControl } from "./CredentialControl";
import { FileControl } from "./FileControl";
import { ListControl } from "./ListControl";
import { PairsControl } from "./PairsControl";
import { TableControl } from "./TableControl";
import { NumberControl, TextControl } from "./TextControls";

/** What every control gets. `undefined` is "no value of its own". */
export interface ControlProps {
  id: string;
  describedBy: string;
  schema: Schema;
  kind: FieldKind;
  value: Json | undefined;
  /** Used while there is no value of its own. */
  fallback: Json;
  placeholder: string;
  invalid: boolean;
  set: (value: Json) => void;
  clear: () => void;
}

export interface FieldProps {
  label: string;
  help: string;
  error: string;
  /** What is not wrong but deserves a look; an error goes before it. */
  warning?: string;
  schema: Schema;
  secret?: boolean;
  required?: boolean;
  placeholder?: string;
  value: Json | undefined;
  fallback: Json;
  /** Shown beside the label: the pin's mark, a reset button. */
  mark?: ReactNode;
  aside?: ReactNode;
  set: (value: Json) => void;
  clear: () => void;
}

export function Field(props: FieldProps): ReactNode {
  const id = useId();
  const describedBy = `${id}-about`;
  const kind = fieldKind(props.schema, props.secret);
  const Control = CONTROLS[kind];
  return (
    <div className={`form-field form-field--${kind}`} data-invalid={props.error !== ""}>
      <div className="form-field__top">
        {props.mark}
        <Label id={id} kind={kind} label={props.label} required={props.required ?? false} />
        <span className="form-field__aside">{props.aside}</span>
      </div>
      <Control
        id={id}
        describedBy={describedBy}
        schema={props.schema}
        kind={kind}
        value={props.value}
        fallback={props.fallback}
        placeholder={props.placeholder ?? ""}
        invalid={props.error !== ""}
        set={props.set}
        clear={props.clear}
      />
      <p
        id={describedBy}
        className={`form-field__${toneOf(props)}`}
        role={props.error ? "alert" : undefined}
      >
        {props.error || props.warning || props.help}
      </p>
    </div>
  );
}

function toneOf({ error, warning }: FieldProps): "error" | "warning" | "help" {
  if (error) return "error";
  return warning ? "warning" : "help";
}

interface LabelProps {
  id: string;
  kind: FieldKind;
  label: string;
  required: boolean;
}

/** Rows have no single control to point at, so their label names the group. */
function Label({ id, kind, label, required }: LabelProps): ReactNode {
  const isGroup = kind === "list" || kind === "pairs" || kind === "table";
  const words = (
    <>
      {label}
      {required && <span className="form-field__required"> required</span>}
    </>
  );
  if (!isGroup) return <label htmlFor={id}>{words}</label>;
  return (
    <span id={labelId(id)} className="form-field__label">
      {words}
    </span>
  );
}

export function labelId(id: string): string {
  return `${id}-label`;
}

const CONTROLS: Readonly<Record<FieldKind, (props: ControlProps) => ReactNode>> = {
  text: TextControl,
  "long-text": TextControl,
  secret: TextControl,
  date: TextControl,
  time: TextControl,
  number: NumberControl,
  integer: NumberControl,
  switch: SwitchControl,
  select: ChoiceControl,
  list: ListControl,
  pairs: PairsControl,
  table: TableControl,
  file: FileControl,
  credential: CredentialControl,
  any: AnyControl,
};
