import { expect, test } from "vitest";

import { ticks, timeline } from "./firings";
import type { RunEvent } from "./view";

const started = (seq: number, at: number, number: number): RunEvent => ({
  seq,
  at,
  type: "node.started",
  node_id: "a",
  number,
  attempt: 1,
});
const completed = (seq: number, at: number, number: number): RunEvent => ({
  seq,
  at,
  type: "node.completed",
  node_id: "a",
  number,
});

test("parallel firings lie in lanes of their own, later ones reuse a free lane", () => {
  const data = timeline([
    started(1, 10, 1),
    started(2, 11, 2),
    completed(3, 20, 1),
    started(4, 21, 3),
    completed(5, 30, 2),
    completed(6, 31, 3),
  ]);
  const [row] = data.rows;
  expect(row?.lanes).toBe(2);
  expect(row?.firings.map((firing) => firing.lane)).toEqual([0, 1, 0]);
});

test("what is active when the run ends is cancelled there", () => {
  const data = timeline([
    started(1, 10, 1),
    { seq: 2, at: 50, type: "execution.finished", status: "CANCELLED" },
  ]);
  expect(data.rows[0]?.firings[0]).toMatchObject({ state: "cancelled", ended: 50 });
});

test("a firing keeps its start over its attempts and counts what it sent", () => {
  const data = timeline([
    started(1, 10, 1),
    { seq: 2, at: 20, type: "node.started", node_id: "a", number: 1, attempt: 2 },
    { seq: 3, at: 30, type: "node.emitted", node_id: "a", number: 1, index: 0, pin: "p", value: 1 },
  ]);
  expect(data.rows[0]?.firings[0]).toMatchObject({
    started: 10,
    ended: null,
    attempts: 2,
    emissions: 1,
    state: "running",
  });
});

test.each([
  [1, [0, 1]],
  [100, [0, 20, 40, 60, 80, 100]],
  [4_600, [0, 1_000, 2_000, 3_000, 4_000]],
])("a span of %d ms has round marks", (span, marks) => {
  expect(ticks(span)).toEqual(marks);
});

test("a reused firing is told apart, and failed attempts are marked where they failed", () => {
  const error = { code: "timeout", message: "no answer" };
  const data = timeline([
    { seq: 1, at: 10, type: "node.reused", node_id: "r", number: 1, execution_id: "e" },
    { seq: 2, at: 10, type: "node.completed", node_id: "r", number: 1 },
    started(3, 10, 1),
    { seq: 4, at: 15, type: "node.retrying", node_id: "a", number: 1, attempt: 1, error, until: 20 },
  ]);
  expect(data.rows[0]?.firings[0]).toMatchObject({ isReused: true, state: "completed" });
  expect(data.rows[1]?.firings[0]).toMatchObject({
    isReused: false,
    retries: [15],
    state: "waiting",
  });
});
