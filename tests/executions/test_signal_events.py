"""What a request from outside means to a run as it stands: a table of each kind."""

from typing import Any

import pytest

from blocks.errors import BlockError
from core.limits import Limits
from executions.domain.events import (
    Answered,
    Asked,
    Called,
    CancelRequested,
    ChildEnded,
    Completed,
    Emitted,
    Event,
    Failed,
    Paused,
    Resumed,
    Stalled,
    Started,
)
from executions.domain.plan import make_plan
from executions.domain.scheduler import advance, begin
from executions.domain.signals import agent_inputs, events_of, expiries
from executions.domain.state import RunState
from graphs.domain.model import NodeId
from tests.executions.short import const, out
from tests.graphs_by_hand import graph
from tests.zoo import zoo
from tests.zoo_trouble import ACTS, ASKS, CALLS

R, C, X = NodeId("r"), NodeId("c"), NodeId("x")
AGENT = graph(
    {"r": (ASKS, {"data": 1}), "c": (CALLS, {"graph_id": "g"}), "x": ACTS}
    | {"a": const(1), "e": out()},
    "c.error -> e.value",
    "a.value -> x.value",
)
ANSWER = {"node_id": "r", "number": 1, "review_id": "q", "approved": True, "data": [2]}
NEWS: dict[str, Any] = {
    "node_id": "c",
    "number": 1,
    "child_id": "child",
    "outputs": [],
    "status": "",
    "errors": [],
    "node_executions": 3,
    "cost": 4,
}


def waiting() -> RunState:
    """`r` asks, `c` has called, `x` lost an attempt and asks about it."""
    state, _ = begin(make_plan(AGENT, zoo), {}, Limits())
    for event in (
        *(Started(NodeId(node), 1, 1) for node in "rca"),
        Asked(R, 1, "q", "review", 1_000),
        Called(C, 1, "child"),
        Emitted(NodeId("a"), 1, 0, "value", 1, b"1"),
        Completed(NodeId("a"), 1),
        Started(X, 1, 1),
        Started(X, 1, 2),
        Asked(X, 1, "lost", "outcome", None),
    ):
        advance(state, event)
    return state


def emitted(node: NodeId, index: int, pin: str, value: object, raw: bytes) -> Emitted:
    return Emitted(node, 1, index, pin, value, raw)


@pytest.mark.parametrize(
    ("kind", "body", "events"),
    [
        pytest.param("cancel", None, [CancelRequested()], id="cancel"),
        pytest.param("pause", None, [Paused()], id="pause"),
        pytest.param("resume", None, [], id="resume what is not paused"),
        pytest.param(
            "stalled", {"since": 4, "seconds": 9}, [Stalled(4, 9)], id="a verdict"
        ),
        pytest.param(
            "answer",
            ANSWER,
            [
                Answered(R, 1, "q", True),
                emitted(R, 0, "approved_data", [2], b"[2]"),
                Completed(R, 1),
            ],
            id="yes",
        ),
        pytest.param(
            "answer",
            ANSWER | {"approved": False, "message": "no!"},
            [
                Answered(R, 1, "q", False),
                emitted(R, 0, "rejected_data", [2], b"[2]"),
                emitted(R, 1, "review_message", "no!", b'"no!"'),
                Completed(R, 1),
            ],
            id="no, with a message",
        ),
        pytest.param("answer", ANSWER | {"review_id": "p"}, [], id="of another"),
        pytest.param("answer", ANSWER | {"number": 2}, [], id="another firing"),
        pytest.param("answer", ANSWER | {"node_id": "nobody"}, [], id="no such node"),
        pytest.param("answer", ANSWER | {"node_id": "c"}, [], id="who did not ask"),
        pytest.param(
            "answer",
            ANSWER | {"node_id": "x", "review_id": "lost"},
            [Answered(X, 1, "lost", True)],
            id="try again",
        ),
        pytest.param(
            "answer",
            ANSWER | {"node_id": "x", "review_id": "lost", "approved": False},
            [
                Answered(X, 1, "lost", False),
                Failed(
                    X,
                    1,
                    "outcome_unknown",
                    "outcome unknown, and a person decided not to try again",
                    False,
                ),
            ],
            id="do not",
        ),
        pytest.param(
            "child",
            NEWS | {"outputs": [["o", 1], ["p", "x"]]},
            [emitted(C, 0, "o", 1, b"1"), emitted(C, 1, "p", "x", b'"x"')],
            id="outputs of a child",
        ),
        pytest.param(
            "child",
            NEWS | {"status": "COMPLETED", "outputs": [["o", 1]]},
            [
                emitted(C, 0, "o", 1, b"1"),
                ChildEnded(C, 1, "child", "COMPLETED", 3, 4),
                Completed(C, 1),
            ],
            id="its end",
        ),
        pytest.param(
            "child",
            NEWS | {"status": "FAILED", "errors": [{"message": m} for m in "abcd"]},
            [
                ChildEnded(C, 1, "child", "FAILED", 3, 4),
                Failed(
                    C, 1, "agent_failed", "the sub-agent ended FAILED: a; b; c", True
                ),
            ],
            id="its failure, with the first of its reasons",
        ),
        pytest.param(
            "child",
            NEWS | {"status": "CANCELLED"},
            [
                ChildEnded(C, 1, "child", "CANCELLED", 3, 4),
                Failed(C, 1, "agent_failed", "the sub-agent ended CANCELLED", True),
            ],
            id="its cancellation",
        ),
        pytest.param("child", NEWS | {"child_id": "other"}, [], id="of another child"),
        pytest.param("child", NEWS | {"node_id": "r"}, [], id="who did not call"),
    ],
)
def test_what_a_signal_becomes(kind: str, body: Any, events: list[Event]):
    assert list(events_of(waiting(), kind, body)) == events


@pytest.mark.parametrize(("kind", "body"), [("answer", ANSWER), ("child", NEWS)])
def test_a_signal_that_was_folded_means_nothing_the_second_time(kind, body):
    state = waiting()
    body = body | {"status": "COMPLETED"}
    for event in events_of(state, kind, body):
        advance(state, event)
    assert events_of(state, kind, body) == ()


def test_a_paused_run_is_resumed_and_not_paused_again():
    state = waiting()
    advance(state, Paused())
    assert events_of(state, "pause", None) == ()
    assert events_of(state, "resume", None) == (Resumed(),)


def test_outputs_of_a_child_are_numbered_on():
    state = waiting()
    for event in events_of(state, "child", NEWS | {"outputs": [["o", 1], ["o", 2]]}):
        advance(state, event)
    (event,) = events_of(state, "child", NEWS | {"outputs": [["o", 3]]})
    assert isinstance(event, Emitted)
    assert event.index == 2


def test_a_kind_that_nobody_knows_is_an_error_of_the_engine():
    with pytest.raises(ValueError, match="no such signal: 'wave'"):
        events_of(waiting(), "wave", None)


@pytest.mark.parametrize(
    ("now", "expired"), [(999, []), (1_000, ["r"]), (9_999, ["r"])]
)
def test_what_nobody_answered_in_time_has_failed(now, expired):
    failures = expiries(waiting(), now)
    assert [failure.node_id for failure in failures] == expired
    assert all(failure.code == "review_expired" for failure in failures)


@pytest.mark.parametrize(
    ("merged", "inputs"),
    [
        pytest.param({"graph_id": "g"}, {}, id="none"),
        pytest.param({"graph_id": "g", "inputs": None}, {}, id="null"),
        pytest.param({"inputs": {"a": 1, "b": 2}}, {"a": 1, "b": 2}, id="set"),
        pytest.param(
            {"inputs": {"a": 1, "b": 2}, "b": 3, "graph_id": "g"},
            {"a": 1, "b": 3},
            id="linked before set",
        ),
    ],
)
def test_what_a_sub_agent_gets(merged, inputs):
    assert agent_inputs(waiting().running[C, 1], merged) == inputs


def test_inputs_of_a_sub_agent_must_be_an_object():
    with pytest.raises(BlockError, match="must be an object") as caught:
        agent_inputs(waiting().running[C, 1], {"inputs": [1]})
    assert caught.value.code == "bad_input"
