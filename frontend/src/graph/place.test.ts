import { expect, test } from "vitest";

import { boxOf, downToRoom, intoRoom } from "./place";
import type { GraphNode } from "./types";

const at = (x: number, y: number): GraphNode => ({
  id: `${x} ${y}`,
  block_id: "b",
  input_default: {},
  metadata: { position: { x, y } },
});

test("a box holds its nodes", () => {
  expect(boxOf([at(0, 0), at(400, -160)])).toEqual({ x: 0, y: -160, width: 664, height: 400 });
});

test.each<[string, GraphNode[], number]>([
  ["an empty canvas", [], 0],
  ["a node far to the right", [at(900, 0)], 0],
  ["a node above", [at(0, -400)], 0],
  ["a node in the way", [at(0, 0)], 288],
  ["two in a column, with no room between", [at(0, 0), at(100, 300)], 588],
  ["two in a column, with room between", [at(0, 0), at(100, 900)], 288],
])("how far down: %s", (_name, nodes, down) => {
  expect(downToRoom({ x: 0, y: 0, width: 264, height: 240 }, nodes)).toBe(down);
});

test.each<[string, GraphNode[], { x: number; y: number }]>([
  ["around the middle, on the grid", [], { x: 672, y: 464 }],
  ["below what is in the way", [at(1000, 500)], { x: 672, y: 944 }],
])("new nodes go %s", (_name, there, by) => {
  expect(intoRoom([at(0, 0), at(400, -160)], there, { x: 1000, y: 500 })).toEqual(by);
});
