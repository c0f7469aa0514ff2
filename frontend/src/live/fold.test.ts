import { describe, expect, test } from "vitest";

import table from "../../../tests/executions/view_fold.json";
import { emptyFold, fold, fromSnapshot } from "./fold";
import type { LiveView, RunEvent } from "./view";

interface Case {
  name: string;
  events: RunEvent[];
  view: LiveView;
}

const CASES = table as unknown as Case[];

describe("the table that the server's fold is held to as well", () => {
  test.each(CASES)("$name", ({ events, view }) => {
    expect(fold(emptyFold(), events).view).toEqual(view);
  });

  test.each(CASES)("event by event: $name", ({ events, view }) => {
    const folded = events.reduce((before, event) => fold(before, [event]), emptyFold());
    expect(folded.view).toEqual(view);
  });

  test.each(CASES)("from a snapshot of any point on: $name", ({ events, view }) => {
    for (let cut = 0; cut <= events.length; cut += 1) {
      const before = fold(emptyFold(), events.slice(0, cut)).view;
      const after = fold(fromSnapshot(before), events.slice(cut)).view;
      // A snapshot does not say who of several waits; everything else must hold.
      expect(withoutWaiting(after)).toEqual(withoutWaiting(view));
    }
  });
});

function withoutWaiting(view: LiveView): unknown {
  const nodes = Object.entries(view.nodes).map(([id, node]) => [
    id,
    { ...node, state: node.state === "waiting" ? "running" : node.state },
  ]);
  return { ...view, nodes };
}

test("the argument is left as it is", () => {
  const [first, second] = [
    { seq: 1, at: 1, type: "node.started", node_id: "a", number: 1, attempt: 1 },
    { seq: 2, at: 2, type: "node.emitted", node_id: "a", number: 1, index: 0, pin: "p", value: 1 },
  ] as RunEvent[];
  const before = fold(emptyFold(), [first as RunEvent]);
  const copy = structuredClone(before.view);
  fold(before, [second as RunEvent]);
  expect(before.view).toEqual(copy);
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
  const before = fold(emptyFold(), [start(1, "a"), start(2, "b")]);
  const after = fold(before, [{ seq: 3, at: 3, type: "node.completed", node_id: "a", number: 1 }]);
  expect(after.view.nodes.b).toBe(before.view.nodes.b);
  expect(after.view.nodes.a).not.toBe(before.view.nodes.a);
});

test("after a snapshot of a waiting node, one of the waiters going on makes it run", () => {
  const node = { started: 2, completed: 0, failed: 0, active: 2, error: null, outputs: {} };
  const view: LiveView = {
    ...emptyFold().view,
    status: "RUNNING",
    seq: 9,
    nodes: { a: { ...node, state: "waiting" } },
  };
  const woken = fold(fromSnapshot(view), [
    { seq: 10, at: 1, type: "node.emitted", node_id: "a", number: 2, index: 0, pin: "p", value: 1 },
  ]);
  expect(woken.view.nodes.a?.state).toBe("running");
  const again = fold(woken, [
    { seq: 11, at: 2, type: "node.waiting", node_id: "a", number: 2, index: 1, until: 5 },
  ]);
  expect(again.view.nodes.a?.state).toBe("waiting");
});
