/** An object as rows of key and value, or as JSON. */
import { useState, type ReactNode } from "react";

import { isObject } from "../graph/form";
import { schemaAt } from "../graph/schema";
import type { Json, JsonObject } from "../graph/types";
import { Icon } from "../ui/Icon";
import { Cell } from "./Cell";
import { labelId, type ControlProps } from "./Field";
import { JsonControl, JsonToggle, MOST_ROWS } from "./JsonControl";

export function PairsControl(props: ControlProps): ReactNode {
  const current = props.value ?? props.fallback;
  const object: JsonObject = isObject(current) ? current : {};
  const few = Object.keys(object).length <= MOST_ROWS;
  const fits = few && (current === null || isObject(current));
  const [wantsJson, setWantsJson] = useState(false);
  const isJson = wantsJson || !fits;
  return (
    <div className="rows" role="group" aria-labelledby={labelId(props.id)}>
      {isJson ? (
        <JsonControl {...props} kind="object" value={current} />
      ) : (
        <Pairs {...props} object={object} />
      )}
      <JsonToggle isJson={isJson} toggle={() => setWantsJson(!isJson)} />
    </div>
  );
}

function Pairs(props: ControlProps & { object: JsonObject }): ReactNode {
  const { object, set, schema } = props;
  const entries = Object.entries(object);
  const put = (place: number, entry: [string, Json]) =>
    set(Object.fromEntries(entries.with(place, entry)));
  return (
    <>
      {entries.map(([key, value], place) => (
        <div className="rows__row rows__row--pair" key={place}>
          <KeyCell
            name={key}
            taken={entries.map(([other]) => other)}
            rename={(name) => put(place, [name, value])}
          />
          <Cell
            label={`Value of ${key}`}
            schema={schemaAt(schema, [key])}
            value={value}
            set={(next) => put(place, [key, next])}
          />
          <button
            type="button"
            className="icon-button"
            aria-label={`Remove ${key}`}
            onClick={() => set(Object.fromEntries(entries.toSpliced(place, 1)))}
          >
            <Icon name="close" size={12} />
          </button>
        </div>
      ))}
      <button
        type="button"
        className="add-button"
        onClick={() => set({ ...object, [freeKey(object)]: "" })}
      >
        <Icon name="plus" size={12} /> Add key
      </button>
    </>
  );
}

function freeKey(object: JsonObject): string {
  let number = Object.keys(object).length + 1;
  while (`key${number}` in object) number += 1;
  return `key${number}`;
}

interface KeyCellProps {
  name: string;
  taken: string[];
  rename: (name: string) => void;
}

/** Renames when left, since a half-typed key may collide with another one. */
function KeyCell({ name, taken, rename }: KeyCellProps): ReactNode {
  const [typed, setTyped] = useState<string | null>(null);
  const text = typed ?? name;
  const collides = text !== name && taken.includes(text);
  const commit = () => {
    if (text !== name && !collides) rename(text);
    setTyped(null);
  };
  return (
    <input
      className="cell cell--key mono"
      aria-label={`Key ${name}`}
      aria-invalid={collides}
      title={collides ? "Another row has this key." : undefined}
      autoComplete="off"
      value={text}
      onChange={(event) => setTyped(event.target.value)}
      onBlur={commit}
      onKeyDown={(event) => event.key === "Enter" && commit()}
    />
  );
}
