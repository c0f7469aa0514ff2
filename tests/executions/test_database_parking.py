"""Parking and signals on a real database, in both modes."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.db.models.functions import Now
from django.utils import timezone

from core.ids import new_id
from core.limits import Limits
from executions.engine import database_asking, database_journal
from executions.engine.context import RunIdentity
from executions.engine.database_journal import DatabaseJournal
from executions.engine.database_resolver import DatabaseResolver
from executions.engine.database_store import DatabaseStore
from executions.engine.journal import (
    Entry,
    Extras,
    RunHandle,
)
from executions.models import (
    Execution,
    ExecutionSnapshot,
    Signal,
)
from executions.signals import signal_send
from tests.executions.rows import entry, fresh, numbers, the_end
from tests.executions.rows_extras import (
    LATER,
    asked,
    flush,
    is_due,
    park,
    running,
    tell,
)
from tests.executions.running import run_of
from tests.graphs_by_hand import graph

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("until", [LATER, None])
def test_a_parked_run_belongs_to_nobody(alice, until):
    run = running(alice)
    flush(entry(run, 3, extras=park("review", until, b'{"x":1}')))
    row = fresh(run)
    assert (row.status, row.waiting_for, row.lease_owner) == ("WAITING", "review", "")
    assert row.due_at == until
    kept = ExecutionSnapshot.objects.get()
    assert (kept.execution_id, kept.seq, kept.body) == (run.execution_id, 3, {"x": 1})


def test_a_signal_that_is_there_already_makes_it_due_at_once(alice):
    run = running(alice)
    tell(run)
    flush(entry(run, extras=park()))
    assert fresh(run).status == "WAITING"
    assert is_due(run)


def test_a_signal_that_was_heard_does_not(alice):
    run = running(alice)
    extras = park()
    extras.folded = [tell(run)]
    flush(entry(run, extras=extras))
    assert not is_due(run)
    assert not Signal.objects.exists()


def test_a_signal_that_comes_later_makes_it_due(alice):
    run = running(alice)
    flush(entry(run, extras=park(until=None)))
    signal_send(run.execution_id, "resume")
    assert is_due(run)


@pytest.mark.services
def test_a_signal_at_the_same_moment_makes_it_due(alice):
    """Whichever of the two is first."""
    runs = [running(alice) for _ in range(40)]
    entries = [entry(run, extras=park(until=None)) for run in runs]
    together = threading.Barrier(2)

    def parks() -> None:
        for one in entries:
            together.wait(10)
            flush(one)
        connection.close()

    def tells() -> None:
        for run in runs:
            together.wait(10)
            signal_send(run.execution_id, "resume")
        connection.close()

    with ThreadPoolExecutor(2) as pool:
        for work in [pool.submit(parks), pool.submit(tells)]:
            work.result()
    assert [fresh(run).status for run in runs] == ["WAITING"] * 40
    assert [run for run in runs if not is_due(run)] == []


def test_signals_that_were_heard_go_with_what_came_of_them(alice, caplog):
    run = running(alice)
    id_ = tell(run)
    refused = entry(run, extras=Extras(folded=[id_], reviews=[asked("")]))
    refused.extras.reviews[0] = asked("r", purpose=None)  # type: ignore[union-attr]
    assert flush(refused) == ([], {run})
    assert Signal.objects.filter(id=id_).exists()
    assert numbers(run) == []


def test_a_signal_that_meant_nothing_goes_without_an_event(alice):
    run = running(alice)
    flush(entry(run, 0, extras=Extras(folded=[tell(run)])))
    assert not Signal.objects.exists()
    assert numbers(run) == []


def test_a_park_without_an_event_is_written(alice):
    """As when a run is handed over between two attempts."""
    run = running(alice)
    flush(entry(run, 2))
    flush(entry(run, 0, extras=park("", timezone.now())))
    assert (fresh(run).status, fresh(run).waiting_for) == ("WAITING", "")
    assert is_due(run)


def test_a_claim_reads_the_snapshot_and_what_came_after_it(alice):
    run = running(alice)
    flush(entry(run, 3, extras=park(until=timezone.now(), snapshot=b'{"at":3}')))
    (claim,) = DatabaseStore("me", Limits()).look(5, []).claims
    assert (claim.run.snapshot, claim.run.past) == (b'{"at":3}', [])
    assert claim.handle.has_parked
    body = b'{"seq":%d,"at":0,"type":"node.completed","node_id":"a","number":%d}'
    events = [body % (seq, seq) for seq in (4, 5)]
    flush(
        Entry(run=claim.handle, last_seq=5, events=events, rows=(), node_executions=1)
    )
    Execution.objects.update(due_at=Now() - timedelta(seconds=1))
    (again,) = DatabaseStore("you", Limits()).look(5, []).claims
    assert again.run.snapshot == b'{"at":3}'
    assert [event.number for event in again.run.past] == [4, 5]


def test_the_second_park_replaces_the_first(alice):
    run = running(alice)
    flush(entry(run, 1, extras=park(snapshot=b"1")))
    flush(entry(run, 1, extras=park(snapshot=b"2")))
    assert [(s.seq, s.body) for s in ExecutionSnapshot.objects.all()] == [(2, 2)]


def test_the_end_takes_the_snapshot_away(alice):
    run = running(alice)
    flush(entry(run, 1, extras=park()))
    run.has_parked = True
    flush(entry(run, 1, end=the_end()))
    assert not ExecutionSnapshot.objects.exists()


# --- A database that is away ----------------------------------------------------------


async def test_closing_does_not_wait_for_ever_for_a_database(monkeypatch, caplog):
    def away(entries: list[Entry]) -> Any:
        if not back.is_set():
            raise OperationalError("nobody there")
        return entries, set()

    back = threading.Event()
    monkeypatch.setattr(database_journal, "RETRY_S", (0.01,))
    monkeypatch.setattr(database_journal, "flush", away)
    journal = DatabaseJournal(lambda entries: None)
    journal.append(entry(RunHandle(new_id(), 1)))
    async with asyncio.timeout(5):
        await asyncio.to_thread(journal.close, 0.1)
    assert "what was left is not written" in caplog.text
    back.set()
    await asyncio.to_thread(journal.close, 5)


async def test_a_look_up_waits_for_the_database(monkeypatch):
    monkeypatch.setattr(database_asking, "AGAIN_AFTER_S", 0.001)
    answers: list[Any] = [OperationalError("gone"), OperationalError("gone"), 5]

    def ask() -> Any:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    with ThreadPoolExecutor(1) as pool:
        resolver = DatabaseResolver(RunIdentity(), run_of(graph({})), Limits(), pool)
        assert await resolver._ask(ask) == 5
        monkeypatch.setattr(database_asking, "PATIENCE_S", -1.0)
        answers[:] = [OperationalError("gone for good")]
        with pytest.raises(OperationalError, match="for good"):
            await resolver._ask(ask)
