"""Claims, leases and signals on a real database; again on PostgreSQL with services."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from core import codec
from core.fields import Sealed
from core.limits import Limits
from executions import services
from executions.domain.events import Begun, Completed, Event, Started
from executions.domain.status import NodeStatus
from executions.domain.wire import to_json
from executions.engine import database_store
from executions.engine.database_journal import _flush_patiently
from executions.engine.database_store import DatabaseStore, release_all
from executions.engine.journal import Entry, Extras, RunHandle
from executions.models import Execution, ExecutionEventSegment, NodeExecution, Signal
from graphs.domain.model import NodeId
from tests.executions.rows import entry, make_execution, node_row, nodes, the_end

pytestmark = pytest.mark.django_db(transaction=True)


def store(owner: str = "me") -> DatabaseStore:
    return DatabaseStore(owner, Limits())


def claim(limit: int = 10, owner: str = "me") -> list[Any]:
    claims, *_ = store(owner).look(limit, [])
    return claims


def ids(claims: list[Any]) -> list[Any]:
    return [c.handle.execution_id for c in claims]


def expire(*executions: Execution) -> None:
    """Their leases run out now."""
    wanted = Execution.objects.filter(id__in=[e.id for e in executions])
    wanted.update(due_at=Now() - timedelta(seconds=1))


# --- What is claimed ------------------------------------------------------------------


def test_a_queued_execution_is_claimed_once(alice: User):
    row = make_execution(alice)
    (found,) = claim()
    assert (found.handle.execution_id, found.handle.lease_token) == (row.id, 1)
    assert claim() == []
    row.refresh_from_db()
    assert (row.status, row.lease_owner) == ("RUNNING", "me")
    assert row.started_at is not None
    assert row.due_at is not None
    lease = row.due_at - timezone.now()
    assert timedelta(seconds=13) < lease < timedelta(seconds=16)


def test_it_knows_whose_run_it_is(alice: User):
    row = make_execution(alice)
    (found,) = claim()
    assert found.identity.user_id == str(alice.id)
    assert found.identity.execution_id == str(row.id)
    assert found.run.inputs == {"Input": 1}
    assert (found.run.past, dict(found.run.rows)) == ([], {})


def test_the_urgent_come_first_and_then_those_that_wait_longest(alice: User):
    old = make_execution(alice, in_s=-20)
    older = make_execution(alice, in_s=-30)
    urgent = make_execution(alice, in_s=-1, priority=9)
    order = [ids(claim(1)) for _ in range(3)]
    assert order == [[urgent.id], [older.id], [old.id]]


def test_one_claim_gives_them_in_order_too(alice: User):
    rows = [make_execution(alice, priority=n) for n in (0, 3, 9, 3)]
    assert ids(claim()) == [rows[n].id for n in (2, 1, 3, 0)]


@pytest.mark.parametrize("limit", [0, -3, 1, 4])
def test_never_more_than_asked_for(alice: User, limit: int):
    for _ in range(6):
        make_execution(alice)
    assert len(claim(limit)) == max(0, limit)


@pytest.mark.parametrize(
    "columns",
    [
        pytest.param({"in_s": 30}, id="not due yet"),
        pytest.param({"due_at": None, "status": "COMPLETED"}, id="ended"),
    ],
)
def test_what_is_not_due_stays(alice: User, columns: dict[str, Any]):
    make_execution(alice, **columns)
    assert claim() == []


def test_two_workers_never_get_the_same(alice: User):
    rows = [make_execution(alice) for _ in range(40)]
    ready = threading.Barrier(4)

    def work(name: str) -> list[Any]:
        found: list[Any] = []
        try:
            ready.wait(10)
            while some := claim(3, name):
                found += ids(some)
        finally:
            connection.close()
        return found

    with ThreadPoolExecutor(4) as pool:
        shares = list(pool.map(work, "abcd"))
    assert Counter(id for share in shares for id in share) == Counter(
        row.id for row in rows
    )


def test_a_claim_of_many_costs_as_many_statements_as_one(alice: User):
    def cost(count: int) -> int:
        for _ in range(count):
            make_execution(alice)
        with CaptureQueriesContext(connection) as queries:
            assert len(claim(100)) == count
        return len(queries)

    database_store.plan_of.cache_clear()
    plans_of_all = 1
    assert cost(12) - cost(2) <= 10 * plans_of_all
    ended = Execution.objects.all()
    again = ended.update(due_at=Now() - timedelta(seconds=1))
    with CaptureQueriesContext(connection) as queries:
        assert len(claim(100)) == again
    assert len(queries) <= 6


# --- Leases ---------------------------------------------------------------------------


def test_an_expired_lease_is_claimed_with_the_next_token(alice: User):
    row = make_execution(alice)
    (first,) = claim()
    began = Execution.objects.get().started_at
    expire(row)
    (second,) = claim(owner="you")
    assert (first.handle.lease_token, second.handle.lease_token) == (1, 2)
    row.refresh_from_db()
    assert (row.lease_owner, row.started_at) == ("you", began)


def test_what_was_committed_is_folded_by_the_next_holder(alice: User):
    row = make_execution(alice)
    (first,) = claim()
    node = NodeId("sum")
    events: list[Event] = [
        Begun(),
        Started(node, 1, 1),
        Completed(node, 1),
        Started(node, 2, 1),
    ]
    open_row = node_row(node_id=node, number=2)
    done = node_row(node_id=node, number=1, status=NodeStatus.COMPLETED)
    first.handle.seq = len(events)
    _flush_patiently(
        [
            Entry(
                run=first.handle,
                last_seq=len(events),
                events=[to_json(e, n, 0) for n, e in enumerate(events, 1)],
                rows=(open_row, done),
                node_executions=2,
            )
        ]
    )
    expire(row)
    (second,) = claim()
    assert second.run.past == events
    assert dict(second.run.rows) == {(node, 2): open_row.id}
    assert (second.handle.seq, second.handle.committed) == (4, 4)
    assert second.run.started_at is not None


def test_what_is_handed_back_is_due_at_once(alice: User):
    make_execution(alice)
    (found,) = claim()
    store().release([found.handle])
    (again,) = claim(owner="you")
    assert again.handle.lease_token == 2
    store().release([found.handle])  # of an older token: not his any more
    assert claim() == []


def test_what_has_ended_is_not_handed_back(alice: User):
    make_execution(alice)
    (found,) = claim()
    _flush_patiently([entry(found.handle, end=the_end())])
    store().release([found.handle])
    release_all()
    assert claim() == []


def test_a_process_that_is_alone_takes_all_leases(alice: User):
    begun, later = make_execution(alice), make_execution(alice, in_s=30)
    claim(owner="dead")
    release_all()
    assert ids(claim()) == [begun.id]
    later.refresh_from_db()
    assert later.status == "QUEUED"


# --- Signals --------------------------------------------------------------------------


def signals(limit: int, held: list[Any]) -> list[Any]:
    found = store().look(limit, held).signals
    return [signal.execution_id for signal in found]


def test_signals_come_with_the_claim_and_for_what_is_held(alice: User):
    queued, running, other = (make_execution(alice) for _ in range(3))
    Execution.objects.filter(id__in=[running.id, other.id]).update(
        due_at=Now() + timedelta(seconds=15), status="RUNNING"
    )
    for row in (queued, running, other):
        services.execution_cancel(user=row.user, execution=row)
    assert set(signals(10, [running.id])) == {queued.id, running.id}
    assert signals(0, []) == []


def test_a_signal_is_there_until_it_is_folded_in(alice: User):
    row = make_execution(alice)
    services.execution_cancel(user=row.user, execution=row)
    claims, (signal,), _ = store().look(10, [])
    handle: RunHandle = claims[0].handle
    assert signals(0, [row.id]) == [row.id]  # its holder may die before the end
    expire(row)
    assert signals(10, []) == [row.id]
    handle.lease_token += 1
    _flush_patiently([entry(handle, extras=Extras(folded=[signal.id]))])
    assert signals(0, [row.id]) == []
    assert not Signal.objects.exists()


def test_closing_leaves_no_node_execution_open(alice: User):
    make_execution(alice)
    (found,) = claim()
    done = node_row(number=2, status=NodeStatus.COMPLETED, ended_at=timezone.now())
    _flush_patiently([entry(found.handle, rows=(node_row(), done))])
    store().close(found.handle)
    found_rows = {n.number: n.status for n in nodes(found.handle)}
    assert found_rows == {1: "CANCELLED", 2: "COMPLETED"}


def test_cancelling_one_that_is_to_start_later_brings_it_forward(alice: User):
    row = make_execution(alice, in_s=3600)
    services.execution_cancel(user=row.user, execution=row)
    claims, found, _ = store().look(10, [])
    assert ids(claims) == [row.id]
    assert [s.kind for s in found] == ["cancel"]


@pytest.mark.parametrize("status", ["COMPLETED", "FAILED", "CANCELLED", "TIMED_OUT"])
def test_cancelling_one_that_has_ended_does_nothing(alice: User, status: str):
    row = make_execution(alice, status=status, due_at=None)
    services.execution_cancel(user=row.user, execution=row)
    assert not Signal.objects.exists()


# --- Rows that cannot be read ---------------------------------------------------------


def test_a_version_without_a_plan_is_claimed_with_the_reason(
    alice: User, monkeypatch: pytest.MonkeyPatch
):
    def broken(version_id: object) -> None:
        raise ValueError("no such block")

    monkeypatch.setattr(database_store, "plan_of", broken)
    make_execution(alice)
    (found,) = claim()
    assert (found.run, found.fault) == (None, "ValueError: no such block")


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param({"inputs": Sealed(b"\x03nonsense")}, id="inputs"),
        pytest.param(
            {"events": codec.encode(b'[{"type":"node.started"}]')}, id="an event"
        ),
        pytest.param({"events": b"\x01["}, id="events that are no JSON"),
    ],
)
def test_a_row_that_cannot_be_read_spoils_no_other(alice: User, spoil: dict[str, Any]):
    bad, *good = (make_execution(alice) for _ in range(4))
    if "inputs" in spoil:
        Execution.objects.filter(id=bad.id).update(inputs=spoil["inputs"])
    else:
        Execution.objects.filter(id=bad.id).update(last_seq=1)
        ExecutionEventSegment.objects.create(
            execution=bad, first_seq=1, last_seq=1, body=spoil["events"]
        )
    claims = {c.handle.execution_id: c for c in claim()}
    assert claims[bad.id].run is None
    assert claims[bad.id].fault
    assert claims[bad.id].handle.lease_token == 1
    assert all(claims[row.id].run for row in good)


def test_a_claim_has_no_row_of_a_node_that_ended(alice: User):
    row = make_execution(alice)
    (found,) = claim()
    _flush_patiently([entry(found.handle, rows=(node_row(),))])
    NodeExecution.objects.update(status=NodeStatus.FAILED)
    expire(row)
    assert dict(claim()[0].run.rows) == {}
