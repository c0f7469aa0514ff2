import { expect, test } from "vitest";

import { delayOf } from "./socket";
import { withEvents } from "./useRun";
import type { RunEvent } from "./view";

test("the wait doubles with each failure up to a limit, spread by chance", () => {
  expect([0, 1, 2, 3].map((failures) => delayOf(failures, 0.5))).toEqual([500, 1000, 2000, 4000]);
  expect(delayOf(50, 0.5)).toBe(15_000);
  expect(delayOf(0, 0)).toBeLessThan(delayOf(0, 1));
});

const event = (seq: number): RunEvent => ({ seq, at: seq, type: "execution.started" });

test("the log takes each event once", () => {
  const log = withEvents([], [event(1), event(2)]);
  expect(withEvents(log, [event(2), event(3)]).map((one) => one.seq)).toEqual([1, 2, 3]);
  expect(withEvents(log, [event(1)])).toBe(log);
});
