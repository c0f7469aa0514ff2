"""Events survive the way to the database and back."""

from typing import get_args

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blocks.values import encode
from executions.domain.events import (
    AgentCall,
    Answered,
    Asked,
    Begun,
    Called,
    CalledWithin,
    CancelRequested,
    ChildEnded,
    Completed,
    Emitted,
    Event,
    Failed,
    Finished,
    Parked,
    Paused,
    Resumed,
    Retrying,
    Reused,
    ReviewRequest,
    Spent,
    Stalled,
    Started,
    TimeExceeded,
    Waiting,
    Woken,
)
from executions.domain.status import ExecutionStatus
from executions.domain.wire import from_json, to_json
from graphs.domain.model import NodeId

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
ids = texts.map(NodeId)
counts = st.integers(0, 2**53)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner),
    max_leaves=8,
)


@st.composite
def emissions(draw: st.DrawFn) -> Emitted:
    value, raw = encode(draw(json_values))
    return Emitted(draw(ids), draw(counts), draw(counts), draw(texts), value, raw)


BY_TYPE = {
    Begun: st.builds(Begun),
    Reused: st.builds(Reused, ids, counts, texts),
    Asked: st.builds(Asked, ids, counts, texts, texts, st.none() | counts, st.none()),
    Answered: st.builds(Answered, ids, counts, texts, st.booleans()),
    Called: st.builds(Called, ids, counts, texts, st.none()),
    CalledWithin: st.builds(CalledWithin, ids, counts, texts, texts, st.none()),
    ChildEnded: st.builds(ChildEnded, ids, counts, texts, texts, counts, counts),
    Spent: st.builds(Spent, ids, counts, counts),
    Retrying: st.builds(Retrying, ids, counts, counts, texts, texts, counts),
    Paused: st.builds(Paused),
    Resumed: st.builds(Resumed),
    Parked: st.builds(Parked, texts, counts, st.none() | counts),
    Woken: st.builds(Woken, counts),
    Stalled: st.builds(Stalled, counts, counts),
    Started: st.builds(Started, ids, counts, counts),
    Emitted: emissions(),
    Waiting: st.builds(Waiting, ids, counts, counts, counts),
    Completed: st.builds(Completed, ids, counts),
    Failed: st.builds(Failed, ids, counts, texts, texts, st.booleans()),
    CancelRequested: st.builds(CancelRequested),
    TimeExceeded: st.builds(TimeExceeded, st.floats(0, 1e9)),
    Finished: st.sampled_from(ExecutionStatus).map(Finished)
    | st.builds(Finished, st.sampled_from(ExecutionStatus), texts.filter(bool), texts),
}


def test_every_type_of_event_is_covered():
    assert set(BY_TYPE) == set(get_args(Event))


@settings(deadline=None)
@given(st.one_of(*BY_TYPE.values()), counts, counts)
def test_an_event_comes_back_as_it_was(event, seq, at):
    document = orjson.loads(to_json(event, seq, at))
    again = from_json(document)
    assert type(again) is type(event)
    assert again == event
    assert (document["seq"], document["at"]) == (seq, at)


@pytest.mark.parametrize(
    ("event", "document"),
    [
        pytest.param(Begun(), {"type": "execution.started"}, id="begun"),
        pytest.param(
            Started(NodeId("n"), 2, 3),
            {"type": "node.started", "node_id": "n", "number": 2, "attempt": 3},
            id="started",
        ),
        pytest.param(
            Emitted(NodeId("n"), 1, 0, "out", [1], b"[1]"),
            {"type": "node.emitted", "node_id": "n", "number": 1, "index": 0}
            | {"pin": "out", "value": [1]},
            id="emitted",
        ),
        pytest.param(
            Waiting(NodeId("n"), 1, 0, 99),
            {"type": "node.waiting", "node_id": "n", "number": 1, "index": 0}
            | {"until": 99},
            id="waiting",
        ),
        pytest.param(
            Completed(NodeId("n"), 1),
            {"type": "node.completed", "node_id": "n", "number": 1},
            id="completed",
        ),
        pytest.param(
            Failed(NodeId("n"), 1, "timeout", "too late", True),
            {"type": "node.failed", "node_id": "n", "number": 1, "handled": True}
            | {"error": {"code": "timeout", "message": "too late"}},
            id="failed",
        ),
        pytest.param(
            Reused(NodeId("n"), 1, "run"),
            {"type": "node.reused", "node_id": "n", "number": 1}
            | {"execution_id": "run"},
            id="reused",
        ),
        # What is asked and called is stored elsewhere.
        pytest.param(
            Asked(NodeId("n"), 1, "r", "review", 9, ReviewRequest("t", {}, True)),
            {"type": "node.asked", "node_id": "n", "number": 1, "review_id": "r"}
            | {"purpose": "review", "until": 9},
            id="asked",
        ),
        pytest.param(
            Answered(NodeId("n"), 1, "r", True),
            {"type": "node.answered", "node_id": "n", "number": 1, "review_id": "r"}
            | {"approved": True},
            id="answered",
        ),
        pytest.param(
            Called(NodeId("n"), 1, "c", AgentCall("g", "v", {})),
            {"type": "node.called", "node_id": "n", "number": 1, "child_id": "c"},
            id="called",
        ),
        pytest.param(
            ChildEnded(NodeId("n"), 1, "c", "COMPLETED", 3, 4),
            {"type": "node.child_ended", "node_id": "n", "number": 1, "child_id": "c"}
            | {"status": "COMPLETED", "node_executions": 3, "cost": 4},
            id="child-ended",
        ),
        pytest.param(
            Spent(NodeId("n"), 1, 5),
            {"type": "node.spent", "node_id": "n", "number": 1, "amount": 5},
            id="spent",
        ),
        pytest.param(
            Retrying(NodeId("n"), 1, 2, "timeout", "late", 7),
            {"type": "node.retrying", "node_id": "n", "number": 1, "attempt": 2}
            | {"error": {"code": "timeout", "message": "late"}, "until": 7},
            id="retrying",
        ),
        pytest.param(Paused(), {"type": "execution.paused"}, id="paused"),
        pytest.param(Resumed(), {"type": "execution.resumed"}, id="resumed"),
        pytest.param(
            Parked("timer", 3, None),
            {"type": "execution.waiting", "reason": "timer", "since": 3}
            | {"until": None},
            id="parked",
        ),
        pytest.param(Woken(8), {"type": "execution.woken", "waited": 8}, id="woken"),
        pytest.param(
            CancelRequested(), {"type": "execution.cancel_requested"}, id="cancel"
        ),
        pytest.param(
            TimeExceeded(2.5),
            {"type": "execution.time_exceeded", "seconds": 2.5},
            id="time",
        ),
        # No `error` where no limit decided.
        pytest.param(
            Finished(ExecutionStatus.FAILED),
            {"type": "execution.finished", "status": "FAILED"},
            id="finished",
        ),
        pytest.param(
            Finished(ExecutionStatus.FAILED, "limit_passed", "too much"),
            {"type": "execution.finished", "status": "FAILED"}
            | {"error": {"code": "limit_passed", "message": "too much"}},
            id="finished-by-a-limit",
        ),
    ],
)
def test_events_look_as_the_contract_says(event, document):
    assert orjson.loads(to_json(event, 7, 8)) == {"seq": 7, "at": 8} | document


def test_an_event_of_a_later_version_is_passed_over():
    assert from_json({"seq": 1, "at": 1, "type": "node.dreamed"}) is None
