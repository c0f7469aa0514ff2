import { expect, test } from "vitest";

import { storyOf } from "./story";
import type { RunEvent } from "./view";

const AT_A = { node_id: "a", number: 1 };
const error = { code: "timeout", message: "no answer" };

function story(...events: object[]) {
  const numbered = events.map((event, place) => ({ seq: place + 1, at: 100 * place, ...event }));
  return storyOf(numbered as RunEvent[], "a", 1);
}

const started = (attempt: number) => ({ type: "node.started", ...AT_A, attempt });
const retrying = (attempt: number) => ({
  type: "node.retrying",
  ...AT_A,
  attempt,
  error,
  until: 5_000,
});

test("each attempt with why it failed and when the next one begins", () => {
  const { attempts } = story(started(1), retrying(1), started(2), {
    type: "node.completed",
    ...AT_A,
  });
  expect(attempts).toEqual([
    { number: 1, started: 0, ended: 100, error, next: 5_000 },
    { number: 2, started: 200, ended: 300, error: null, next: null },
  ]);
});

test("the last attempt may fail, and none follows", () => {
  const { attempts } = story(started(1), { type: "node.failed", ...AT_A, error, handled: false });
  expect(attempts).toEqual([{ number: 1, started: 0, ended: 100, error, next: null }]);
});

test("an attempt that goes on after a wait is the same one", () => {
  const { attempts } = story(
    started(1),
    { type: "node.waiting", ...AT_A, index: 0, until: 9_000 },
    started(1),
  );
  expect(attempts).toEqual([{ number: 1, started: 0, ended: null, error: null, next: null }]);
});

test("the end of the run is the end of its attempts", () => {
  const { attempts } = story(started(1), { type: "execution.finished", status: "CANCELLED" });
  expect(attempts[0]?.ended).toBe(100);
});

test("what was reused had no attempt", () => {
  const reused = { type: "node.reused", ...AT_A, execution_id: "e" };
  expect(story(reused, { type: "node.completed", ...AT_A }).attempts).toEqual([]);
});

test("costs add up, those of sub-agents too, and other firings do not count", () => {
  const { cost, childIds } = story(
    { type: "node.spent", ...AT_A, amount: 5 },
    { type: "node.spent", node_id: "a", number: 2, amount: 100 },
    { type: "node.called", ...AT_A, child_id: "c" },
    { type: "node.child_ended", ...AT_A, child_id: "c", cost: 7 },
  );
  expect([cost, childIds]).toEqual([12, ["c"]]);
});
