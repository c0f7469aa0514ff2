import { expect, test } from "vitest";

import { withGlimpses, withoutEnded, type Glimpse } from "./glimpses";

const at = { node_id: "n", number: 1 };
const said = (text: string, attempt = 1): Glimpse => ({ ...at, attempt, text });
const textOf = (glimpses: Glimpse[]) => Object.values(withGlimpses({}, glimpses))[0]?.text;

test.each([
  ["parts of a text are put together", [said("Once "), said("upon")], "Once upon"],
  ["another attempt begins anew", [said("Once "), said("Twice", 2)], "Twice"],
  ["progress alone leaves the text", [said("a"), { ...at, attempt: 1 }], "a"],
])("%s", (_, glimpses, text) => {
  expect(textOf(glimpses)).toBe(text);
});

test("what has ended is shown by its events", () => {
  const known = withGlimpses({}, [said("a"), { ...said("b"), number: 2 }]);
  const left = withoutEnded(known, [{ ...at, seq: 1, at: 1, type: "node.completed" }]);
  expect(Object.values(left).map((one) => one.number)).toEqual([2]);
  expect(withoutEnded(known, [])).toBe(known);
});
