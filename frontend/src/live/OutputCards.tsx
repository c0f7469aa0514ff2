/** What a run gave back, one card for each output, and what went wrong. */
import type { ReactNode } from "react";

import type { Execution, Json } from "../graph/types";
import { Icon } from "../ui/Icon";
import { ValueView } from "../ui/ValueView";
import { count } from "./words";

interface Props {
  outputs: { [name: string]: Json[] };
  errors: Execution["errors"];
  nameOf: (nodeId: string) => string;
  isOver: boolean;
}

const MOST_VALUES = 50;

export function OutputCards({ outputs, errors, nameOf, isOver }: Props): ReactNode {
  const names = Object.keys(outputs);
  return (
    <div className="outputs" data-testid="outputs">
      {errors.map((error, place) => (
        <p key={place} className="finding finding--error" role="alert">
          <Icon name="alert" size={14} />
          <span>
            {error.node_id && <strong>{nameOf(error.node_id)}: </strong>}
            {error.message} <span className="quiet mono">{error.code}</span>
          </span>
        </p>
      ))}
      {names.map((name) => (
        <Card key={name} name={name} values={outputs[name] ?? []} />
      ))}
      {names.length === 0 && (
        <p className="quiet">
          {isOver ? "The run gave no outputs." : "Outputs appear here as they are made."}
        </p>
      )}
    </div>
  );
}

function Card({ name, values }: { name: string; values: Json[] }): ReactNode {
  return (
    <section className="output-card" aria-label={name} data-output={name}>
      <header>
        <h3>{name}</h3>
        {values.length > 1 && <span className="quiet">{count(values.length, "value")}</span>}
      </header>
      {values.slice(0, MOST_VALUES).map((value, place) => (
        <ValueView key={place} value={value} />
      ))}
      {values.length > MOST_VALUES && (
        <p className="quiet">
          and {(values.length - MOST_VALUES).toLocaleString("en")} more values
        </p>
      )}
    </section>
  );
}
