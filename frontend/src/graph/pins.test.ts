import { describe, expect, test } from "vitest";

import { inputRows, linksByNode, nodePins, NO_LINKS, outputRows, pinSchema } from "./pins";
import type { Block, GraphLink, GraphNode, InputSpec } from "./types";

function input(name: string, more: Partial<InputSpec> = {}): InputSpec {
  return {
    name,
    title: "",
    description: "",
    schema: { type: "string" },
    required: false,
    default: null,
    advanced: false,
    secret: false,
    ...more,
  };
}

const BLOCK: Block = {
  id: "block",
  name: "FillTemplate",
  description: "",
  categories: ["Text"],
  kind: "Standard",
  effect: "pure",
  cost: "free",
  static_output: false,
  inputs: [
    input("values", {
      required: true,
      schema: { type: "object", additionalProperties: { type: "number" } },
    }),
    input("format"),
    input("escape", { advanced: true, schema: { type: "boolean" } }),
  ],
  outputs: [
    { name: "output", title: "", description: "", schema: { type: "object" } },
    { name: "error", title: "", description: "", schema: { type: "string" } },
  ],
};

function node(input_default: GraphNode["input_default"] = {}): GraphNode {
  return { id: "n", block_id: "block", input_default, metadata: {} };
}

function linkInto(sink_name: string): GraphLink {
  return { id: sink_name, source_id: "s", source_name: "o", sink_id: "n", sink_name, is_static: false };
}

const names = (rows: { name: string }[]) => rows.map((row) => row.name);
const SHOWN = { extraInputs: [], extraOutputs: [], unfolded: false };

describe("input rows", () => {
  test("pins inside another follow it, by number where they are numbers", () => {
    const found = inputRows(
      node({ "values_#_b": 1, "values_#_item10": 1 }),
      BLOCK,
      { incoming: [linkInto("values_#_item2")], outgoing: [] },
      ["values_#_a"],
    );
    expect(names(found).slice(0, 5)).toEqual([
      "values",
      "values_#_a",
      "values_#_b",
      "values_#_item2",
      "values_#_item10",
    ]);
    expect(found[1]).toMatchObject({ inside: true, label: "a", type: "number" });
    expect(found[0]?.hasPartsSet).toBe(true);
  });

  test("pins the block does not declare are shown where something uses them", () => {
    const found = inputRows(node({ old: 1 }), BLOCK, NO_LINKS);
    expect(found.at(-1)).toMatchObject({ name: "old", unknown: true, constant: 1 });
  });

  test("an unknown block shows what its node uses", () => {
    const links = { incoming: [linkInto("body")], outgoing: [] };
    expect(names(inputRows(node({ to: "x" }), undefined, links))).toEqual(["body", "to"]);
  });
});

describe("folding", () => {
  test("advanced pins are folded and counted", () => {
    const pins = nodePins(node(), BLOCK, NO_LINKS, SHOWN);
    expect(names(pins.inputs)).toEqual(["values", "format"]);
    expect(pins.folded).toBe(1);
  });

  test.each([
    ["set", node({ escape: false }), NO_LINKS],
    ["linked", node(), { incoming: [linkInto("escape")], outgoing: [] }],
  ])("an advanced pin that is %s is always shown", (_name, of, links) => {
    const pins = nodePins(of, BLOCK, links, SHOWN);
    expect(names(pins.inputs)).toContain("escape");
    expect(pins.folded).toBe(0);
  });

  test("unfolding shows all", () => {
    const pins = nodePins(node(), BLOCK, NO_LINKS, { ...SHOWN, unfolded: true });
    expect(names(pins.inputs)).toContain("escape");
  });
});

test("an output shows its parts in use; the error pin has none to offer", () => {
  const link = { ...linkInto("x"), source_id: "n", source_name: "output_#_name" };
  const rows = outputRows(BLOCK, { incoming: [], outgoing: [link] });
  expect(names(rows)).toEqual(["output", "output_#_name", "error"]);
  expect(rows.map((row) => row.canAddPart)).toEqual([true, false, false]);
});

test("the schema of a pin inside another is that of the part", () => {
  expect(pinSchema(BLOCK.inputs, "values_#_x")).toEqual({ type: "number" });
  expect(pinSchema(BLOCK.inputs, "nothing")).toEqual({});
});

test("nodes whose links did not change keep their lists", () => {
  const first = [linkInto("format"), { ...linkInto("a"), sink_id: "other" }];
  const before = linksByNode(first);
  const after = linksByNode([...first, { ...linkInto("b"), source_id: "third", sink_id: "fourth" }], before);
  expect(after.get("n")).toBe(before.get("n"));
  expect(after.get("fourth")?.incoming).toHaveLength(1);
});
