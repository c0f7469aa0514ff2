/** How large a node will be and where its pins will stand, before it is drawn.
 *
 * React Flow draws every node once to measure it. A guess spares that for those outside
 * the view: a thousand nodes then open as fast as twenty. Whatever is drawn is measured,
 * and the measure replaces the guess. */
import { Position, type Node } from "@xyflow/react";

import { nodePins, NO_LINKS, type NodeLinks, type PinRow } from "../graph/pins";
import type { Block, GraphNode } from "../graph/types";

/* As the stylesheets have them. */
const WIDTH = 264;
const ROW = 28;
const FOLD_ROW = 24;
const HANDLE = 20;
const FIRST_ROW = 45;
const BEFORE_OUTPUTS = 9;
/** From the last row to the edge, and what keeps a guess from equalling a measure. */
const REST = 1.5;

export type Guess = Pick<Node, "measured" | "handles">;

interface Given {
  block: Block | undefined;
  links: NodeLinks | undefined;
  /** Whether folded pins have a row that unfolds them. */
  canUnfold: boolean;
}

export function guessed(node: GraphNode, { block, links, canUnfold }: Given): Guess {
  const shown = { extraInputs: [], extraOutputs: [], unfolded: false };
  const pins = nodePins(node, block, links ?? NO_LINKS, shown);
  const fold = canUnfold && pins.folded > 0 ? FOLD_ROW : 0;
  const outputsFrom = FIRST_ROW + pins.inputs.length * ROW + fold + BEFORE_OUTPUTS;
  const inputs = pins.inputs.map((row, place) => handle(row, "target", FIRST_ROW, place));
  const outputs = pins.outputs.map((row, place) => handle(row, "source", outputsFrom, place));
  const height = outputsFrom + pins.outputs.length * ROW + REST;
  return { measured: { width: WIDTH, height }, handles: [...inputs, ...outputs] };
}

function handle(row: PinRow, type: "source" | "target", from: number, place: number) {
  return {
    id: row.name,
    type,
    position: type === "target" ? Position.Left : Position.Right,
    x: type === "target" ? 1 - HANDLE / 2 : WIDTH - 1 - HANDLE / 2,
    y: from + place * ROW,
    width: HANDLE,
    height: HANDLE,
  };
}
