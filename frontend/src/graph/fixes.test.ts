import { expect, test } from "vitest";

import { fixWords, withFix } from "./fixes";
import type { Draft, Fix, GraphLink, GraphNode } from "./types";

const node = (id: string, x = 0): GraphNode => ({
  id,
  block_id: "b",
  input_default: {},
  metadata: { position: { x, y: 0 } },
});
const link = (source: string, sink: string): GraphLink => ({
  id: `${source}-${sink}`,
  source_id: source,
  source_name: "out",
  sink_id: sink,
  sink_name: "in",
  is_static: true,
});
const draft: Draft = {
  name: "",
  description: "",
  settings: {},
  nodes: [node("a"), node("b", 100), node("c", 200)],
  links: [link("a", "c"), link("b", "c")],
};
const ends = (of: Draft) => of.links.map((one) => `${one.source_id}>${one.sink_id}`);

test.each<[string, Fix, string[], string[]]>([
  ["a link goes", { op: "remove_link", link_id: "a-c" }, ["a", "b", "c"], ["b>c"]],
  ["nodes go with their links", { op: "remove_nodes", node_ids: ["a"] }, ["b", "c"], ["b>c"]],
  ["merged nodes have one link each", { op: "merge_nodes", keep: "a", remove: "b" }, ["a", "c"], ["a>c"]],
  [
    "a converter stands in between",
    { op: "insert_converter", link_id: "a-c", type: "number" },
    ["a", "b", "c", "a-c converted"],
    ["b>c", "a>a-c converted", "a-c converted>c"],
  ],
  ["what is gone changes nothing", { op: "insert_converter", link_id: "x", type: "number" }, ["a", "b", "c"], ["a>c", "b>c"]],
])("%s", (_, fix, nodes, links) => {
  const fixed = withFix(draft, fix);
  expect(fixed.nodes.map((one) => one.id)).toEqual(nodes);
  expect(ends(fixed)).toEqual(links);
  expect(fixWords(fix)).not.toBe("");
});

test("a converter stands halfway and passes on once", () => {
  const fixed = withFix(draft, { op: "insert_converter", link_id: "a-c", type: "number" });
  const made = fixed.nodes.at(-1);
  expect(made?.metadata.position).toEqual({ x: 100, y: 0 });
  expect(made?.input_default).toEqual({ type: "number" });
  expect(fixed.links.at(-1)?.is_static).toBe(false);
});

test("a setting is set", () => {
  const fix: Fix = { op: "set_metadata", node_id: "a", key: "cacheable", value: true };
  expect(withFix(draft, fix).nodes[0]?.metadata).toMatchObject({ cacheable: true });
});
