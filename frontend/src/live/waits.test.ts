import { describe, expect, test } from "vitest";

import { emptyView, fold } from "./fold";
import {
  countdown,
  openWaits,
  ordinal,
  queueSentence,
  shortWait,
  waitOfNode,
  waitSentence,
} from "./waits";
import type { RunEvent, Wait } from "./view";

const error = { code: "timeout", message: "no answer" };
const retry: Wait = { reason: "retry", until: 12_000, error };
const nameOf = (id: string) => ({ a: "Fetch" })[id] ?? id;

function viewOf(...events: object[]) {
  const numbered = events.map((event, place) => ({ seq: place + 1, at: place, ...event }));
  return fold(emptyView(), numbered as RunEvent[]);
}

const of = (node_id: string, number = 1) => ({ node_id, number });
const started = (node_id: string, number = 1) => ({
  type: "node.started",
  ...of(node_id, number),
  attempt: 1,
});
const ALL = viewOf(
  ...["t", "r2", "r1", "c", "p", "busy"].map((id) => started(id)),
  { type: "node.waiting", ...of("t"), index: 0, until: 50 },
  { type: "node.retrying", ...of("r2"), attempt: 1, error, until: 90 },
  { type: "node.retrying", ...of("r1"), attempt: 1, error, until: 40 },
  { type: "node.called", ...of("c"), child_id: "child" },
  { type: "node.asked", ...of("p"), review_id: "r", purpose: "review", until: null },
);

test("people first, then agents, then what ends soonest", () => {
  expect(openWaits(ALL).map(({ nodeId }) => nodeId)).toEqual(["p", "c", "r1", "r2", "t"]);
});

test("a node shows a wait only when nothing of it runs", () => {
  expect(waitOfNode(ALL.nodes.p)?.reason).toBe("review");
  const both = viewOf(started("p"), started("p", 2), {
    type: "node.called",
    ...of("p"),
    child_id: "c",
  });
  expect(waitOfNode(both.nodes.p)).toBeNull();
  expect(waitOfNode(undefined)).toBeNull();
});

test.each([
  [12_000, 0, "in 12 s"],
  [12_000, 11_001, "in 1.0 s"],
  [12_000, 12_000, "any moment now"],
  [12_000, 99_000, "any moment now"],
  [7_200_000, 0, "in 2 h 0 min"],
])("until %d at %d: %s", (until, now, words) => {
  expect(countdown(until, now)).toBe(words);
});

test.each<[string, Wait, string]>([
  ["a person", { reason: "review", until: null, review_id: "r", purpose: "review" }, "Waits for a person"],
  ["a lost attempt", { reason: "review", until: null, review_id: "r", purpose: "outcome" }, "Asks whether to try again"],
  ["an agent", { reason: "agent", child_id: "c" }, "Waits for another agent"],
  ["a retry", retry, "Again in 12 s: no answer"],
  ["a time", { reason: "timer", until: 61_000 }, "Goes on in 1 min 1 s"],
])("in few words: %s", (_name, wait, words) => {
  expect(shortWait(wait, 0)).toBe(words);
});

test("in a sentence: which node, when and after what", () => {
  expect(waitSentence({ nodeId: "a", number: 1, wait: retry }, nameOf, 0)).toBe(
    "Tries Fetch again in 12 s, after: no answer.",
  );
});

describe("in line", () => {
  test.each([
    [1, "Next in line. Because."],
    [3, "3rd in line. Because."],
    [10_001, "More than 10,000 runs are before it. Because."],
    [null, "Because."],
  ])("place %s: %s", (place, words) => {
    expect(queueSentence({ reason: "behind", detail: "Because.", place })).toBe(words);
  });

  test.each([
    [2, "2nd"],
    [11, "11th"],
    [21, "21st"],
    [1_003, "1,003rd"],
  ])("%d is the %s", (number, words) => {
    expect(ordinal(number)).toBe(words);
  });
});
