import { describe, expect, test } from "vitest";

import table from "../../../tests/executions/view_fold.json";
import { emptyView, fold } from "./fold";
import type { LiveView, RunEvent } from "./view";

interface Case {
  name: string;
  events: RunEvent[];
  view: LiveView;
}

const CASES = table as unknown as Case[];

describe("the table that the server's fold is held to as well", () => {
  test.each(CASES)("$name", ({ events, view }) => {
    expect(fold(emptyView(), events)).toEqual(view);
  });

  test.each(CASES)("event by event: $name", ({ events, view }) => {
    const folded = events.reduce((before, event) => fold(before, [event]), emptyView());
    expect(folded).toEqual(view);
  });

  test.each(CASES)("from a snapshot of any point on: $name", ({ events, view }) => {
    for (let cut = 0; cut <= events.length; cut += 1) {
      const sent = JSON.stringify(fold(emptyView(), events.slice(0, cut)));
      expect(fold(JSON.parse(sent) as LiveView, events.slice(cut))).toEqual(view);
    }
  });
});

test("the argument is left as it is", () => {
  const [first, second] = [
    { seq: 1, at: 1, type: "node.started", node_id: "a", number: 1, attempt: 1 },
    { seq: 2, at: 2, type: "node.emitted", node_id: "a", number: 1, index: 0, pin: "p", value: 1 },
  ] as RunEvent[];
  const before = fold(emptyView(), [first as RunEvent]);
  const copy = structuredClone(before);
  fold(before, [second as RunEvent]);
  expect(before).toEqual(copy);
});

test("nodes without an event keep their identity, so that they are not drawn again", () => {
  const start = (seq: number, node_id: string): RunEvent => ({
    seq,
    at: seq,
    type: "node.started",
    node_id,
    number: 1,
    attempt: 1,
  });
  const before = fold(emptyView(), [start(1, "a"), start(2, "b")]);
  const after = fold(before, [{ seq: 3, at: 3, type: "node.completed", node_id: "a", number: 1 }]);
  expect(after.nodes.b).toBe(before.nodes.b);
  expect(after.nodes.a).not.toBe(before.nodes.a);
});
