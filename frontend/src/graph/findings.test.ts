import { expect, test } from "vitest";

import { byNode, fromProblem, grouped, sorted, titled } from "./findings";
import type { Block, Draft, Finding } from "./types";

const SENT: Draft = {
  name: "",
  description: "",
  settings: {},
  nodes: [
    { id: "a", block_id: "x", input_default: {}, metadata: {} },
    { id: "b", block_id: "x", input_default: {}, metadata: {} },
  ],
  links: [{ id: "l", source_id: "a", source_name: "o", sink_id: "b", sink_name: "i", is_static: false }],
};

test.each([
  ["a constant", "nodes[1].input_default.values_#_a", { node_id: "b", pin: "values_#_a", link_id: null }],
  ["a pin whose name has dots", "nodes[0].input_default.a.b", { node_id: "a", pin: "a.b" }],
  ["a node", "nodes[1].block_id", { node_id: "b", pin: null }],
  ["dots instead of brackets", "nodes.1.input_default.a", { node_id: "b", pin: "a" }],
  ["a link", "links[0].sink_name", { node_id: null, link_id: "l" }],
  ["the agent itself", "name", { node_id: null, pin: null, link_id: null }],
  ["a node that was not sent", "nodes[9]", { node_id: null }],
])("a refused field is found at its place: %s", (_name, field, place) => {
  expect(fromProblem({ field, message: "No." }, SENT)).toMatchObject({
    ...place,
    message: "No.",
    severity: "error",
  });
});

const finding = (severity: Finding["severity"], node_id: string | null): Finding => ({
  rule: "r",
  severity,
  node_id,
  pin: null,
  link_id: null,
  message: "",
  hint: "",
});

test("errors come first; findings of no node belong to none", () => {
  const all = [finding("info", "a"), finding("error", null), finding("warning", "a")];
  expect(sorted(all).map((one) => one.severity)).toEqual(["error", "warning", "info"]);
  expect([...byNode(all).keys()]).toEqual(["a"]);
  expect(byNode(all).get("a")).toHaveLength(2);
});

test.each([
  ["its title", "AddBlock n1 needs a value.", "Add needs a value."],
  ["all of its titles", "AddBlock n1 meets AddBlock n1.", "Add meets Add."],
  ["another node's name as it is", "AddBlock n2 has no links.", "AddBlock n2 has no links."],
])("a message shows %s", (_name, message, shown) => {
  const block: Block = {
    id: "b",
    name: "AddBlock",
    description: "",
    categories: [],
    kind: "Standard",
    effect: "pure",
    cost: "0",
    static_output: false,
    inputs: [],
    outputs: [],
  };
  const node = { id: "n1", block_id: "b", input_default: {}, metadata: {} };
  expect(titled({ ...finding("error", "n1"), message }, node, block).message).toBe(shown);
});

test("a node of an unknown block is called that, not by its id", () => {
  const node = { id: "n1", block_id: "gone", input_default: {}, metadata: {} };
  const message = "node n1: no block has the id gone.";
  const shown = titled({ ...finding("error", "n1"), message }, node, undefined);
  expect(shown.message).toBe("Unknown block: no block has the id gone.");
});

test("findings stand together by node, worst node first", () => {
  const all = [finding("error", "b"), finding("warning", "a"), finding("info", "b")];
  const groups = grouped(all).map(({ nodeId, findings }) => [nodeId, findings.length]);
  expect(groups).toEqual([
    ["b", 2],
    ["a", 1],
  ]);
});
