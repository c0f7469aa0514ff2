import { describe, expect, it } from "vitest";

import { busyTimes, slowest } from "./busy";
import type { RunEvent } from "./view";

let seq = 0;
const started = (node_id: string, number: number, at: number): RunEvent => ({
  type: "node.started",
  seq: ++seq,
  at,
  node_id,
  number,
  attempt: 1,
});
const completed = (node_id: string, number: number, at: number): RunEvent => ({
  type: "node.completed",
  seq: ++seq,
  at,
  node_id,
  number,
});
const finished = (at: number): RunEvent => ({
  type: "execution.finished",
  seq: ++seq,
  at,
  status: "CANCELLED",
});

describe("busy times", () => {
  it.each<[string, RunEvent[], [string, number][]]>([
    ["one firing", [started("a", 1, 10), completed("a", 1, 40)], [["a", 30]]],
    [
      "two side by side count once",
      [started("a", 1, 0), started("a", 2, 5), completed("a", 1, 10), completed("a", 2, 20)],
      [["a", 20]],
    ],
    [
      "the pause between two does not count",
      [started("a", 1, 0), completed("a", 1, 10), started("a", 2, 90), completed("a", 2, 95)],
      [["a", 15]],
    ],
    ["what still goes on has no time yet", [started("a", 1, 0)], []],
    ["the end of the run ends all", [started("a", 1, 0), finished(7)], [["a", 7]]],
  ])("%s", (_name, events, times) => {
    expect([...busyTimes(events)]).toEqual(times);
  });
});

describe("the slowest node", () => {
  it.each<[string, [string, number][], number, string | null]>([
    ["took the longest", [["a", 6000], ["b", 10]], 6100, "a"],
    ["is not worth a word in a quick run", [["a", 60], ["b", 1]], 61, null],
    ["has to stand out", [["a", 1500], ["b", 1400]], 60_000, null],
    ["is none where there is but one", [["a", 6000]], 6000, null],
    ["is none before anything ran", [], 0, null],
  ])("%s", (_name, times, total, id) => {
    expect(slowest(new Map(times), total)).toBe(id);
  });
});
