"""A state that was stored and read again behaves as the one it was made of."""

from collections import deque
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.limits import Limits
from executions.domain.events import (
    Answered,
    Asked,
    Called,
    CalledWithin,
    ChildEnded,
    Completed,
    Emitted,
    Event,
    Parked,
    Paused,
    Resumed,
    Retrying,
    Spent,
    Started,
    Waiting,
    Woken,
)
from executions.domain.scheduler import Command, Finish, Start, advance
from executions.domain.snapshot import restore, take
from executions.domain.state import NodeExecution, RunState
from executions.domain.status import ExecutionStatus
from graphs.domain.model import NodeId
from tests.executions.driver import Key, Play, dump, stored
from tests.executions.random_graphs import INPUTS, any_graphs
from tests.executions.short import const, out
from tests.graphs_by_hand import graph
from tests.zoo import EACH, ECHO, KEEP, PAIR

LIMITS = Limits(node_executions=60, cost=10**9)

names = st.text("abc", max_size=3)
times = st.integers(0, 2**53)
ASIDE = [
    "asked", "called", "maps", "retrying", "waiting", "spent", "paused", "parked",
    "twice",
]  # fmt: skip


def aside(draw: st.DataObject, execution: NodeExecution) -> list[Event]:
    """Something that happens to a node execution beside what its block does."""
    place = (execution.node.id, execution.number)
    match draw.draw(st.sampled_from(ASIDE), label="aside"):
        case "asked":
            until = draw.draw(st.none() | times)
            return [Asked(*place, draw.draw(names), "outcome", until)]
        case "called":
            return [Called(*place, "child")]
        case "maps":
            return [CalledWithin(*place, draw.draw(names), draw.draw(names))]
        case "retrying":
            code = draw.draw(st.sampled_from(["timeout", "handed_over"]))
            return [Retrying(*place, execution.attempt, code, "no", draw.draw(times))]
        case "waiting":
            return [Waiting(*place, len(execution.steps), draw.draw(times))]
        case "spent":
            return [Spent(*place, draw.draw(st.integers(0, 9)))]
        case "paused":
            return [Paused()]
        case "parked":
            return [Parked("timer", 5, None), Woken(draw.draw(times))]
        case _:
            return [Started(*place, execution.attempt + 1)]


def chosen(draw: st.DataObject, keys: Sequence[Key]) -> Key:
    return draw.draw(st.sampled_from(keys))


def said(commands: Sequence[Command]) -> list[Any]:
    """Commands, comparable between two states."""
    return [
        (c.execution.node.id, c.execution.number, c.execution.inputs)
        if isinstance(c, Start)
        else c.event
        for c in commands
    ]


def both(play: Play) -> tuple[RunState, RunState]:
    return play.state, restore(play.plan, play.state.limits, take(play.state))


@settings(deadline=None)
@given(agent=any_graphs(), data=st.data(), steps=st.integers(0, 30))
def test_a_restored_state_goes_on_as_the_one_it_was_taken_of(agent, data, steps):
    play = Play(agent, INPUTS, limits=LIMITS)
    for _ in range(steps):
        if play.state.status.is_final:
            break
        key = chosen(data, list(play.under_way))
        if data.draw(st.booleans(), label="beside"):
            for event in aside(data, play.state.running[key]):
                _tell_quietly(play, event)
            _tell_quietly(play, Resumed())
        if not play.state.status.is_final:
            play.step(*key)
    state, again = both(play)
    assert repr(dump(again)) == repr(dump(state))
    mark = len(play.log)
    play.run(lambda keys: chosen(data, keys))
    for event in stored(play.log[mark:]):
        advance(again, event)
    assert repr(dump(again)) == repr(dump(play.state))


def _tell_quietly(play: Play, event: Event) -> None:
    """An event that begins no attempt of which the driver would have to know."""
    play.log.append(event)
    if isinstance(event, Waiting):
        key = (event.node_id, event.number)
        play.under_way[key] = deque(map(_one_later, play.under_way[key]))
    for command in advance(play.state, event):
        if isinstance(command, Finish) or not command.execution.attempt:
            play._obey([command])


def _one_later(event: Event) -> Event:
    """A step of an attempt that has taken another one before it."""
    return (
        event._replace(index=event.index + 1) if isinstance(event, Emitted) else event
    )


@settings(deadline=None)
@given(agent=any_graphs(), data=st.data(), steps=st.integers(0, 30))
def test_the_same_event_gives_the_same_commands(agent, data, steps):
    play = Play(agent, INPUTS, limits=LIMITS)
    for _ in range(steps):
        if play.state.status.is_final:
            return
        key = chosen(data, list(play.under_way))
        event = play.under_way[key][0]
        first, again = both(play)
        twin = restore(play.plan, first.limits, take(again))
        assert said(advance(again, event)) == said(advance(twin, event))
        play.step(*key)
        if not play.state.status.is_final:
            continue
        assert again.status == play.state.status


def test_it_is_the_same_after_any_number_of_trips():
    play = Play(graph({"a": const({"x": [1.5, None, "ü\U0001f600", 2**60]})}))
    play.step("a")
    once = take(play.state)
    twice = take(restore(play.plan, play.state.limits, once))
    assert twice == once


AGENT = graph(
    {
        "e": (EACH, {"items": [1, 2, 3]}),
        "k": (KEEP, {"value": 9}),
        "p": PAIR,
        "o": out(),
    }
    | {"f": (ECHO, {}, {"max_parallel": 1})},
    "e.value -> f.value",
    "f.value -> p.a",
    "k.value -> p.b",
    "p.value -> o.value",
)


@pytest.mark.parametrize("cut", range(1, 12))
def test_queues_turns_and_static_values_are_in_it(cut):
    play = Play(AGENT)
    for _ in range(cut):
        if not play.state.status.is_final:
            play.step(*next(iter(play.under_way)))
    _, again = both(play)
    mark = len(play.log)
    play.run()
    for event in play.log[mark:]:
        advance(again, event)
    assert again.outputs == play.state.outputs == {"out": [[1, 9], [2, 9], [3, 9]]}


def test_answers_reach_what_asked_before():
    play = Play(graph({"a": const(1), "b": const(2)}))
    for event in (
        Asked(*_key("a"), "review", "outcome", 77),
        Called(*_key("b"), "child"),
    ):
        advance(play.state, event)
    _, again = both(play)
    asking, calling = again.running.values()
    assert (asking.review_id, asking.expires_at, asking.is_under_way) == (
        "review",
        77,
        False,
    )
    assert (calling.child_id, calling.waits_for_signal) == ("child", True)
    assert said(advance(again, Answered(*_key("a"), "review", True))) == [("a", 1, {})]
    advance(again, ChildEnded(*_key("b"), "child", "COMPLETED", 5, 6))
    advance(again, Completed(*_key("b")))
    assert (again.started, again.spent) == (7, 6)


def _key(node_id: str) -> Any:
    return node_id, 1


FIELDS = {
    "number": 5,
    "inputs": {"value": [1]},
    "attempt": 3,
    "is_under_way": True,
    "failures": 2,
    "lost": 1,
    "wake_at": 99,
    "review_id": "r",
    "expires_at": 98,
    "child_id": "c",
    "calls": {"0": "d", "1": "e"},
    "open_calls": ["e"],
    "ended": True,
    "succeeded": True,
    "steps": [Waiting(NodeId("a"), 5, 0, 7), Emitted(NodeId("a"), 5, 1, "v", 1, b"1")],
    "held": deque([("value", 2)]),
}


def test_every_fact_of_a_node_execution_survives():
    names = {field.name for field in fields(NodeExecution)}
    unkept = {"node", "memo_key", "_merged"}
    assert names == {*FIELDS, *unkept}, "a new one? then here, too"
    play = Play(graph({"a": const(1)}))
    (execution,) = play.state.running.values()
    for name, value in FIELDS.items():
        setattr(execution, name, value)
    play.state.running = {(NodeId("a"), 5): execution}
    _, again = both(play)
    (copy,) = again.running.values()
    assert {name: getattr(copy, name) for name in FIELDS} == FIELDS


TOTALS = {
    "status": ExecutionStatus.FAILED,
    "is_over": True,
    "outputs": {"o": [1]},
    "errors": [{"code": "x"}],
    "started": 4,
    "emitted_bytes": 5,
    "spent": 6,
    "is_paused": True,
    "parked_since": 7,
    "waited_ms": 8,
}


def test_every_fact_of_a_run_survives():
    apart = {"plan", "limits", "max_parallel", "nodes", "ready", "running"}
    apart |= {"fresh_outputs"}
    names = {field.name for field in fields(RunState)}
    assert names == {*TOTALS, *apart}, "a new one? then here, too"
    play = Play(graph({"a": const(1)}))
    for name, value in TOTALS.items():
        setattr(play.state, name, value)
    _, again = both(play)
    assert {name: getattr(again, name) for name in TOTALS} == TOTALS
