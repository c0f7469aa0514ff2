"""One flush of the journal: everything that has gathered, in one transaction."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, TypeAlias
from uuid import UUID

import orjson
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from core import codec, failpoints
from core.ids import new_id
from executions.engine.database_extras import write_ends, write_extras
from executions.engine.dialects import (
    NODES,
    SEGMENTS,
    VALUES,
    Dialect,
    Row,
    dialect_of,
)
from executions.engine.journal import Entry, NewValue, NodeRow, RunHandle

Outcome: TypeAlias = tuple[list[Entry], set[RunHandle]]


def flush(entries: list[Entry]) -> Outcome:
    """Write the entries of runs that are still ours; answers those that are durable now
    and the runs that are lost."""
    dialect = dialect_of(connection.vendor)
    pack_values(entries)
    with transaction.atomic(), connection.cursor() as cursor:
        found = _lock(cursor, dialect, entries)
        lost = {
            entry.run
            for entry in entries
            if found.get(entry.run.execution_id, (None,))[0] != entry.run.lease_token
            or entry.run.refused  # an entry before it is missing
        }
        kept = [entry for entry in entries if entry.run not in lost]
        # An entry may be there already: a commit whose answer got lost on the way.
        # One without events has only heard signals that mean nothing any more.
        fresh = [
            entry
            for entry in kept
            if entry.last_seq > found[entry.run.execution_id][1] or not entry.events
        ]
        if fresh:
            _write(cursor, dialect, fresh)
    return kept, lost


def _lock(
    cursor: CursorWrapper, dialect: Dialect, entries: Iterable[Entry]
) -> dict[UUID, tuple[int, int]]:
    """Token and last number of each execution that is written to. All are locked in one
    order, those that signals go to included, so that flushes never wait in a ring."""
    ids = {entry.run.execution_id for entry in entries}
    for entry in entries:
        ids.update(_signalled_by(entry))
    cursor.execute(
        "SELECT id, lease_token, last_seq FROM executions_execution "  # noqa: S608
        f"WHERE {dialect.among} ORDER BY id {dialect.lock}",
        [dialect.ids(ids)],
    )
    return {_uuid(id_): (token, seq) for id_, token, seq in cursor.fetchall()}


def _signalled_by(entry: Entry) -> Iterable[UUID]:
    if entry.run.parent is not None and entry.extras and entry.extras.news:
        yield entry.run.parent.execution_id
    if entry.end is not None:
        yield from map(UUID, entry.end.children)


def write_record(
    cursor: CursorWrapper, dialect: Dialect, entries: Sequence[Entry]
) -> None:
    """The events, node executions and large values of these entries."""
    values = _values(entries)
    if values:
        dialect.insert(cursor, VALUES, values)
    segments = _segments(entries)
    if segments:
        dialect.insert(cursor, SEGMENTS, segments)
    new, changed = _node_rows(entries)
    if new:
        dialect.insert(cursor, NODES, new)
    if changed:
        cursor.executemany(_UPDATE_NODE, [_adapted(row) for row in changed])


def pack_values(entries: Iterable[Entry]) -> None:
    """To be called before the transaction: it takes a while, and the database gives up
    on whoever sits idle in one."""
    for _, value in _new_values(entries):
        value.stored  # noqa: B018 - made and kept


def _new_values(entries: Iterable[Entry]) -> Iterator[tuple[UUID, NewValue]]:
    for entry in entries:
        if entry.extras is not None:
            for value in entry.extras.values:
                yield entry.run.execution_id, value


def _values(entries: Iterable[Entry]) -> list[Row]:
    return [
        (value.id, execution_id, len(value.raw), value.stored)
        for execution_id, value in _new_values(entries)
    ]


def _write(cursor: CursorWrapper, dialect: Dialect, fresh: list[Entry]) -> None:
    write_record(cursor, dialect, fresh)
    failpoints.hit("F7")
    dialect.update_executions(cursor, _execution_rows(fresh))
    for entry in fresh:
        if entry.extras is not None:
            write_extras(cursor, dialect, entry)
    write_ends(cursor, dialect, [entry for entry in fresh if entry.end is not None])


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
        if not entry.events:
            continue
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
        row.reused_from,
        row.started_at,
        row.ended_at,
    )


def _changed_node(row: NodeRow) -> Row:
    outputs = codec.encode(row.outputs)
    return row.status.value, row.attempt, outputs, _error(row), row.ended_at, row.id


def _error(row: NodeRow) -> bytes | None:
    return None if row.error is None else codec.encode(orjson.dumps(row.error))


def _execution_rows(entries: Iterable[Entry]) -> list[Row]:
    entries = list(entries)
    latest = {entry.run.execution_id: entry for entry in entries}
    progressed = {entry.run.execution_id for entry in entries if entry.progressed}
    return [
        (
            entry.last_seq,
            entry.node_executions,
            entry.cost,
            id_ in progressed,
            *end_columns(entry),
            id_,
        )
        for id_, entry in latest.items()
    ]


def end_columns(entry: Entry) -> Row:
    end = entry.end
    if end is None:
        return None, None, None, None
    return (
        end.status.value,
        None if end.record is None else codec.encode(end.record),
        codec.encode(orjson.dumps(end.errors)),
        end.ended_at,
    )
