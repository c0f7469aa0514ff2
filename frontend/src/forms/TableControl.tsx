/** A list of objects with known columns, as a small table. */
import { useState, type ReactNode } from "react";

import { columnsOf, isObject, withoutNull } from "../graph/form";
import { schemaAt } from "../graph/schema";
import type { Json, JsonObject } from "../graph/types";
import { Icon } from "../ui/Icon";
import { Cell } from "./Cell";
import { labelId, type ControlProps } from "./Field";
import { JsonControl, JsonToggle, MOST_ROWS } from "./JsonControl";

export function TableControl(props: ControlProps): ReactNode {
  const current = props.value ?? props.fallback;
  const rows: Json[] = Array.isArray(current) ? current : [];
  const fits = rows.length <= MOST_ROWS && rows.every((row) => isObject(row));
  const [wantsJson, setWantsJson] = useState(false);
  const isJson = wantsJson || !fits;
  return (
    <div className="rows" role="group" aria-labelledby={labelId(props.id)}>
      {isJson ? (
        <JsonControl {...props} kind="list" value={current} />
      ) : (
        <Grid {...props} rows={rows as JsonObject[]} />
      )}
      <JsonToggle isJson={isJson} toggle={() => setWantsJson(!isJson)} />
    </div>
  );
}

function Grid(props: ControlProps & { rows: JsonObject[] }): ReactNode {
  const { rows, set } = props;
  const schema = withoutNull(props.schema);
  const columns = columnsOf(schema);
  return (
    <>
      <div className="grid-scroll">
        <table className="grid">
          <thead>
            <tr>
              {columns.map((column) => (
                <th key={column} scope="col">
                  {column}
                </th>
              ))}
              <th aria-label="Remove" />
            </tr>
          </thead>
          <tbody>
            {rows.map((row, place) => (
              <tr key={place}>
                {columns.map((column) => (
                  <td key={column}>
                    <Cell
                      label={`${column} of row ${place + 1}`}
                      schema={schemaAt(schema, [0, column])}
                      value={row[column] ?? null}
                      set={(value) => set(rows.with(place, { ...row, [column]: value }))}
                    />
                  </td>
                ))}
                <td>
                  <button
                    type="button"
                    className="icon-button"
                    aria-label={`Remove row ${place + 1}`}
                    onClick={() => set(rows.toSpliced(place, 1))}
                  >
                    <Icon name="close" size={12} />
                  </button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <button
        type="button"
        className="add-button"
        onClick={() => set([...rows, emptyRow(columns)])}
      >
        <Icon name="plus" size={12} /> Add row
      </button>
    </>
  );
}

function emptyRow(columns: string[]): JsonObject {
  return Object.fromEntries(columns.map((column) => [column, ""]));
}
