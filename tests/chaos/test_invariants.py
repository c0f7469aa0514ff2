"""The judge: evidence without fault is good, and each fault is found by its rule."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from chaos import agents
from chaos.effects import Call
from chaos.evidence import Evidence, RunFound
from chaos.invariants import double_effects, judge, wasted_attempts
from chaos.load import Accepted

RUN = "run-1"
KEY = "key-1"


def event(kind: str, **body: Any) -> dict[str, Any]:
    return {"type": kind, "at": 1_000, **body}


def node_events(id: str) -> list[dict[str, Any]]:
    started = event("node.started", node_id=id, number=1, attempt=1)
    return [started, event("node.completed", node_id=id, number=1)]


def numbered(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**e, "seq": n} for n, e in enumerate(events, 1)]


def completed(shape: agents.Shape, nodes: list[str], outputs: list[Any]) -> RunFound:
    events = [event("execution.started")]
    for id in nodes:
        events += node_events(id)
    events.append(event("execution.finished", status="COMPLETED"))
    assert shape.node_executions == len(nodes)
    return RunFound(
        id=RUN,
        status="COMPLETED",
        last_seq=len(events),
        node_executions=len(nodes),
        ended=True,
        due=False,
        lease_owner="",
        outputs={"out": outputs},
        errors=[],
        events=numbered(events),
        nodes=[(id, 1, "COMPLETED", 1) for id in nodes],
    )


def evidence_of(shape: agents.Shape, run: RunFound, calls: list[Call]) -> Evidence:
    accepted = Accepted(id=RUN, shape=shape, n=1, key=KEY, tries=1, graph="graph")
    return Evidence(
        accepted=[accepted], runs={RUN: run}, calls=Counter(calls), repeated={RUN: RUN}
    )


def good() -> Evidence:
    shape = agents.effects()
    nodes = ["in", "key", "first", "step", "second", "out"]
    calls = [Call(path, KEY, KEY) for path in shape.effects]
    return evidence_of(shape, completed(shape, nodes, [200]), calls)


def good_once() -> Evidence:
    shape = agents.once()
    nodes = ["in", "key", "first", "step", "second", "out"]
    calls = [Call(path, KEY, f"{RUN}:{path}") for path in shape.once]
    return evidence_of(shape, completed(shape, nodes, [200]), calls)


@pytest.mark.parametrize("make", [good, good_once])
def test_nothing_is_found_where_nothing_is_wrong(make):
    assert judge(make()) == []


# --- Each rule ------------------------------------------------------------------------


def lose(e: Evidence) -> None:
    del e.runs[RUN]


def forget_key(e: Evidence) -> None:
    e.repeated[RUN] = "run-2"


def never_end(e: Evidence) -> None:
    run = e.runs[RUN]
    run.events.pop()
    run.last_seq -= 1


def end_twice(e: Evidence) -> None:
    append(e, event("execution.finished", status="COMPLETED"))


def end_otherwise(e: Evidence) -> None:
    e.runs[RUN].events[-1]["status"] = "FAILED"


def go_on_after_end(e: Evidence) -> None:
    append(e, event("node.emitted", node_id="out", number=1))


def complete_twice(e: Evidence) -> None:
    insert(e, -1, event("node.completed", node_id="step", number=1))


def complete_too_few(e: Evidence) -> None:
    run = e.runs[RUN]
    run.events = numbered([x for x in run.events if x.get("node_id") != "step"])
    run.last_seq = len(run.events)
    run.nodes = [node for node in run.nodes if node[0] != "step"]
    run.node_executions -= 1


def begin_again(e: Evidence) -> None:
    again = event("node.started", node_id="step", number=1, attempt=2)
    insert(e, -1, again)


def stay_running(e: Evidence) -> None:
    run = e.runs[RUN]
    run.status, run.ended = "RUNNING", False
    run.events[-1]["status"] = "RUNNING"


def stay_due(e: Evidence) -> None:
    e.runs[RUN].due = True


def leave_node_open(e: Evidence) -> None:
    e.runs[RUN].nodes[0] = ("in", 1, "RUNNING", 1)


def skip_a_number(e: Evidence) -> None:
    for later in e.runs[RUN].events[3:]:
        later["seq"] += 1


def count_wrong(e: Evidence) -> None:
    e.runs[RUN].last_seq += 1


def skip_effect(e: Evidence) -> None:
    del e.calls[Call("/keyed/first", KEY, KEY)]


def change_key(e: Evidence) -> None:
    e.calls[Call("/keyed/first", KEY, "another")] += 1


def put_out_wrong(e: Evidence) -> None:
    e.runs[RUN].outputs = {"out": [404]}


def miscount(e: Evidence) -> None:
    e.runs[RUN].node_executions += 1


def store_twice(e: Evidence) -> None:
    run = e.runs[RUN]
    run.nodes.append(run.nodes[0])


def fail(e: Evidence) -> None:
    run = e.runs[RUN]
    run.status = run.events[-1]["status"] = "FAILED"
    run.errors = [{"code": "worker_lost"}]


def cancel(e: Evidence) -> None:
    run = e.runs[RUN]
    run.status = run.events[-1]["status"] = "CANCELLED"


def append(e: Evidence, added: dict[str, Any]) -> None:
    insert(e, len(e.runs[RUN].events), added)


def insert(e: Evidence, at: int, added: dict[str, Any]) -> None:
    run = e.runs[RUN]
    run.events.insert(at, added)
    run.events = numbered(run.events)
    run.last_seq += 1


@pytest.mark.parametrize(
    ("rule", "damage"),
    [
        ("I1", lose),
        ("I1", forget_key),
        ("I2", never_end),
        ("I2", end_twice),
        ("I2", end_otherwise),
        ("I2", go_on_after_end),
        ("I3", complete_twice),
        ("I3", complete_too_few),
        ("I4", begin_again),
        ("I5", stay_running),
        ("I5", stay_due),
        ("I5", leave_node_open),
        ("I6", skip_a_number),
        ("I6", count_wrong),
        ("I7", skip_effect),
        ("I7", change_key),
        ("I8", put_out_wrong),
        ("I9", miscount),
        ("I9", store_twice),
        ("I10", fail),
        ("I10", cancel),
    ],
)
def test_each_fault_is_found_by_its_rule(rule: str, damage: Callable[[Evidence], None]):
    evidence = good()
    damage(evidence)
    found = judge(evidence)
    assert {v.rule for v in found} == {rule}
    assert {v.run for v in found} == {RUN}


# --- What is allowed ------------------------------------------------------------------


def test_an_effect_may_be_repeated_with_its_key_and_is_counted():
    evidence = good()
    evidence.calls[Call("/keyed/first", KEY, KEY)] += 2
    assert judge(evidence) == []
    assert double_effects(evidence) == 2


def test_an_effect_that_must_not_be_repeated_is_found_even_in_a_failed_run():
    evidence = good_once()
    evidence.calls[Call("/once/first", KEY, f"{RUN}:/once/first")] += 1
    fail(evidence)
    evidence.runs[RUN].errors = [{"code": agents.ONCE_CODE}]
    assert {v.rule for v in judge(evidence)} == {"I7"}


def test_a_lost_attempt_of_an_effect_that_happens_once_may_end_the_run():
    evidence = good_once()
    fail(evidence)
    evidence.runs[RUN].errors = [{"code": agents.ONCE_CODE}]
    assert judge(evidence) == []


def test_a_run_may_be_cancelled_by_somebody():
    evidence = good()
    cancel(evidence)
    evidence.cancelled.add(RUN)
    assert judge(evidence) == []


@pytest.mark.parametrize(
    ("attempt", "wasted"),
    [pytest.param(2, 1, id="another attempt"), pytest.param(1, 0, id="parked, woken")],
)
def test_an_attempt_more_is_no_fault_but_counts_as_wasted(attempt, wasted):
    evidence = good()
    again = event("node.started", node_id="step", number=1, attempt=attempt)
    first = evidence.runs[RUN].events.index(
        next(e for e in evidence.runs[RUN].events if e.get("node_id") == "step")
    )
    insert(evidence, first + 1, again)
    assert judge(evidence) == []
    assert wasted_attempts(evidence) == wasted


def test_a_run_counts_what_the_runs_that_it_called_did():
    evidence = good()
    run = evidence.runs[RUN]
    evidence.runs["child"] = replace(run, id="child", parent=RUN)
    run.node_executions *= 2
    assert judge(evidence) == []


def test_a_run_that_nobody_was_told_of_must_end_as_well():
    """The client died before it was answered."""
    evidence = good()
    other = replace(evidence.runs[RUN], id="run-2", status="RUNNING", ended=False)
    evidence.runs["run-2"] = other
    assert {(v.rule, v.run) for v in judge(evidence)} >= {("I5", "run-2")}
