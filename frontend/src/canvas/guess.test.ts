import { describe, expect, it } from "vitest";

import type { Block, GraphNode, InputSpec } from "../graph/types";
import { guessed } from "./guess";

const pin = (name: string, advanced = false): InputSpec => ({
  name,
  title: name,
  description: "",
  schema: { type: "string" },
  required: false,
  default: null,
  advanced,
  secret: false,
});

const BLOCK: Block = {
  id: "b",
  name: "StepBlock",
  description: "",
  categories: [],
  kind: "Standard",
  effect: "pure",
  cost: "free",
  static_output: false,
  inputs: [pin("a"), pin("b"), pin("c", true)],
  outputs: [pin("out"), pin("error")],
};
const NODE: GraphNode = { id: "n", block_id: "b", input_default: {}, metadata: {} };

const guess = (canUnfold: boolean, block: Block | undefined = BLOCK) =>
  guessed(NODE, { block, links: undefined, canUnfold });

describe("what is guessed of a node that is not drawn yet", () => {
  // Sizes as Chromium measured them.
  it.each([
    ["with a row that unfolds", true, 191, { a: 45, b: 73, out: 134, error: 162 }],
    ["without", false, 167, { a: 45, b: 73, out: 110, error: 138 }],
  ] as const)("%s", (_name, canUnfold, height, places) => {
    const { measured, handles } = guess(canUnfold);

    expect(Math.floor(measured?.height ?? 0)).toBe(height);
    expect(Object.fromEntries(handles?.map(({ id, y }) => [id, y]) ?? [])).toEqual(places);
  });

  it("never equals a measure, so that the measure always replaces it", () => {
    expect(Number.isInteger(guess(true).measured?.height)).toBe(false);
  });

  it("knows the linked pins of a block that is not here", () => {
    const link = {
      id: "l",
      source_id: "n",
      source_name: "out",
      sink_id: "m",
      sink_name: "in",
      is_static: false,
    };
    const links = { incoming: [], outgoing: [link] };
    const { handles } = guessed(NODE, { block: undefined, links, canUnfold: true });
    expect(handles?.map(({ id, type }) => [id, type])).toEqual([["out", "source"]]);
  });
});
