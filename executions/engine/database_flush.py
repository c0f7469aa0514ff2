"""One flush of the journal: everything that has gathered, in one transaction."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple, TypeAlias
from uuid import UUID

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from core import failpoints
from core.bulk import Row
from executions.engine.claiming import LEASE_S
from executions.engine.database_extras import write_ends, write_extras
from executions.engine.database_record import (
    Keys,
    Owner,
    end_columns,
    keys_of,
    pack_values,
    write_record,
)
from executions.engine.dialects import Dialect, dialect_of
from executions.engine.journal import Entry, RunHandle

Outcome: TypeAlias = tuple[list[Entry], set[RunHandle]]


class _Locked(NamedTuple):
    lease_token: int
    last_seq: int
    owner: Owner


def flush(entries: list[Entry]) -> Outcome:
    """Write the entries of runs that are still ours; answers those that are durable now
    and the runs that are lost."""
    dialect = dialect_of(connection.vendor)
    pack_values(entries)
    with transaction.atomic(), connection.cursor() as cursor:
        # A worker that was stopped within a COPY keeps its rows as long as its lease.
        dialect.limit_statements(cursor, LEASE_S)
        found = _lock(cursor, dialect, entries)
        lost = {
            entry.run
            for entry in entries
            if not _is_held(found, entry.run)
            or entry.run.refused  # an entry before it is missing
        }
        kept = [entry for entry in entries if entry.run not in lost]
        # An entry may be there already: a commit whose answer got lost on the way.
        # One without events has only heard signals that mean nothing any more.
        fresh = [
            entry
            for entry in kept
            if entry.last_seq > found[entry.run.execution_id].last_seq
            or not entry.events
        ]
        if fresh:
            owners = {id_: one.owner for id_, one in found.items()}
            _write(cursor, dialect, fresh, owners)
    return kept, lost


def _is_held(found: Mapping[UUID, _Locked], run: RunHandle) -> bool:
    row = found.get(run.execution_id)
    return row is not None and row.lease_token == run.lease_token


def _lock(
    cursor: CursorWrapper, dialect: Dialect, entries: Iterable[Entry]
) -> dict[UUID, _Locked]:
    """What is there of each execution that is written to. All are locked in one order,
    those that signals go to included, so that flushes never wait in a ring."""
    ids = {entry.run.execution_id for entry in entries}
    for entry in entries:
        ids.update(_signalled_by(entry))
    cursor.execute(
        "SELECT id, lease_token, last_seq, workspace_id, user_id, graph_id "  # noqa: S608
        "FROM executions_execution "
        f"WHERE {dialect.among} ORDER BY id {dialect.lock}",
        [dialect.ids(ids)],
    )
    return {
        _uuid(id_): _Locked(token, seq, Owner(*map(_uuid, owner)))
        for id_, token, seq, *owner in cursor.fetchall()
    }


def _signalled_by(entry: Entry) -> Iterable[UUID]:
    if entry.run.parent is not None and entry.extras and entry.extras.news:
        yield entry.run.parent.execution_id
    if entry.end is not None:
        yield from map(UUID, entry.end.children)


def _write(
    cursor: CursorWrapper,
    dialect: Dialect,
    fresh: list[Entry],
    owners: Mapping[UUID, Owner],
) -> None:
    keys = keys_of(owners)
    write_record(cursor, fresh, owners, keys)
    failpoints.hit("F7")
    dialect.update_executions(cursor, _execution_rows(fresh, keys))
    for entry in fresh:
        if entry.extras is not None:
            workspace_id = owners[entry.run.execution_id].workspace_id
            write_extras(cursor, dialect, entry, workspace_id)
    write_ends(cursor, dialect, [entry for entry in fresh if entry.end is not None])


def _uuid(value: object) -> UUID:
    return value if isinstance(value, UUID) else UUID(str(value))


def _execution_rows(entries: Iterable[Entry], keys: Keys) -> list[Row]:
    entries = list(entries)
    latest = {entry.run.execution_id: entry for entry in entries}
    progressed = {entry.run.execution_id for entry in entries if entry.progressed}
    return [
        (
            entry.last_seq,
            entry.node_executions,
            entry.cost,
            id_ in progressed,
            *end_columns(keys[id_], entry),
            id_,
        )
        for id_, entry in latest.items()
    ]
