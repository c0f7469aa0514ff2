import { describe, expect, test } from "vitest";

import {
  fieldKind,
  missingValues,
  optionsOf,
  readAny,
  readJson,
  readNumber,
  runFields,
  runInputs,
  writeAny,
} from "./form";
import type { Json, ObjectSchema, Schema } from "./types";

test.each([
  ["text", { type: "string" }, "text"],
  ["short text is text", { type: "string", format: "short-text" }, "text"],
  ["long text", { type: "string", format: "long-text" }, "long-text"],
  ["a date", { type: "string", format: "date" }, "date"],
  ["a file", { type: "string", format: "file" }, "file"],
  ["a time", { type: "string", format: "time" }, "time"],
  ["a number", { type: "number" }, "number"],
  ["a whole number that may be missing", { anyOf: [{ type: "integer" }, { type: "null" }] }, "integer"],
  ["yes or no", { type: "boolean" }, "switch"],
  ["one of several", { type: "string", enum: ["a"] }, "select"],
  ["a list", { type: "array" }, "list"],
  ["a table", { type: "array", items: { type: "object", properties: { a: {} } } }, "table"],
  ["an object", { type: "object" }, "pairs"],
  ["two kinds", { anyOf: [{ type: "string" }, { type: "integer" }] }, "any"],
  ["nothing known", {}, "any"],
])("%s has the control for it", (_name, schema, kind) => {
  expect(fieldKind(schema as Schema)).toBe(kind);
});

test("a secret is typed blind whatever its schema says", () => {
  expect(fieldKind({ type: "object" }, true)).toBe("secret");
});

test("the choices survive an optional enum", () => {
  expect(optionsOf({ anyOf: [{ enum: ["a", 1] }, { type: "null" }] })).toEqual(["a", 1]);
});

describe("numbers", () => {
  test.each([
    ["-1.5e3", false, -1500],
    [" 42 ", true, 42],
    ["0", true, 0],
  ])("%j is read", (text, whole, value) => {
    expect(readNumber(text, whole)).toEqual({ value });
  });

  test.each([
    ["", false],
    ["12 apples", false],
    ["Infinity", false],
    ["1.5", true],
  ])("%j is refused with a reason", (text, whole) => {
    expect(readNumber(text, whole)).toHaveProperty("problem");
  });
});

describe("a value of any kind", () => {
  test.each([
    ["plain text", "hello", "hello"],
    ["a number", "5", 5],
    ["JSON", '{"a":[1]}', { a: [1] }],
    ["text in quotes", '"5"', "5"],
    ["broken JSON is text", "{a", "{a"],
  ])("%s", (_name, text, value) => {
    expect(readAny(text)).toEqual(value);
  });

  test.each([["5"], ["true"], ["null"], ['"quoted"'], ["{}"], [""], ["two\nlines"], [5], [[1, "a"]], [null]])(
    "%j is written so that it is read back",
    (value) => {
      expect(value === "" ? "" : readAny(writeAny(value as Json))).toEqual(value);
    },
  );
});

test.each([
  ["[1]", "list", { value: [1] }],
  ['{"a":1}', "object", { value: { a: 1 } }],
] as const)("%s is a %s", (text, kind, reading) => {
  expect(readJson(text, kind)).toEqual(reading);
});

test.each([
  ["[1", "list"],
  ["{}", "list"],
  ["[]", "object"],
  ["null", "object"],
] as const)("%s is no %s", (text, kind) => {
  expect(readJson(text, kind)).toHaveProperty("problem");
});

describe("the form of a run", () => {
  const SCHEMA: ObjectSchema = {
    properties: {
      Debug: { type: "boolean", advanced: true },
      Who: { type: "string", title: "Who" },
      Times: { type: "integer", default: 3 },
      Loud: { type: "boolean" },
    },
    required: ["Who", "Times"],
  };
  const fields = runFields(SCHEMA);

  test("advanced fields come last", () => {
    expect(fields.map((field) => field.name)).toEqual(["Who", "Times", "Loud", "Debug"]);
  });

  test("only what has neither value nor default is missing", () => {
    expect(missingValues(fields, {})).toEqual({ Who: "Enter a value." });
    expect(missingValues(fields, { Who: "" })).toHaveProperty("Who");
    expect(missingValues(fields, { Who: "Ada" })).toEqual({});
  });

  test("a default is left to the server, an untouched switch is no", () => {
    expect(runInputs(fields, { Who: "Ada" })).toEqual({ Who: "Ada", Loud: false, Debug: false });
  });

  test("false and 0 are values", () => {
    const falsy: ObjectSchema = { properties: { n: { type: "number" } }, required: ["n"] };
    expect(missingValues(runFields(falsy), { n: 0 })).toEqual({});
  });

  test("an agent without inputs has no fields", () => {
    expect(runFields({})).toEqual([]);
  });
});
