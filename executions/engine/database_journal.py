"""The journal in the database: one thread, one transaction for all that has gathered.

There is no tick: what gathers while a flush is under way is the next flush.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Iterable
from queue import SimpleQueue
from typing import Any, Final
from uuid import UUID

import orjson
from django.db import InterfaceError, OperationalError, connection, transaction

from core import codec
from core.ids import new_id
from executions.engine.dialects import NODES, SEGMENTS, Row, dialect_of
from executions.engine.journal import Entry, LeaseLost, NodeRow, RunHandle

logger = logging.getLogger(__name__)

RETRY_S: Final = (0.05, 0.2, 0.5, 1.0)
CONNECTION_LOST: Final = (OperationalError, InterfaceError)

AfterCommit = Callable[[list[Entry]], None]


class DatabaseJournal:
    """Create it on the loop of its runs; `after_commit` is called there."""

    def __init__(self, after_commit: AfterCommit) -> None:
        self._loop = asyncio.get_running_loop()
        self._after_commit = after_commit
        self._queue: SimpleQueue[Entry | None] = SimpleQueue()
        self._appended: dict[RunHandle, int] = {}
        self._waiting: dict[RunHandle, list[tuple[int, asyncio.Future[None]]]] = {}
        self._thread = threading.Thread(target=self._write, name="journal", daemon=True)
        self._thread.start()

    def append(self, entry: Entry) -> None:
        self._appended[entry.run] = entry.last_seq
        self._queue.put(entry)

    async def durable(self, run: RunHandle) -> None:
        if run.lost:
            raise LeaseLost(str(run.execution_id))
        seq = self._appended.get(run, 0)
        if run.committed >= seq:
            return
        future = self._loop.create_future()
        self._waiting.setdefault(run, []).append((seq, future))
        await future

    def close(self) -> None:
        """Write what is left and stop; called off the loop."""
        self._queue.put(None)
        self._thread.join()

    def _write(self) -> None:
        try:
            while entries := self._gather():
                written, lost = _flush_patiently(entries)
                self._loop.call_soon_threadsafe(self._settle, written, lost)
                # Else the last values of a run would stay until another one writes.
                del entries, written
        finally:
            connection.close()

    def _gather(self) -> list[Entry]:
        first = self._queue.get()
        if first is None:
            return []
        entries = [first]
        while not self._queue.empty():
            entry = self._queue.get()
            if entry is None:
                self._queue.put(None)
                break
            entries.append(entry)
        return entries

    def _settle(self, written: list[Entry], lost: set[RunHandle]) -> None:
        for entry in written:
            entry.run.committed = max(entry.run.committed, entry.last_seq)
        for run in lost:
            run.lost = True
        for run in {entry.run for entry in written} | lost:
            if run.lost or run.committed >= self._appended.get(run, 0):
                self._appended.pop(run, None)
            self._wake(run)
        if written:
            self._after_commit(written)

    def _wake(self, run: RunHandle) -> None:
        still = []
        for seq, future in self._waiting.pop(run, ()):
            if future.done():
                continue
            if run.lost:
                future.set_exception(LeaseLost(str(run.execution_id)))
            elif seq <= run.committed:
                future.set_result(None)
            else:
                still.append((seq, future))
        if still:
            self._waiting[run] = still


Outcome = tuple[list[Entry], set[RunHandle]]


def _flush_patiently(entries: list[Entry]) -> Outcome:
    """Flush; wait out a database that is away; single out a run it refuses."""
    attempt = 0
    while True:
        try:
            return _flush(entries)
        except CONNECTION_LOST as error:
            pause = RETRY_S[min(attempt, len(RETRY_S) - 1)]
            logger.warning(
                "journal: the database is away (%s); again in %s s", error, pause
            )
            attempt += 1
            connection.close()
            time.sleep(pause)
        except Exception as error:
            return _flush_apart(entries, error)


def _flush_apart(entries: list[Entry], error: Exception) -> Outcome:
    """Halve the batch until only the run that is refused fails."""
    runs = list({entry.run: None for entry in entries})
    if len(runs) == 1:
        logger.error("journal: run %s refused", runs[0].execution_id, exc_info=error)
        runs[0].refused = f"{type(error).__name__}: {error}"
        return [], {runs[0]}
    first = set(runs[: len(runs) // 2])
    written: list[Entry] = []
    lost: set[RunHandle] = set()
    for half in (
        [entry for entry in entries if entry.run in first],
        [entry for entry in entries if entry.run not in first],
    ):
        more, gone = _flush_patiently(half)
        written += more
        lost |= gone
    return written, lost


def _flush(entries: list[Entry]) -> Outcome:
    dialect = dialect_of(connection.vendor)
    with transaction.atomic(), connection.cursor() as cursor:
        runs = {entry.run.execution_id: entry.run for entry in entries}
        cursor.execute(
            "SELECT id, lease_token, last_seq FROM executions_execution "  # noqa: S608
            f"WHERE {dialect.among} ORDER BY id {dialect.lock}",
            [dialect.ids(runs)],
        )
        found = {_uuid(id_): (token, seq) for id_, token, seq in cursor.fetchall()}
        lost = {
            entry.run
            for entry in entries
            if found.get(entry.run.execution_id, (None,))[0] != entry.run.lease_token
            or entry.run.refused  # an entry before it is missing
        }
        kept = [entry for entry in entries if entry.run not in lost]
        # An entry may be there already: a commit whose answer got lost on the way.
        fresh = [e for e in kept if e.last_seq > found[e.run.execution_id][1]]
        if fresh:
            dialect.insert(cursor, SEGMENTS, _segments(fresh))
            new, changed = _node_rows(fresh)
            if new:
                dialect.insert(cursor, NODES, new)
            if changed:
                cursor.executemany(_UPDATE_NODE, [_adapted(row) for row in changed])
            dialect.update_executions(cursor, _execution_rows(fresh))
    return kept, lost


_UPDATE_NODE: Final = """
    UPDATE executions_nodeexecution
    SET status = %s, attempt = %s, outputs = %s, error = %s, ended_at = %s
    WHERE id = %s
"""


def _adapted(row: Row) -> list[Any]:
    adapt = connection.ops.adapt_datetimefield_value
    *values, ended_at, id_ = row
    as_stored = id_ if connection.features.has_native_uuid_field else id_.hex
    return [*values, adapt(ended_at), as_stored]


def _uuid(value: object) -> UUID:
    return value if isinstance(value, UUID) else UUID(str(value))


def _segments(entries: Iterable[Entry]) -> list[Row]:
    """One row a run: the events of all its entries, in order."""
    events: dict[RunHandle, list[bytes]] = {}
    last: dict[RunHandle, int] = {}
    for entry in entries:
        events.setdefault(entry.run, []).extend(entry.events)
        last[entry.run] = entry.last_seq
    return [
        (
            new_id(),
            run.execution_id,
            last[run] - len(bodies) + 1,
            last[run],
            codec.encode(b"[" + b",".join(bodies) + b"]"),
        )
        for run, bodies in events.items()
    ]


def _node_rows(entries: Iterable[Entry]) -> tuple[list[Row], list[Row]]:
    """The rows to insert and to update; of several states of one row, the last."""
    latest: dict[UUID, tuple[UUID, NodeRow]] = {}
    new: set[UUID] = set()
    for entry in entries:
        for row in entry.rows:
            latest[row.id] = (entry.run.execution_id, row)
            if row.is_new:
                new.add(row.id)
    inserts = [_new_node(*latest[id_]) for id_ in latest if id_ in new]
    updates = [_changed_node(row) for id_, (_, row) in latest.items() if id_ not in new]
    return inserts, updates


def _new_node(execution_id: UUID, row: NodeRow) -> Row:
    return (
        row.id,
        execution_id,
        row.node_id,
        row.number,
        row.status.value,
        row.attempt,
        codec.encode(row.inputs),
        codec.encode(row.outputs),
        _error(row),
        row.started_at,
        row.ended_at,
    )


def _changed_node(row: NodeRow) -> Row:
    outputs = codec.encode(row.outputs)
    return row.status.value, row.attempt, outputs, _error(row), row.ended_at, row.id


def _error(row: NodeRow) -> bytes | None:
    return None if row.error is None else codec.encode(orjson.dumps(row.error))


def _execution_rows(entries: Iterable[Entry]) -> list[Row]:
    latest = {entry.run.execution_id: entry for entry in entries}
    return [
        (entry.last_seq, entry.node_executions, *_end_columns(entry), id_)
        for id_, entry in latest.items()
    ]


def _end_columns(entry: Entry) -> Row:
    end = entry.end
    if end is None:
        return None, None, None, None
    return (
        end.status.value,
        None if end.outputs is None else codec.encode(orjson.dumps(end.outputs)),
        codec.encode(orjson.dumps(end.errors)),
        end.ended_at,
    )
