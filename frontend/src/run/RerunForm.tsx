/** Run again from a node, with other values on its pins if wanted. */
import { useState, type ReactNode } from "react";

import { useCanvas } from "../canvas/state";
import { Field } from "../forms/Field";
import { blockFor } from "../graph/agents";
import { valueAt } from "../graph/dynamic-pins";
import { inputRows, NO_LINKS, type InputRow } from "../graph/pins";
import type { GraphNode, JsonObject, NodeExecution } from "../graph/types";
import { Icon } from "../ui/Icon";
import type { Commands } from "./useCommands";

interface Props {
  node: GraphNode;
  /** Its first firing: the one that gets the values. */
  first: NodeExecution | undefined;
  commands: Commands;
  startsOpen: boolean;
}

export function RerunForm({ node, first, commands, startsOpen }: Props): ReactNode {
  const [isOpen, setIsOpen] = useState(startsOpen);
  const [values, setValues] = useState<JsonObject>({});
  const rows = useRows(node);
  const start = () => {
    const hasValues = isOpen && Object.keys(values).length > 0;
    commands.rerun({ from: node.id, ...(hasValues ? { node_inputs: values } : {}) });
  };
  return (
    <section className="rerun" aria-label="Run again from here">
      <h3>Run again from here</h3>
      <p className="quiet">What does not come after this node is reused from this run.</p>
      {rows.length > 0 && (
        <button
          type="button"
          className="fold-button"
          aria-expanded={isOpen}
          onClick={() => setIsOpen(!isOpen)}
        >
          <Icon name="chevron" size={12} /> Change its inputs first
        </button>
      )}
      {isOpen && rows.map((row) => (
        <PinField
          key={row.name}
          row={row}
          before={valueAt(first?.inputs ?? {}, row.name)}
          value={values[row.name]}
          set={(value) => setValues((all) => withValue(all, row.name, value))}
        />
      ))}
      {commands.problem && (
        <p className="form-field__error" role="alert">
          {commands.problem}
        </p>
      )}
      <button
        type="button"
        className="button button--primary"
        data-testid="rerun-from-node"
        disabled={commands.isStarting}
        onClick={start}
      >
        <Icon name="play" size={14} />
        {commands.isStarting ? "Starting…" : "Run again from here"}
      </button>
    </section>
  );
}

/** Whole pins alone: a part of one would be mixed with the rest of it. */
function useRows(node: GraphNode): InputRow[] {
  const block = useCanvas((state) => blockFor(node, state.blocks));
  const links = useCanvas((state) => state.linksOf.get(node.id) ?? NO_LINKS);
  return inputRows(node, block, links).filter((row) => !row.hasPartsSet && !row.secret);
}

interface PinFieldProps {
  row: InputRow;
  /** What the pin had in this run. */
  before: JsonObject[string] | undefined;
  value: JsonObject[string] | undefined;
  set: (value: JsonObject[string] | undefined) => void;
}

function PinField({ row, before, value, set }: PinFieldProps): ReactNode {
  return (
    <Field
      label={row.label}
      help={row.description}
      error=""
      schema={row.schema}
      value={value}
      fallback={before ?? row.constant ?? row.default}
      mark={<span className={`pin-mark pin-mark--${row.type}`} title={row.type} />}
      aside={
        value !== undefined && (
          <button type="button" className="link-button" onClick={() => set(undefined)}>
            As it was
          </button>
        )
      }
      set={set}
      clear={() => set(undefined)}
    />
  );
}

function withValue(
  values: JsonObject,
  name: string,
  value: JsonObject[string] | undefined,
): JsonObject {
  const { [name]: _old, ...rest } = values;
  return value === undefined ? rest : { ...rest, [name]: value };
}
