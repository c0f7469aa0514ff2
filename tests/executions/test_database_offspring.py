"""Sub-agents, questions and kept results on a real database, in both modes."""

from typing import Any
from uuid import UUID

import pytest

from core.limits import Limits
from executions.domain.status import ExecutionStatus
from executions.engine.database_store import DatabaseStore
from executions.engine.journal import (
    End,
    Entry,
    Extras,
    Memo,
    News,
    Parent,
    RunHandle,
)
from executions.models import (
    Execution,
    MemoizedResult,
    Review,
    Signal,
)
from tests.executions.rows import NOW, entry, fresh, numbers, the_end
from tests.executions.rows_extras import (
    LATER,
    asked,
    call,
    flush,
    is_due,
    park,
    running,
)

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_child_is_born_with_the_event_that_names_it(alice):
    run = running(alice)
    Execution.objects.update(priority=7, depth=2)
    born = call(run)
    flush(entry(run, 1, extras=Extras(children=[born])))
    child = Execution.objects.get(id=born.id)
    assert (child.status, child.trigger) == ("QUEUED", "agent")
    assert (child.parent_id, child.parent_node_id, child.parent_number) == (
        run.execution_id,
        "x",
        2,
    )
    assert (child.priority, child.depth, child.inputs) == (7, 3, {"Input": 5})
    assert (child.workspace_id, child.user_id) == (fresh(run).workspace_id, alice.id)
    (claim,) = [
        c
        for c in DatabaseStore("me", Limits()).look(9, []).claims
        if c.handle.execution_id == child.id
    ]
    assert claim.handle.parent == Parent(run.execution_id, "x", 2)
    assert claim.identity.depth == 3


def test_a_question_is_asked_with_its_event(alice):
    run = running(alice)
    question = asked("r")
    flush(entry(run, 1, extras=Extras(reviews=[question])))
    review = Review.objects.get()
    assert (str(review.id), review.status, review.title) == (
        question.id,
        "PENDING",
        "May I?",
    )
    assert (review.data, review.editable, review.expires_at) == (
        {"to": "ann"},
        False,
        LATER,
    )
    assert review.workspace_id == fresh(run).workspace_id


def test_a_flush_that_is_repeated_doubles_nothing(alice):
    """The commit went through, its answer did not."""
    parent = running(alice)
    run = running(alice)
    run.parent = Parent(parent.execution_id, "x", 1)
    extras = park("agent", None)
    extras.children, extras.reviews = [call(run)], [asked("r")]
    extras.memos = [Memo("k", "b", b"[]", LATER)]
    extras.news = News([("o", 1)], None)
    given = entry(run, 2, extras=extras)
    flush(given)
    assert flush(given) == ([given], set())
    assert Execution.objects.count() == 3
    assert Review.objects.count() == 1
    assert MemoizedResult.objects.count() == 1
    assert Signal.objects.filter(execution_id=parent.execution_id).count() == 1
    assert numbers(run) == [1, 2]


@pytest.mark.parametrize(("status", "due"), [("WAITING", True), ("RUNNING", False)])
def test_a_parent_is_told_in_the_same_transaction(alice, status, due):
    parent, run = running(alice), running(alice)
    Execution.objects.filter(id=parent.execution_id).update(status=status, due_at=LATER)
    run.parent = Parent(parent.execution_id, "x", 4)
    end = the_end(ExecutionStatus.FAILED)
    flush(entry(run, 1, extras=Extras(news=News([("o", 1)], end)), end=end))
    signal = Signal.objects.get()
    assert (signal.execution_id, signal.kind) == (parent.execution_id, "child")
    assert signal.body["child_id"] == str(run.execution_id)
    assert (signal.body["node_id"], signal.body["number"]) == ("x", 4)
    assert (signal.body["status"], signal.body["node_executions"]) == ("FAILED", 7)
    assert is_due(parent) == due


def ended_with(run: RunHandle, *children: RunHandle, reviews: Any = ()) -> Entry:
    ids = [str(child.execution_id) for child in children]
    end = the_end(ExecutionStatus.CANCELLED)
    facts = {name: getattr(end, name) for name in ("status", "outputs", "errors")}
    facts |= {"record": end.record, "ended_at": NOW}
    return entry(run, 1, end=End(**facts, children=ids, reviews=reviews))


@pytest.mark.parametrize(
    ("columns", "told", "due"),
    [
        pytest.param({"status": "QUEUED"}, True, True, id="queued"),
        pytest.param({"status": "WAITING"}, True, True, id="parked"),
        pytest.param({"status": "RUNNING"}, True, False, id="its holder looks itself"),
        pytest.param(
            {"status": "COMPLETED", "ended_at": NOW}, False, False, id="ended"
        ),
    ],
)
def test_an_end_cancels_what_it_had_called(alice, columns, told, due):
    run, child = running(alice), running(alice)
    Execution.objects.filter(id=child.execution_id).update(due_at=LATER, **columns)
    flush(ended_with(run, child))
    kinds = list(Signal.objects.values_list("execution_id", "kind"))
    assert kinds == ([(child.execution_id, "cancel")] if told else [])
    assert is_due(child) == due


def test_a_child_born_and_cancelled_in_one_flush_is_told(alice):
    run = running(alice)
    child = call(run)
    first = entry(run, 1, extras=Extras(children=[child]))
    flush(first, ended_with(run, RunHandle(UUID(child.id), 0)))
    assert Signal.objects.get().execution_id == UUID(child.id)


def test_an_end_withdraws_questions_and_a_late_one_is_kept(alice):
    run = running(alice)
    open_, answered = asked("a"), asked("b")
    answered = answered._replace(number=2)
    flush(entry(run, 1, extras=Extras(reviews=[open_, answered])))
    Review.objects.filter(id=answered.id).update(status="APPROVED")
    flush(ended_with(run, reviews=[open_.id, answered.id]))
    statuses = dict(Review.objects.values_list("number", "status"))
    assert statuses == {1: "CANCELLED", 2: "APPROVED"}


def test_what_expired_is_no_longer_open(alice):
    run = running(alice)
    question = asked("r")
    flush(entry(run, 1, extras=Extras(reviews=[question])))
    flush(entry(run, 1, extras=Extras(expired_reviews=[question.id])))
    assert Review.objects.get().status == "EXPIRED"


def test_a_result_is_kept_once(alice):
    one, two = running(alice), running(alice)
    Execution.objects.update(workspace=fresh(one).workspace_id)
    for run, value in ((one, b"1"), (two, b"2")):
        memo = Memo("k", "b", b'[["value",%s]]' % value, LATER)
        flush(entry(run, 1, extras=Extras(memos=[memo])))
    kept = MemoizedResult.objects.get()
    assert (kept.execution_id, kept.outputs) == (one.execution_id, [["value", 1]])


def test_an_end_that_the_engine_made_leaves_nothing_open(alice):
    """It does not know what the run had begun; the database does."""
    run = running(alice)
    child = call(run)
    flush(entry(run, 1, extras=Extras(children=[child], reviews=[asked("r")])))
    Execution.objects.filter(id=run.execution_id).update(cost=9)
    end = the_end(ExecutionStatus.FAILED)
    run.seq += 1
    body = b'{"seq":2,"at":0,"type":"execution.finished","status":"FAILED"}'
    last = Entry(
        run=run, last_seq=2, events=[body], rows=(), node_executions=None, cost=None,
        end=end,
    )  # fmt: skip
    flush(last)
    DatabaseStore("me", Limits()).close(run)
    assert (fresh(run).cost, fresh(run).node_executions) == (9, 7)
    assert Signal.objects.get().execution_id == UUID(child.id)
    assert Review.objects.get().status == "CANCELLED"
