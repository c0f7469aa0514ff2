import { describe, expect, it } from "vitest";

import { hashOf, placeOf } from "./address";

describe("the address of a part of a run", () => {
  it.each([
    ["#timeline", { tab: "timeline", nodeId: null }],
    ["#node=a%20b", { tab: "canvas", nodeId: "a b" }],
  ] as const)("%s goes there and back", (hash, place) => {
    expect(placeOf(hash)).toEqual(place);
    expect(hashOf(place)).toBe(hash);
  });

  it.each([
    // nothing, and what nobody knows
    ["", "canvas"],
    ["#elsewhere", "canvas"],
    // broken by hand
    ["#node=%E0%A4%A", "canvas"],
  ])("%s falls back", (hash, tab) => {
    expect(placeOf(hash)).toEqual({ tab, nodeId: null });
  });

  it("leaves the node out of other tabs", () => {
    expect(hashOf({ tab: "events", nodeId: "a" })).toBe("#events");
  });
});
