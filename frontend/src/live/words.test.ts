import { expect, test } from "vitest";

import { emptyView, fold } from "./fold";
import { count, duration, preview, sentence, summary } from "./words";
import type { RunEvent } from "./view";

const nameOf = (id: string) => ({ a: "Add", m: "Send mail" })[id] ?? id;

test.each([
  ["a fresh firing", { type: "node.started", node_id: "a", number: 2, attempt: 1 }, "Add started (firing 2)."],
  ["a further attempt says so", { type: "node.started", node_id: "a", number: 2, attempt: 3 }, "Add started (firing 2, attempt 3)."],
  ["a value on one line", { type: "node.emitted", node_id: "a", number: 1, index: 0, pin: "result", value: "x\ny" }, "Add sent result: x y"],
  ["a failure that was handled", { type: "node.failed", node_id: "m", number: 1, handled: true, error: { code: "c", message: "No route." } }, "Send mail failed: No route. The error pin took it."],
  ["the end", { type: "execution.finished", status: "TIMED_OUT" }, "The run ended: timed out."],
  ["the wall time", { type: "execution.time_exceeded", seconds: 90 }, "The run used up its 1 min 30 s."],
])("%s", (_name, event, text) => {
  expect(sentence({ seq: 1, at: 0, ...event } as RunEvent, nameOf).text).toBe(text);
});

test("an event of a newer server is still a line", () => {
  const event = { seq: 1, at: 0, type: "node.celebrated" } as unknown as RunEvent;
  expect(sentence(event, nameOf).text).not.toBe("");
});

test("the summary of a failed run names the node, the reason and how far it came", () => {
  const events: RunEvent[] = [
    { seq: 1, at: 0, type: "execution.started" },
    { seq: 2, at: 1, type: "node.started", node_id: "a", number: 1, attempt: 1 },
    { seq: 3, at: 2, type: "node.completed", node_id: "a", number: 1 },
    { seq: 4, at: 3, type: "node.started", node_id: "m", number: 1, attempt: 1 },
    { seq: 5, at: 4, type: "node.failed", node_id: "m", number: 1, handled: false, error: { code: "refused", message: "the server refused the address" } },
    { seq: 6, at: 5, type: "execution.finished", status: "FAILED" },
  ];
  const view = fold(emptyView(), events);
  expect(summary(view, ["a", "m", "z"], nameOf)).toBe(
    "Failed at Send mail: the server refused the address. 1 of 3 nodes done.",
  );
});

test.each([
  [0, "0 ms"],
  [999, "999 ms"],
  [3_240, "3.2 s"],
  [59_400, "59 s"],
  [125_000, "2 min 5 s"],
  [3_840_000, "1 h 4 min"],
])("%d ms reads %s", (ms, text) => {
  expect(duration(ms)).toBe(text);
});

test("a preview is short however large the value is", () => {
  const many = Array.from({ length: 100_000 }, (_, i) => ({ i, text: "x".repeat(50) }));
  expect(preview(many).length).toBeLessThanOrEqual(120);
  expect(preview("y".repeat(1_000_000)).length).toBeLessThanOrEqual(120);
});

test("one is not many", () => {
  expect([count(1, "node"), count(0, "node"), count(12_000, "node")]).toEqual([
    "1 node",
    "0 nodes",
    "12,000 nodes",
  ]);
});
