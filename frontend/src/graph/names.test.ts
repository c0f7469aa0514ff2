import { describe, expect, test } from "vitest";

import { groupBlocks, kebab, nodeTitle, searchBlocks, spacedName, tintOf } from "./names";
import type { Block, GraphNode } from "./types";

function block(name: string, more: Partial<Block> = {}): Block {
  return {
    id: name,
    name,
    description: "",
    categories: ["Text"],
    kind: "Standard",
    effect: "pure",
    cost: "free",
    static_output: false,
    inputs: [],
    outputs: [],
    ...more,
  };
}

test.each([
  ["AgentShortTextInputBlock", "Agent Short Text Input", "agent-short-text-input-block"],
  ["APICall", "API Call", "api-call"],
  ["Fill text template", "Fill text template", "fill-text-template"],
  ["Block", "Block", "block"],
])("%s reads %s and is found as %s", (name, words, key) => {
  expect(spacedName(name)).toBe(words);
  expect(kebab(name)).toBe(key);
});

describe("the title of a node", () => {
  const node = (more: Partial<GraphNode>): GraphNode => ({
    id: "n",
    block_id: "b",
    input_default: {},
    metadata: {},
    ...more,
  });

  test.each([
    ["its own name first", { metadata: { customized_name: "Mine" } }, block("AddBlock"), "Mine"],
    ["an input by its input's name", { input_default: { name: "Who" } }, block("AgentInput", { kind: "Input" }), "Who"],
    ["a pin called name elsewhere is no title", { input_default: { name: "Who" } }, block("AddBlock"), "Add"],
    ["a block that is not there", {}, undefined, "Unknown block"],
  ] as const)("%s", (_name, more, of, title) => {
    expect(nodeTitle(node(more as Partial<GraphNode>), of)).toBe(title);
  });
});

describe("search", () => {
  const blocks = [
    block("CombineTexts", { description: "Joins." }),
    block("TextReplace"),
    block("AddToList", { categories: ["Data"], description: "Adds text too." }),
  ];

  test.each([
    ["the start of the name outranks words in it, then the description", "text", ["TextReplace", "CombineTexts", "AddToList"]],
    ["the category counts", "data", ["AddToList"]],
    ["every word must fit", "combine joins", ["CombineTexts"]],
    ["case does not matter", "ADD", ["AddToList"]],
    ["nothing fits", "zzz", []],
  ])("%s", (_name, query, names) => {
    expect(searchBlocks(blocks, query).map((found) => found.name)).toEqual(names);
  });

  test("an empty query finds all", () => {
    expect(searchBlocks(blocks, " ")).toHaveLength(3);
  });
});

test("inputs and outputs of the agent come first, unknown categories last", () => {
  const groups = groupBlocks([
    block("Z", { categories: ["Weather"] }),
    block("B", { categories: ["Logic"] }),
    block("Out", { kind: "Output", categories: ["Basic"] }),
    block("In", { kind: "Input", categories: ["Basic"] }),
    block("A", { categories: ["Logic"] }),
  ]);
  expect(groups.map((group) => group.category)).toEqual(["Input", "Output", "Logic", "Weather"]);
  expect(groups[2]?.blocks.map((member) => member.name)).toEqual(["A", "B"]);
});

test("the tint is the first category that has one", () => {
  expect(tintOf(block("x", { categories: ["Hardware", "Search"] }))).toBe("network");
  expect(tintOf(undefined)).toBe("other");
});
