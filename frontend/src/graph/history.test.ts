import { expect, test } from "vitest";

import { begin, record, redo, undo } from "./history";

test("undo and redo walk the same road", () => {
  const history = record(record(begin("a"), "b", 0), "c", 0);
  expect(undo(history).present).toBe("b");
  expect(undo(undo(undo(history))).present).toBe("a");
  expect(redo(undo(history)).present).toBe("c");
  expect(redo(history)).toBe(history);
});

test("a new edit ends the future", () => {
  const history = record(undo(record(begin("a"), "b", 0)), "c", 0);
  expect(history.future).toEqual([]);
  expect(undo(history).present).toBe("a");
});

test("typing in one field is one step, until there is a pause", () => {
  let history = begin("");
  history = record(history, "h", 0, "name");
  history = record(history, "he", 500, "name");
  history = record(history, "hey", 2_000, "name");
  expect(undo(history).present).toBe("he");
  expect(undo(undo(history)).present).toBe("");
});

test("edits of different fields never merge, nor do those without a key", () => {
  const two = record(record(begin(""), "a", 0, "x"), "ab", 1, "y");
  expect(undo(two).present).toBe("a");
  const plain = record(record(begin(""), "a", 0), "ab", 1);
  expect(undo(plain).present).toBe("a");
});

test("after an undo the same key starts a step of its own", () => {
  const undone = undo(record(begin("a"), "ab", 0, "x"));
  const history = record(undone, "ac", 1, "x");
  expect(undo(history).present).toBe("a");
});

test("a change that changes nothing is no step", () => {
  const history = begin("a");
  expect(record(history, "a", 0)).toBe(history);
});

test("the past has a bound", () => {
  let history = begin(0);
  for (let step = 1; step <= 500; step += 1) history = record(history, step, 0);
  expect(history.past.length).toBeLessThanOrEqual(200);
  expect(undo(history).present).toBe(499);
});
