import { describe, expect, test } from "vitest";

import {
  clearConstant,
  connect,
  fragmentOf,
  fromClipboard,
  moveNodes,
  remove,
  renameNode,
  renewed,
  setConstant,
  setMetadata,
  setSetting,
  toClipboard,
} from "./draft";
import type { Draft, GraphLink, GraphNode } from "./types";

function node(id: string, more: Partial<GraphNode> = {}): GraphNode {
  return { id, block_id: "block", input_default: {}, metadata: {}, ...more };
}

function link(id: string, source_id: string, sink_id: string): GraphLink {
  return { id, source_id, source_name: "out", sink_id, sink_name: "in", is_static: false };
}

function draft(more: Partial<Draft> = {}): Draft {
  return {
    name: "Agent",
    description: "",
    settings: {},
    nodes: [node("a"), node("b"), node("c")],
    links: [link("ab", "a", "b"), link("bc", "b", "c"), link("bb", "b", "b")],
    ...more,
  };
}

test("a constant is set and cleared without touching other nodes", () => {
  const before = draft();
  const set = setConstant(before, "b", "values_#_x", 0);
  expect(set.nodes[1]?.input_default).toEqual({ "values_#_x": 0 });
  expect(set.nodes[0]).toBe(before.nodes[0]);
  expect(clearConstant(set, "b", "values_#_x").nodes[1]?.input_default).toEqual({});
});

test("an empty name goes back to the block's, and other metadata stays", () => {
  const before = draft({
    nodes: [node("a", { metadata: { customized_name: "Old", max_parallel: 3 } })],
  });
  expect(renameNode(before, "a", "New").nodes[0]?.metadata).toEqual({
    customized_name: "New",
    max_parallel: 3,
  });
  expect(renameNode(before, "a", " ").nodes[0]?.metadata).toEqual({ max_parallel: 3 });
});

test("removing a node removes its links, loops too", () => {
  const after = remove(draft(), new Set(["b"]), new Set());
  expect(after.nodes.map((other) => other.id)).toEqual(["a", "c"]);
  expect(after.links).toEqual([]);
});

test("removing a link leaves the nodes", () => {
  const after = remove(draft(), new Set(), new Set(["ab"]));
  expect(after.nodes).toHaveLength(3);
  expect(after.links.map((other) => other.id)).toEqual(["bc", "bb"]);
});

test("the same ends are linked once; a second link into a pin is another link", () => {
  const before = draft();
  expect(connect(before, link("again", "a", "b"))).toBe(before);
  expect(connect(before, link("cb", "c", "b")).links).toHaveLength(4);
});

test("only the nodes that moved change", () => {
  const before = draft();
  const after = moveNodes(before, new Map([["b", { x: 16, y: 32 }]]));
  expect(after.nodes[1]?.metadata.position).toEqual({ x: 16, y: 32 });
  expect(after.nodes[2]).toBe(before.nodes[2]);
});

describe("copy and paste", () => {
  const ids = () => {
    let last = 0;
    return () => `new${(last += 1)}`;
  };

  test("links among the copied nodes come along, others do not", () => {
    const fragment = fragmentOf(draft(), new Set(["a", "b"]));
    expect(fragment.links.map((other) => other.id)).toEqual(["ab", "bb"]);
  });

  test("the copy has new ids everywhere and shares nothing with the original", () => {
    const original = fragmentOf(
      draft({ nodes: [node("a", { input_default: { deep: { list: [1] } } }), node("b")] }),
      new Set(["a", "b"]),
    );
    const copy = renewed(original, ids(), { x: 32, y: 32 });
    expect(copy.nodes.map((other) => other.id)).toEqual(["new1", "new2"]);
    expect(copy.links[0]).toMatchObject({ id: "new3", source_id: "new1", sink_id: "new2" });
    expect(copy.nodes[0]?.input_default).toEqual({ deep: { list: [1] } });
    expect(copy.nodes[0]?.input_default.deep).not.toBe(original.nodes[0]?.input_default.deep);
    expect(copy.nodes[0]?.metadata.position).toEqual({ x: 32, y: 32 });
  });

  test("the clipboard gives back what it was given", () => {
    const fragment = fragmentOf(draft(), new Set(["a"]));
    expect(fromClipboard(toClipboard(fragment))).toEqual(fragment);
  });

  test.each([
    ["plain text", "hello"],
    ["other JSON", '{"nodes": []}'],
    ["broken JSON", '{"kind":"agent-fragment"'],
    ["nodes that are none", '{"kind":"agent-fragment","nodes":[null],"links":[]}'],
    ["no links", '{"kind":"agent-fragment","nodes":[]}'],
  ])("%s is not pasted as nodes", (_name, text) => {
    expect(fromClipboard(text)).toBeNull();
  });
});

test("how a node and the agent run is set key by key; a value that goes leaves no key", () => {
  const before = draft({ settings: { theirs: 1 } });
  const set = setSetting(setMetadata(before, "b", "cacheable", true), "timeout_s", 5);
  expect(set.nodes[1]?.metadata).toEqual({ cacheable: true });
  expect(set.settings).toEqual({ theirs: 1, timeout_s: 5 });
  expect(setMetadata(set, "b", "cacheable", undefined).nodes[1]?.metadata).toEqual({});
  expect(setSetting(set, "timeout_s", undefined).settings).toEqual({ theirs: 1 });
  expect(set.nodes[0]).toBe(before.nodes[0]);
});
