import { expect, test } from "vitest";

import { withRecent } from "./recent";

test.each([
  ["the first", [], "a", ["a"]],
  ["a new one goes to the top", ["a", "b"], "c", ["c", "a", "b"]],
  ["one that is there moves to the top", ["a", "b", "c"], "c", ["c", "a", "b"]],
  ["the oldest falls out", ["a", "b", "c", "d"], "e", ["e", "a", "b", "c"]],
])("%s", (_name, before, id, after) => {
  expect(withRecent(before, id)).toEqual(after);
});
