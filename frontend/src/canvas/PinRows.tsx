/** The pins of a node, one row each, with their handles. */
import { Handle, Position } from "@xyflow/react";
import { memo, useState, type KeyboardEvent, type ReactNode } from "react";

import { nextIndex, partName } from "../graph/dynamic-pins";
import type { InputRow, PinRow } from "../graph/pins";
import { Icon } from "../ui/Icon";
import { InlineValue } from "./InlineValue";
import { useEdits, type Side } from "./state";

/** How much of the rows shows: zoomed out only the handles, in the same places. */
export type Nearness = "near" | "far" | "tiny";

interface PinHandleProps {
  nodeId: string;
  row: PinRow;
  side: Side;
  nearness: Nearness;
}

function PinHandle({ nodeId, row, side, nearness }: PinHandleProps): ReactNode {
  if (nearness === "tiny") return <Anchor row={row} side={side} />;
  return (
    <Handle
      id={row.name}
      type={side === "input" ? "target" : "source"}
      position={side === "input" ? Position.Left : Position.Right}
      className={`pin-handle pin-handle--${side}`}
      data-node={nodeId}
      data-pin={row.name}
      data-side={side}
      role="img"
      aria-label={`${side} ${row.name}, ${row.type}`}
      title={`${row.name}: ${row.type}`}
    >
      <span className={`pin-mark pin-mark--${row.type}`} data-linked={row.linked} />
    </Handle>
  );
}

/** Where links begin and end, for React Flow to measure. Nobody hits so small a handle,
    and hundreds of real ones would cost half of the time that zooming out takes. */
function Anchor({ row, side }: Pick<PinHandleProps, "row" | "side">): ReactNode {
  const place = side === "input" ? Position.Left : Position.Right;
  const type = side === "input" ? "target" : "source";
  return (
    <div
      className={`react-flow__handle react-flow__handle-${place} ${type} pin-handle`}
      data-handleid={row.name}
      data-handlepos={place}
    />
  );
}

interface RowsProps<R extends PinRow> {
  nodeId: string;
  rows: readonly R[];
  nearness: Nearness;
}

export const InputRows = memo(function InputRows(props: RowsProps<InputRow>): ReactNode {
  const { nodeId, rows, nearness } = props;
  return rows.map((row) => (
    <div key={row.name} className={rowClass(row, "input")}>
      <PinHandle nodeId={nodeId} row={row} side="input" nearness={nearness} />
      {nearness === "near" && (
        <>
          <PinName row={row} required={row.required} />
          <AddPart nodeId={nodeId} side="input" row={row} rows={rows} />
          {row.linked || row.hasPartsSet ? (
            <span className="pin-row__linked">{row.linked ? "linked" : ""}</span>
          ) : (
            <InlineValue nodeId={nodeId} row={row} />
          )}
        </>
      )}
    </div>
  ));
});

export const OutputRows = memo(function OutputRows(props: RowsProps<PinRow>): ReactNode {
  const { nodeId, rows, nearness } = props;
  return rows.map((row) => (
    <div key={row.name} className={rowClass(row, "output")}>
      {nearness === "near" && (
        <>
          <AddPart nodeId={nodeId} side="output" row={row} rows={rows} />
          <PinName row={row} required={false} />
        </>
      )}
      <PinHandle nodeId={nodeId} row={row} side="output" nearness={nearness} />
    </div>
  ));
});

function rowClass(row: PinRow, side: Side): string {
  const inside = row.inside ? " pin-row--inside" : "";
  const unknown = row.unknown ? " pin-row--unknown" : "";
  const quiet = row.name === "error" && !row.linked ? " pin-row--quiet" : "";
  return `pin-row pin-row--${side}${inside}${unknown}${quiet}`;
}

function PinName({ row, required }: { row: PinRow; required: boolean }): ReactNode {
  return (
    <span className="pin-row__name" title={row.description || row.name}>
      {row.label}
      {required && (
        <span className="pin-row__required" title="Required">
          *
        </span>
      )}
    </span>
  );
}

interface AddPartProps {
  nodeId: string;
  side: Side;
  row: PinRow;
  rows: readonly PinRow[];
}

/** Adds a pin for one key of an object or one place in a list. */
function AddPart({ nodeId, side, row, rows }: AddPartProps): ReactNode {
  const edits = useEdits();
  const [key, setKey] = useState<string | null>(null);
  if (!edits || !row.canAddPart) return null;

  const found = partName(row.name, row.type, key ?? "");
  const add = () => {
    if (!("name" in found)) return;
    edits.addPin(nodeId, side, found.name);
    setKey(null);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter") add();
    if (event.key === "Escape") setKey(null);
  };
  const open = () =>
    setKey(row.type === "list" ? String(nextIndex(row.name, rows.map((r) => r.name))) : "");

  if (key === null) {
    const what = row.type === "list" ? "Add item" : "Add key";
    return (
      <button
        type="button"
        className="pin-row__add nodrag"
        onClick={open}
        aria-label={`${what} to ${row.label}`}
        title={`${what}…`}
      >
        <Icon name="plus" size={12} />
      </button>
    );
  }
  return (
    <input
      className="inline-control inline-control--key nodrag"
      autoFocus
      aria-label={`Key of ${row.label}`}
      aria-invalid={key !== "" && "problem" in found}
      title={key !== "" && "problem" in found ? found.problem : "Enter adds the pin"}
      placeholder={row.type === "list" ? "0" : "key"}
      value={key}
      onChange={(event) => setKey(event.target.value)}
      onKeyDown={onKeyDown}
      onBlur={() => ("name" in found ? add() : setKey(null))}
    />
  );
}
