import { expect, test } from "vitest";

import { blockFor, constantsFor } from "./agents";
import { nodeTitle } from "./names";
import type { Block, GraphNode, JsonObject } from "./types";

const ERROR = { name: "error", title: "", description: "", schema: { type: "string" } };
const BLOCK = {
  id: "agent",
  name: "AgentExecutorBlock",
  kind: "Agent",
  categories: [],
  inputs: [{ name: "graph_id", required: true }],
  outputs: [ERROR],
} as unknown as Block;
const ADD = { ...BLOCK, id: "add", kind: "Standard" } as Block;
const BLOCKS = new Map([BLOCK, ADD].map((block) => [block.id, block]));

function node(input_default: JsonObject, block_id = "agent"): GraphNode {
  return { id: "n", block_id, input_default, metadata: {} };
}

const CHOSEN = {
  id: "g",
  name: "Summarise",
  input_schema: {
    properties: { text: { type: "string", title: "Text" }, limit: { type: "integer", advanced: true } },
    required: ["text"],
  },
  output_schema: { properties: { summary: { type: "string" }, error: {} } },
};

test("the pins are those of the chosen agent, and its error", () => {
  const block = blockFor(node(constantsFor(CHOSEN, {})), BLOCKS);
  expect(block?.inputs.map(({ name, required, advanced }) => [name, required, advanced])).toEqual([
    ["text", true, false],
    ["limit", false, true],
  ]);
  expect(block?.outputs.map((pin) => pin.name)).toEqual(["summary", "error"]);
});

test.each([
  ["nothing chosen", {}],
  ["schemas that are none", { input_schema: 1, output_schema: { properties: [] } }],
])("no pins but the error: %s", (_name, constants) => {
  const block = blockFor(node(constants as JsonObject), BLOCKS);
  expect([block?.inputs, block?.outputs]).toEqual([[], [ERROR]]);
});

test("the same constants give the same block, so that nothing is drawn again", () => {
  const one = node({ graph_id: "g" });
  expect(blockFor({ ...one, metadata: { position: { x: 1, y: 1 } } }, BLOCKS)).toBe(
    blockFor(one, BLOCKS),
  );
});

test("other blocks are as they are", () => {
  expect(blockFor(node({}, "add"), BLOCKS)).toBe(ADD);
  expect(blockFor(node({}, "gone"), BLOCKS)).toBeUndefined();
});

test("to choose the same agent again keeps the values on its pins, another one does not", () => {
  const before: JsonObject = { ...constantsFor(CHOSEN, {}), text: "x", graph_version: 3 };
  expect(constantsFor(CHOSEN, before)).toMatchObject({ text: "x", graph_version: 3 });
  const other = constantsFor({ ...CHOSEN, id: "h" }, before);
  expect(other).not.toHaveProperty("text");
  expect(other.graph_version).toBe(0);
});

test("the node is named after its agent", () => {
  expect(nodeTitle(node(constantsFor(CHOSEN, {})), BLOCK)).toBe("Summarise");
  expect(nodeTitle(node({}), BLOCK)).toBe("Agent Executor");
});
