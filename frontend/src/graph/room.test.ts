import { describe, expect, it } from "vitest";

import { MOST_NODES, roomFor } from "./room";

describe("room in an agent", () => {
  it.each([
    [0, 1, null],
    // exactly full
    [MOST_NODES - 4, 4, null],
    [MOST_NODES - 3, 4, "There is room for 3 more"],
    [MOST_NODES, 1, "This one is full"],
  ])("with %i nodes for %i more", (there, wanted, words) => {
    const problem = roomFor(there, wanted);
    if (words === null) expect(problem).toBeNull();
    else expect(problem).toContain(words);
  });
});
