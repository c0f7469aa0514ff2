import { expect, test } from "vitest";

import { placed } from "./layout";
import type { GraphLink, GraphNode } from "./types";

const node = (id: string, metadata: GraphNode["metadata"] = {}): GraphNode => ({
  id,
  block_id: "x",
  input_default: {},
  metadata,
});
const link = (source_id: string, sink_id: string): GraphLink => ({
  id: `${source_id}${sink_id}`,
  source_id,
  source_name: "o",
  sink_id,
  sink_name: "i",
  is_static: false,
});
const columns = (nodes: readonly GraphNode[]) => nodes.map((one) => one.metadata.position?.x);

test("nodes that have places are left alone", () => {
  const nodes = [node("a", { position: { x: 5, y: 6 } })];
  expect(placed(nodes, [])).toBe(nodes);
});

test("columns follow the links, and nodes of a column do not cover each other", () => {
  const found = placed([node("a"), node("b"), node("c")], [link("a", "b"), link("a", "c")]);
  expect(columns(found)).toEqual([0, 340, 340]);
  expect(found[1]?.metadata.position?.y).not.toBe(found[2]?.metadata.position?.y);
});

test("a cycle ends, and one without an entry still gets places", () => {
  expect(columns(placed([node("a"), node("b")], [link("a", "b"), link("b", "a")]))).toEqual([0, 0]);
  const looped = placed([node("a"), node("b")], [link("a", "b"), link("b", "b")]);
  expect(columns(looped)).toEqual([0, 340]);
});
