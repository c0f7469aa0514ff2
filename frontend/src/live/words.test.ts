import { expect, test } from "vitest";

import { emptyView, fold } from "./fold";
import { clock, count, duration, money, preview, sentence, summary } from "./words";
import type { RunEvent } from "./view";

const nameOf = (id: string) => ({ a: "Add", m: "Send mail" })[id] ?? id;

test.each([
  ["a fresh firing", { type: "node.started", node_id: "a", number: 2, attempt: 1 }, "Add started (firing 2)."],
  ["a further attempt says so", { type: "node.started", node_id: "a", number: 2, attempt: 3 }, "Add started (firing 2, attempt 3)."],
  ["a value on one line", { type: "node.emitted", node_id: "a", number: 1, index: 0, pin: "result", value: "x\ny" }, "Add sent result: x y"],
  ["a failure that was handled", { type: "node.failed", node_id: "m", number: 1, handled: true, error: { code: "c", message: "No route." } }, "Send mail failed: No route. The error pin took it."],
  ["the end", { type: "execution.finished", status: "TIMED_OUT" }, "The run ended: timed out."],
  ["a retry", { type: "node.retrying", node_id: "m", number: 1, attempt: 2, error: { code: "c", message: "No route" }, until: 0 }, `Send mail, attempt 2 failed: No route. It is tried again at ${clock(0)}.`],
  ["a pause that holds", { type: "execution.waiting", reason: "paused", since: 0, until: null }, "The run rests: it is paused."],
  ["a rest until a time", { type: "execution.waiting", reason: "timer", since: 0, until: 0 }, `The run rests: it waits for a time, until ${clock(0)}.`],
  ["a rest of a newer kind", { type: "execution.waiting", reason: "moon", since: 0, until: null }, "The run rests: it waits."],
  ["a question", { type: "node.asked", node_id: "m", number: 1, review_id: "r", purpose: "review", until: null }, "Send mail waits for a person."],
  ["an answer", { type: "node.answered", node_id: "m", number: 1, review_id: "r", approved: false }, "A person said no to Send mail."],
  ["a sub-agent that failed", { type: "node.child_ended", node_id: "a", number: 1, child_id: "c", status: "FAILED", node_executions: 1, cost: 0 }, "The agent that Add ran ended: failed."],
  ["money", { type: "node.spent", node_id: "a", number: 1, amount: 12_500 }, "Add spent 0.0125."],
  ["a reused result", { type: "node.reused", node_id: "a", number: 1, execution_id: "e" }, "Add reuses the result of an earlier run."],
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

test("the summary of a run that repeats another one says what it took over", () => {
  const events: RunEvent[] = [
    { seq: 1, at: 0, type: "execution.started" },
    { seq: 2, at: 1, type: "node.reused", node_id: "a", number: 1, execution_id: "e" },
    { seq: 3, at: 2, type: "node.completed", node_id: "a", number: 1 },
    { seq: 4, at: 3, type: "node.started", node_id: "m", number: 1, attempt: 1 },
    { seq: 5, at: 4, type: "node.completed", node_id: "m", number: 1 },
    { seq: 6, at: 5, type: "execution.finished", status: "COMPLETED" },
  ];
  expect(summary(fold(emptyView(), events), ["a", "m"], nameOf)).toBe(
    "Everything that could run has run. 2 of 2 nodes done, 1 of them from an earlier run.",
  );
});

test("a paused run says so first", () => {
  const paused: RunEvent[] = [
    { seq: 1, at: 0, type: "execution.started" },
    { seq: 2, at: 1, type: "execution.paused" },
  ];
  expect(summary(fold(emptyView(), paused), ["a"], nameOf)).toBe("Paused. 0 of 1 node done.");
});

test.each([
  [0, "0.00"],
  [1_500_000, "1.50"],
  [12, "0.000012"],
  [1_234_000_000, "1,234.00"],
])("%d millionths read %s", (amount, words) => {
  expect(money(amount)).toBe(words);
});

test("a large value is told by its beginning", () => {
  const $value = "01a2042f-34ce-7130-870a-ba7d8f43dd2b";
  expect(preview({ $value, size: 70_000, preview: "[1, 2" })).toBe("[1, 2");
  expect(preview({ $value: { $: { $value: 7 } } })).toBe('{"$value":7}');
});
