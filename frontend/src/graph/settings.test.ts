import { describe, expect, test } from "vitest";

import { agentSettings, canReuse, hasSettings, marksOf, retryOf, withKey } from "./settings";
import type { Block, GraphNode, NodeMetadata } from "./types";

function node(metadata: NodeMetadata): GraphNode {
  return { id: "n", block_id: "b", input_default: {}, metadata };
}

function block(kind: Block["kind"], effect = "pure"): Block {
  return { kind, effect } as Block;
}

describe("when it fails", () => {
  test.each([
    ["nothing said", {}],
    ["one attempt", { retry: { max_attempts: 1 } }],
    ["attempts left out", { retry: { delay_s: 5 } }],
    ["no object", { retry: "always" }],
  ])("it is tried once: %s", (_name, metadata) => {
    expect(retryOf(node(metadata))).toBeNull();
  });

  test("what is left out is as the engine takes it", () => {
    expect(retryOf(node({ retry: { max_attempts: 4, delay_s: 2 } }))).toEqual({
      max_attempts: 4,
      backoff: "exponential",
      delay_s: 2,
      max_delay_s: 300,
      jitter: true,
      retry_on: [],
    });
  });

  test("codes that are no list are none", () => {
    const retry = { max_attempts: 2, retry_on: "timeout" };
    expect(retryOf(node({ retry }))?.retry_on).toEqual([]);
  });
});

test("the marks say what differs, and nothing else", () => {
  const kinds = (metadata: NodeMetadata) => marksOf(node(metadata)).map((mark) => mark.kind);
  expect(kinds({ position: { x: 0, y: 0 }, cacheable: false, max_parallel: 0 })).toEqual([]);
  expect(
    kinds({
      retry: { max_attempts: 3 },
      timeout_s: 30,
      cacheable: true,
      max_parallel: 2,
      unordered: true,
    }),
  ).toEqual(["retry", "time", "reuse", "limit", "unordered"]);
});

test.each([
  ["pure", block("Standard"), true],
  ["idempotent", block("Standard", "idempotent"), true],
  ["must not happen twice", block("Standard", "once"), false],
  ["another agent", block("Agent"), false],
  ["not installed", undefined, false],
])("earlier results can be used: %s", (_name, found, can) => {
  expect(canReuse(found)).toBe(can);
});

test.each([
  ["Standard", true],
  ["Agent", true],
  ["Human in the loop", true],
  ["Input", false],
  ["Output", false],
  ["Note", false],
] as const)("there is something to set on %s: %s", (kind, has) => {
  expect(hasSettings(block(kind))).toBe(has);
});

test("settings of an agent that make no sense are as if not there", () => {
  expect(
    agentSettings({ max_parallel: 0, timeout_s: "1", max_cost: 5, durability: "never" }),
  ).toEqual({
    max_parallel: null,
    timeout_s: null,
    max_node_executions: null,
    max_output_bytes: null,
    max_cost: 5,
    on_unknown_outcome: "fail",
    durability: "",
  });
});

test("one key changes, what we do not know stays", () => {
  const before = { theirs: { deep: 1 }, timeout_s: 5 };
  expect(withKey(before, "timeout_s", 9)).toEqual({ theirs: { deep: 1 }, timeout_s: 9 });
  expect(withKey(before, "timeout_s", undefined)).toEqual({ theirs: { deep: 1 } });
  expect(before.timeout_s).toBe(5);
});
