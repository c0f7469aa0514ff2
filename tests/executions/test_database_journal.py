"""The journal on a real database; run again on PostgreSQL with the services."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from executions.domain.status import ExecutionStatus, NodeStatus
from executions.engine import database_flush
from executions.engine import database_journal as module
from executions.engine.database_journal import DatabaseJournal
from executions.engine.journal import Entry, LeaseLost
from executions.models import Execution, ExecutionEventSegment
from tests.executions.rows import (
    NOW,
    entry,
    fresh,
    held,
    node_row,
    nodes,
    numbers,
    the_end,
)

pytestmark = pytest.mark.django_db(transaction=True)


def in_thread(call: Callable[..., Any]) -> Any:
    """For the loop, which may not ask the database; leaves no connection behind."""

    def closed(*arguments: object) -> Any:
        try:
            return call(*arguments)
        finally:
            connection.close()

    return sync_to_async(closed)


def test_on_the_database_of_this_mode():
    assert connection.vendor in ("sqlite", "postgresql")


def flush(*entries: Entry) -> Any:
    return module._flush_patiently([*entries])


# --- One flush ------------------------------------------------------------------------


def test_all_entries_of_all_runs_are_one_transaction(alice):
    runs = [held(alice) for _ in range(5)]
    entries = [entry(run, 3, rows=(node_row(),)) for run in runs for _ in range(1)]
    with CaptureQueriesContext(connection) as queries:
        written, lost = flush(*entries)
    assert (written, lost) == (entries, set())
    begun = [q for q in queries.captured_queries if q["sql"].startswith("BEGIN")]
    assert len(begun) <= 1
    assert len(queries) <= 8  # and not five times as many
    assert [numbers(run) for run in runs] == [[1, 2, 3]] * 5


def test_entries_of_one_run_are_one_segment_without_a_gap(alice):
    run = held(alice)
    flush(entry(run, 2), entry(run, 1), entry(run, 3))
    flush(entry(run, 2))
    segments = ExecutionEventSegment.objects.values_list("first_seq", "last_seq")
    assert list(segments) == [(1, 6), (7, 8)]
    assert numbers(run) == [*range(1, 9)]
    assert fresh(run).last_seq == 8
    assert fresh(run).node_executions == 7


def test_an_older_token_writes_nothing(alice):
    old, other = held(alice), held(alice)
    Execution.objects.filter(id=old.execution_id).update(lease_token=2)
    late, fine = entry(old, 2, rows=(node_row(),), end=the_end()), entry(other)
    assert flush(late, fine) == ([fine], {old})
    assert (numbers(old), nodes(old), fresh(old).status) == ([], [], "QUEUED")
    assert numbers(other) == [1]


def test_an_execution_that_was_deleted_is_lost(alice):
    run = held(alice)
    fresh(run).delete()
    assert flush(entry(run)) == ([], {run})


def test_an_entry_that_is_there_already_is_not_written_twice(alice):
    """The commit went through but its answer did not: the batch is flushed again."""
    run = held(alice)
    first = entry(run, 2, rows=(node_row(),))
    flush(first)
    second = entry(run, 1)
    assert flush(first, second) == ([first, second], set())
    assert numbers(run) == [1, 2, 3]
    assert len(nodes(run)) == 1


def test_a_row_is_written_as_it_was_last(alice):
    run, row = held(alice), node_row()
    done = row._replace(status=NodeStatus.COMPLETED, outputs=b'[["x",1]]', ended_at=NOW)
    flush(entry(run, rows=(row,)), entry(run, rows=(done._replace(is_new=False),)))
    (stored,) = nodes(run)
    assert (stored.status, stored.outputs, stored.ended_at) == (
        "COMPLETED",
        [["x", 1]],
        NOW,
    )


def test_a_row_that_was_written_is_updated(alice):
    run, row = held(alice), node_row()
    flush(entry(run, rows=(row,)))
    assert nodes(run)[0].status == "RUNNING"
    failed = row._replace(
        status=NodeStatus.FAILED,
        attempt=2,
        error={"code": "c", "message": "ü\U0001f600"},
        ended_at=NOW,
        is_new=False,
    )
    flush(entry(run, rows=(failed,)))
    (stored,) = nodes(run)
    assert (stored.id, stored.attempt, stored.ended_at) == (row.id, 2, NOW)
    assert stored.error == {"code": "c", "message": "ü\U0001f600"}
    assert (stored.inputs, stored.started_at) == ({"x": 1}, NOW)


@pytest.mark.parametrize("status", [s for s in ExecutionStatus if s.is_final])
def test_an_end_makes_the_execution_final(alice, status):
    run = held(alice)
    flush(entry(run, end=the_end(status)))
    row = fresh(run)
    assert (row.status, row.outputs, row.errors) == (status.value, {"out": [1]}, [])
    assert (row.ended_at, row.due_at) == (NOW, None)


def test_without_an_end_it_goes_on(alice):
    run = held(alice)
    before = fresh(run)
    flush(entry(run))
    row = fresh(run)
    assert (row.status, row.due_at, row.ended_at) == ("QUEUED", before.due_at, None)


# --- Refused --------------------------------------------------------------------------


def refused(run: Any) -> Entry:
    """A number too large for its column on one database, a text on both: no."""
    return entry(run, rows=(node_row(node_id=None),))


@pytest.mark.parametrize("bad_at", range(5))
def test_a_refused_run_fails_alone(alice, bad_at, caplog):
    runs = [held(alice) for _ in range(5)]
    entries = [
        refused(run) if number == bad_at else entry(run, rows=(node_row(),))
        for number, run in enumerate(runs)
    ]
    written, lost = flush(*entries)
    assert lost == {runs[bad_at]}
    assert runs[bad_at].refused
    assert {e.run for e in written} == {*runs} - lost
    assert [numbers(run) for run in runs] == [
        [] if number == bad_at else [1] for number in range(5)
    ]
    assert "refused" in caplog.text


def test_nothing_is_written_behind_what_was_refused(alice, caplog):
    """Else there would be a gap in the numbers."""
    run = held(alice)
    flush(refused(run))
    assert flush(entry(run)) == ([], {run})
    assert numbers(run) == []


# --- The thread and its loop ----------------------------------------------------------


@asynccontextmanager
async def journal(told: list[Entry] | None = None) -> AsyncIterator[DatabaseJournal]:
    made = DatabaseJournal((told if told is not None else []).extend)
    try:
        yield made
    finally:
        await asyncio.to_thread(made.close)


async def test_durable_returns_when_it_is_committed(alice):
    run = await in_thread(held)(alice)
    told: list[Entry] = []
    async with journal(told) as writer:
        await writer.durable(run)  # nothing to wait for
        given = [entry(run), entry(run, 2)]
        for one in given:
            writer.append(one)
        await writer.durable(run)
        assert run.committed == 3
        assert await in_thread(numbers)(run) == [1, 2, 3]
    assert told == given


async def test_events_that_were_never_appended_are_not_waited_for(alice):
    """An engine that broke has numbered some that it did not write."""
    run = await in_thread(held)(alice)
    async with journal() as writer:
        writer.append(entry(run))
        run.seq += 5
        async with asyncio.timeout(5):
            await writer.durable(run)
    assert run.committed == 1


async def test_who_lost_the_lease_is_told(alice):
    run, other = await in_thread(held)(alice), await in_thread(held)(alice)
    run.lease_token = 0
    async with journal() as writer:
        writer.append(entry(run))
        writer.append(entry(other))
        with pytest.raises(LeaseLost):
            await writer.durable(run)
        with pytest.raises(LeaseLost):
            await writer.durable(run)
        await writer.durable(other)


async def test_what_gathers_during_a_flush_is_the_next_flush(alice, monkeypatch):
    runs = [await in_thread(held)(alice) for _ in range(20)]
    sizes: list[int] = []
    gate = threading.Event()
    flush_once = module.flush

    def slow_flush(entries: list[Entry]) -> Any:
        sizes.append(len(entries))
        gate.wait(5)
        return flush_once(entries)

    monkeypatch.setattr(module, "flush", slow_flush)
    async with journal() as writer:
        writer.append(entry(runs[0]))
        while not sizes:
            await asyncio.sleep(0.001)
        for run in runs[1:]:
            writer.append(entry(run))
        gate.set()
        for run in runs:
            await writer.durable(run)
    assert sizes == [1, 19]


async def test_closing_writes_what_is_left(alice):
    run = await in_thread(held)(alice)
    async with journal() as writer:
        for _ in range(50):
            writer.append(entry(run))
    assert await in_thread(numbers)(run) == [*range(1, 51)]


# --- A database that goes away --------------------------------------------------------


@contextmanager
def failing_once(
    monkeypatch: pytest.MonkeyPatch, when: Callable[[str], bool]
) -> Iterator[list[str]]:
    """The statement that `when` picks loses its connection, the first time."""
    hit: list[str] = []

    def wrapper(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if not hit and when(sql):
            hit.append(sql)
            raise OperationalError("the connection is gone")
        return execute(sql, params, many, context)

    monkeypatch.setattr(module, "RETRY_S", (0.001,))
    with connection.execute_wrapper(wrapper):
        yield hit


@pytest.mark.parametrize(
    "word",
    [
        pytest.param("SELECT id, lease_token", id="before anything was written"),
        pytest.param("UPDATE executions_execution", id="when all but the last was"),
    ],
)
def test_a_flush_that_lost_its_connection_is_tried_again(
    alice, monkeypatch, caplog, word
):
    run = held(alice)
    with failing_once(monkeypatch, lambda sql: word in sql) as hit:
        flush(entry(run, 2, rows=(node_row(),)))
    assert hit
    assert "the database is away" in caplog.text
    assert (numbers(run), len(nodes(run))) == ([1, 2], 1)


def test_a_commit_whose_answer_got_lost_is_not_doubled(alice, monkeypatch, caplog):
    run = held(alice)
    monkeypatch.setattr(module, "RETRY_S", (0.001,))
    answers = iter([OperationalError("no answer to the commit"), None])
    flush_once = module.flush

    def flush_and_lose(entries: list[Entry]) -> Any:
        outcome = flush_once(entries)
        if error := next(answers):
            raise error
        return outcome

    monkeypatch.setattr(module, "flush", flush_and_lose)
    given = entry(run, 2, rows=(node_row(),), end=the_end())
    assert flush(given) == ([given], set())
    assert (numbers(run), len(nodes(run))) == ([1, 2], 1)


@pytest.mark.services
def test_a_terminated_connection_is_made_anew(alice, monkeypatch, caplog):
    """PostgreSQL ends the session in the middle of the transaction."""
    run = held(alice)
    monkeypatch.setattr(module, "RETRY_S", (0.01,))
    killed: list[int] = []

    def kill(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if not killed and "UPDATE executions_execution" in sql:
            pid = connection.connection.info.backend_pid
            killed.append(pid)
            _from_elsewhere(f"SELECT pg_terminate_backend({pid})")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(kill):
        flush(entry(run, 3, rows=(node_row(),)))
    assert killed
    assert (numbers(run), len(nodes(run))) == ([1, 2, 3], 1)


@pytest.mark.services
def test_no_statement_holds_a_row_longer_than_the_lease(alice, monkeypatch, caplog):
    """As that of a worker that was stopped in the middle of it would."""
    run = held(alice)
    monkeypatch.setattr(module, "RETRY_S", (0.01,))
    monkeypatch.setattr(database_flush, "LEASE_S", 0.2)
    took: list[float] = []

    def stop(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if took or "UPDATE executions_execution" not in sql:
            return execute(sql, params, many, context)
        began = time.monotonic()
        try:
            return execute("SELECT pg_sleep(20)", None, False, context)
        finally:
            took.append(time.monotonic() - began)

    with connection.execute_wrapper(stop):
        flush(entry(run, 3))
    assert 0.2 <= took[0] < 10
    assert numbers(run) == [1, 2, 3]
    assert "statement timeout" in caplog.text


def _from_elsewhere(statement: str) -> None:
    """On a connection of another thread."""

    def run() -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement)
        connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
