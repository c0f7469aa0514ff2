import { expect, test } from "vitest";

import type { Json } from "./types";
import { bytes, fileId, largeValue, unescaped } from "./values";

const ID = "01a2042f-34ce-7130-870a-ba7d8f43dd2b";

test("a large value is told by its whole shape", () => {
  const value = { $value: ID, size: 70_123, preview: "[1,2" };
  expect(largeValue(value)).toEqual({ id: ID, size: 70_123, preview: "[1,2" });
});

test.each<[string, Json]>([
  ["text", ID],
  ["null", null],
  ["a list", [ID]],
  ["another object", { a: 1 }],
  ["an id that is none", { $value: "x/../../y", size: 1, preview: "" }],
  ["no size", { $value: ID, preview: "" }],
  ["an object that has the key itself", { $value: { $: { $value: 7 } } }],
])("%s is no large value", (_name, value) => {
  expect(largeValue(value)).toBeNull();
});

test("an object with the key is shown as it was sent", () => {
  expect(unescaped({ $value: { $: { $value: 7 } } })).toEqual({ $value: 7 });
  expect(unescaped({ $value: 7 })).toEqual({ $value: 7 });
  expect(unescaped({ $value: { $: 1 }, other: 2 })).toEqual({ $value: { $: 1 }, other: 2 });
  expect(unescaped("text")).toBe("text");
});

test.each([
  [`workspace://${ID}`, ID],
  [`workspace://${ID}#image/png`, ID],
  [`see workspace://${ID}`, null],
  ["workspace://../secrets", null],
  ["https://example.com", null],
])("%s refers to %s", (text, id) => {
  expect(fileId(text)).toBe(id);
});

test.each([
  [0, "0 bytes"],
  [1023, "1,023 bytes"],
  [1536, "1.5 KiB"],
  [70_123, "68.5 KiB"],
  [52_428_800, "50 MiB"],
])("%d is %s", (count, text) => {
  expect(bytes(count)).toBe(text);
});
