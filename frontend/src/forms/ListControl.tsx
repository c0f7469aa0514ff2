/** A list as rows of items, or as JSON. */
import { useState, type ReactNode } from "react";

import { withoutNull } from "../graph/form";
import type { Json, Schema } from "../graph/types";
import { Icon } from "../ui/Icon";
import { Cell } from "./Cell";
import { labelId, type ControlProps } from "./Field";
import { JsonControl, JsonToggle, MOST_ROWS } from "./JsonControl";

export function ListControl(props: ControlProps): ReactNode {
  const current = props.value ?? props.fallback;
  const items: Json[] = Array.isArray(current) ? current : [];
  const fits = items.length <= MOST_ROWS && (current === null || Array.isArray(current));
  const [wantsJson, setWantsJson] = useState(false);
  const isJson = wantsJson || !fits;
  return (
    <div className="rows" role="group" aria-labelledby={labelId(props.id)}>
      {isJson ? (
        <JsonControl {...props} kind="list" value={current} />
      ) : (
        <Items {...props} items={items} />
      )}
      <JsonToggle isJson={isJson} toggle={() => setWantsJson(!isJson)} />
    </div>
  );
}

function Items(props: ControlProps & { items: Json[] }): ReactNode {
  const { items, set } = props;
  const schema = (withoutNull(props.schema).items ?? {}) as Schema;
  const empty: Json = schema.type === "string" || !schema.type ? "" : null;
  return (
    <>
      {items.map((item, place) => (
        <div className="rows__row" key={place}>
          <span className="rows__place">{place}</span>
          <Cell
            label={`Item ${place}`}
            schema={schema}
            value={item}
            set={(value) => set(items.with(place, value))}
          />
          <button
            type="button"
            className="icon-button"
            aria-label={`Remove item ${place}`}
            onClick={() => set(items.toSpliced(place, 1))}
          >
            <Icon name="close" size={12} />
          </button>
        </div>
      ))}
      <button
        type="button"
        className="add-button"
        onClick={() => set([...items, empty])}
      >
        <Icon name="plus" size={12} /> Add item
      </button>
    </>
  );
}
