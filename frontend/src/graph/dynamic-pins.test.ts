import { describe, expect, test } from "vitest";

import { basePin, isDynamic, nextIndex, parsePin, partName, pinLabel, valueAt } from "./dynamic-pins";

test.each([
  ["a plain pin", "result", "result", []],
  ["a key", "values_#_name", "values", ["name"]],
  ["a place", "list_$_0", "list", [0]],
  ["the last place", "list_$_-1", "list", [-1]],
  ["a field", "object_@_name", "object", ["name"]],
  ["nested, left to right", "result_#_key1_$_1", "result", ["key1", 1]],
  ["a place that is no number stays text", "list_$_x", "list", ["x"]],
  ["a key with spaces and lines", "event_#_Primary Keyword", "event", ["Primary Keyword"]],
  ["single underscores are part of a name", "max_keyword_difficulty", "max_keyword_difficulty", []],
])("%s", (_name, pin, base, steps) => {
  expect(parsePin(pin)).toEqual({ base, steps });
  expect(basePin(pin)).toBe(base);
  expect(isDynamic(pin)).toBe(steps.length > 0);
});

test.each([
  ["values_#_name", "name"],
  ["list_$_0", "[0]"],
  ["a_#_b_$_1_@_c", "b[1].c"],
  ["plain", "plain"],
])("%s is written %s", (pin, label) => {
  expect(pinLabel(pin)).toBe(label);
});

describe("a new pin inside another", () => {
  test.each([
    ["a key of an object", "object", "name", "p_#_name"],
    ["a number is a key of an object too", "object", "1", "p_#_1"],
    ["a place in a list", "list", "2", "p_$_2"],
    ["a number in anything is a place", "any", "2", "p_$_2"],
    ["a word in anything is a key", "any", "name", "p_#_name"],
    ["spaces around are dropped", "object", " name ", "p_#_name"],
  ] as const)("%s", (_name, type, key, name) => {
    expect(partName("p", type, key)).toEqual({ name });
  });

  test.each([
    ["nothing typed", "object", "  "],
    ["a word is no place in a list", "list", "first"],
    ["a selector inside a key", "object", "a_#_b"],
  ] as const)("%s is refused with a reason", (_name, type, key) => {
    expect(partName("p", type, key)).toHaveProperty("problem");
  });
});

test("the next place comes after the last one used", () => {
  expect(nextIndex("list", ["list_$_0", "list_$_4", "other_$_9", "list"])).toBe(5);
  expect(nextIndex("list", [])).toBe(0);
});

const VALUES = { values: { shop: "x" }, list: [1, { a: null }], "odd_#_name": 2 };

test.each([
  ["values", { shop: "x" }],
  ["values_#_shop", "x"],
  ["list_$_-1_@_a", null],
  ["odd_#_name", 2],
  ["values_#_gone", undefined],
  ["list_#_0", undefined],
  ["gone_$_0", undefined],
])("what stands on %s", (name, value) => {
  expect(valueAt(VALUES, name)).toEqual(value);
});
