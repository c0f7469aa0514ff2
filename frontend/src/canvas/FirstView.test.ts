import { expect, test } from "vitest";

import { around, beginning } from "./FirstView";

const WIDE = [1100, 800] as const;

test.each([
  ["a small graph is shown whole", { x: 0, y: 0, width: 600, height: 400 }, WIDE, null],
  ["a phone shows the overview", { x: 0, y: 0, width: 4000, height: 400 }, [390, 800], null],
  [
    "a long graph starts at its left, in the middle of the height",
    { x: 100, y: 0, width: 4000, height: 500 },
    WIDE,
    { x: 56 - 75, y: 212.5, zoom: 0.75 },
  ],
  [
    "a huge graph starts at its top left corner",
    { x: -500, y: -250, width: 9000, height: 9000 },
    WIDE,
    { x: 56 + 375, y: 72 + 187.5, zoom: 0.75 },
  ],
] as const)("%s", (_name, bounds, [width, height], view) => {
  expect(beginning(bounds, width, height)).toEqual(view);
});

test("a node to look at stands in the middle", () => {
  const node = { x: 1000, y: 2000, width: 200, height: 100 };
  expect(around(node, 800, 600)).toEqual({ x: -425, y: -1237.5, zoom: 0.75 });
});
