import { expect, test } from "vitest";

import type { Block, GraphNode } from "../graph/types";
import { liveOutputs } from "./outputs";
import type { RunEvent } from "./view";

const OUTPUT = { id: "out", name: "AgentOutputBlock", kind: "Output", categories: [] } as unknown as Block;
const BLOCKS = new Map([["out", OUTPUT]]);

function node(id: string, block_id: string, name: string): GraphNode {
  return { id, block_id, input_default: { name }, metadata: {} };
}

function emitted(seq: number, node_id: string, pin: string, value: number): RunEvent {
  return { seq, at: seq, type: "node.emitted", node_id, number: 1, index: 0, pin, value };
}

test("only output blocks count, only their output pin, in order, by name", () => {
  const nodes = [node("o", "out", "Sum"), node("x", "other", "Sum")];
  const events = [
    emitted(1, "o", "output", 1),
    emitted(2, "o", "name", 9),
    emitted(3, "x", "output", 9),
    emitted(4, "o", "output", 2),
  ];
  expect(liveOutputs(events, nodes, BLOCKS)).toEqual({ Sum: [1, 2] });
});

test("two output nodes of one name share it", () => {
  const nodes = [node("a", "out", "Sum"), node("b", "out", "Sum")];
  const events = [emitted(1, "b", "output", 2), emitted(2, "a", "output", 1)];
  expect(liveOutputs(events, nodes, BLOCKS)).toEqual({ Sum: [2, 1] });
});
