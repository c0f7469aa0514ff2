import { describe, expect, test } from "vitest";

import { compatibility, pinType, schemaAt } from "./schema";
import type { Schema } from "./types";

const TEXT: Schema = { type: "string" };
const NUMBER: Schema = { type: "number" };
const INTEGER: Schema = { type: "integer" };
const BOOLEAN: Schema = { type: "boolean" };
const LIST: Schema = { type: "array", items: {} };
const OBJECT: Schema = { type: "object" };
const ANY: Schema = {};

describe("the mark of a pin", () => {
  test.each([
    ["text", TEXT, "text"],
    ["whole numbers are numbers", INTEGER, "number"],
    ["null does not count", { anyOf: [TEXT, { type: "null" }] }, "text"],
    ["a list of types with null", { type: ["integer", "null"] }, "number"],
    ["two kinds are any", { anyOf: [TEXT, INTEGER] }, "any"],
    ["a branch that says nothing is any", { anyOf: [TEXT, {}] }, "any"],
    ["an enum without a type is known by its values", { enum: ["a", "b"] }, "text"],
    ["a file, also when it may be missing", { anyOf: [{ type: "string", format: "file" }, { type: "null" }] }, "file"],
    ["a password is secret", { type: "string", format: "password" }, "secret"],
    ["nothing known", ANY, "any"],
  ])("%s", (_name, schema, type) => {
    expect(pinType(schema as Schema)).toBe(type);
  });

  test("a secret pin is secret whatever its schema says", () => {
    expect(pinType(OBJECT, true)).toBe("secret");
  });
});

describe("which pins may be linked", () => {
  test.each([
    ["the same", TEXT, TEXT, "fine"],
    ["any source", ANY, BOOLEAN, "fine"],
    ["any sink", OBJECT, ANY, "fine"],
    ["whole number to number", INTEGER, NUMBER, "fine"],
    ["everything becomes text", OBJECT, TEXT, "fine"],
    ["a scalar becomes a list of one", NUMBER, LIST, "fine"],
    ["an object becomes a list of pairs", OBJECT, LIST, "fine"],
    ["a list becomes an object", LIST, OBJECT, "fine"],
    ["text may be numeric", TEXT, NUMBER, "maybe"],
    ["text may say true", TEXT, BOOLEAN, "maybe"],
    ["text may be a JSON object", TEXT, OBJECT, "maybe"],
    ["a number may be 0 or 1", NUMBER, BOOLEAN, "maybe"],
    ["a boolean is no number", BOOLEAN, NUMBER, "mismatch"],
    ["a list is no number", LIST, NUMBER, "mismatch"],
    ["an object is no boolean", OBJECT, BOOLEAN, "mismatch"],
    ["a number is no object", NUMBER, OBJECT, "mismatch"],
    ["one branch of the source fits", { anyOf: [NUMBER, OBJECT] }, OBJECT, "maybe"],
    ["one branch of the sink fits", OBJECT, { anyOf: [NUMBER, OBJECT] }, "fine"],
    ["no branch fits", { anyOf: [NUMBER, BOOLEAN] }, OBJECT, "mismatch"],
  ])("%s", (_name, source, sink, level) => {
    expect(compatibility(source as Schema, sink as Schema).level).toBe(level);
  });

  test("a refusal names both kinds", () => {
    expect(compatibility(NUMBER, OBJECT)).toEqual({
      level: "mismatch",
      reason: "Number to object does not fit",
    });
  });
});

describe("the schema of a part", () => {
  const people: Schema = {
    type: "array",
    items: { type: "object", properties: { age: INTEGER }, additionalProperties: TEXT },
  };

  test.each([
    ["a place in a list", [0, "age"], INTEGER],
    ["a key that is not declared", [0, "nick"], TEXT],
    ["deeper than is known", [0, "age", "x"], ANY],
  ])("%s", (_name, steps, schema) => {
    expect(schemaAt(people, steps as (string | number)[])).toEqual(schema);
  });
});
