"""The rows of a record: events, node executions and large values, each value sealed."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple, TypeAlias
from uuid import UUID

import orjson
from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from accounts.audit.origin import Origin
from accounts.audit.records import DRAFTS, Deed, canonical
from core import codec
from core.bulk import Part, Row, insert_rows
from core.crypto import DataKey
from core.ids import new_id
from core.sealing import seal
from core.stored import sealing_key
from executions.engine.dialects import (
    NODES,
    SEGMENTS,
    VALUES,
)
from executions.engine.journal import Entry, NewValue, NodeRow, RunHandle

SEGMENT_BODY: Final = "executions.executioneventsegment|body"
VALUE_BODY: Final = "executions.storedvalue|body"
NODE_INPUTS: Final = "executions.nodeexecution|inputs"
NODE_OUTPUTS: Final = "executions.nodeexecution|outputs"
NODE_ERROR: Final = "executions.nodeexecution|error"
INPUTS: Final = "executions.execution|inputs"
OUTPUTS: Final = "executions.execution|outputs"
ERRORS: Final = "executions.execution|errors"
"""Columns, as `core.sealing` names them."""


class Owner(NamedTuple):
    """Whose run it is."""

    workspace_id: UUID
    user_id: UUID
    graph_id: UUID


Keys: TypeAlias = Mapping[UUID, DataKey]
"""The key that seals what belongs to each execution."""


def keys_of(owners: Mapping[UUID, Owner]) -> Keys:
    return {id_: sealing_key(owner.workspace_id) for id_, owner in owners.items()}


def write_record(
    cursor: CursorWrapper,
    entries: Sequence[Entry],
    owners: Mapping[UUID, Owner],
    keys: Keys,
    *first: Part,
) -> None:
    """The events, node executions and large values of these entries, after the rows
    that they refer to, if these are new too."""
    new, changed = _node_rows(entries, keys)
    insert_rows(
        cursor,
        *first,
        (VALUES, _values(entries, keys)),
        (SEGMENTS, _segments(entries, keys)),
        (DRAFTS, _drafts(entries, owners)),
        (NODES, new),
    )
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


def _values(entries: Iterable[Entry], keys: Keys) -> list[Row]:
    return [
        (
            value.id,
            execution_id,
            len(value.raw),
            seal(keys[execution_id], VALUE_BODY, value.id, value.stored),
        )
        for execution_id, value in _new_values(entries)
    ]


def _drafts(entries: Iterable[Entry], owners: Mapping[UUID, Owner]) -> list[Row]:
    """Of each run that began with these entries, the note for the audit log."""
    begun = [e.run.execution_id for e in entries if e.events and _is_first(e)]
    at = timezone.now()
    return [(start_noted(id_, owners[id_], at),) for id_ in begun]


def _is_first(entry: Entry) -> bool:
    return entry.last_seq == len(entry.events)


def start_noted(execution_id: UUID, owner: Owner, at: datetime) -> bytes:
    """The deed for the audit log, as `canonical` would write it, in a tenth of the
    time: there is one for each run."""
    head, tail = _start_around(owner, at)
    return b"%b%b%b" % (head, str(execution_id).encode(), tail)


@lru_cache(maxsize=1_000)
def _start_around(owner: Owner, at: datetime) -> tuple[bytes, bytes]:
    deed = Deed(
        action="execution.started",
        user_id=owner.user_id,
        workspace_id=owner.workspace_id,
        subject=f"execution:{_PLACE}",
        detail={"graph": str(owner.graph_id)},
        at=at,
        origin=Origin(),
    )
    head, _, tail = canonical(deed).partition(_PLACE.encode())
    return head, tail


_PLACE: Final = "<execution>"


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


def _segments(entries: Iterable[Entry], keys: Keys) -> list[Row]:
    """One row a run: the events of all its entries, in order."""
    events: dict[RunHandle, list[bytes]] = {}
    last: dict[RunHandle, int] = {}
    for entry in entries:
        if not entry.events:
            continue
        events.setdefault(entry.run, []).extend(entry.events)
        last[entry.run] = entry.last_seq
    return [
        _segment(keys[run.execution_id], run, last[run], bodies)
        for run, bodies in events.items()
    ]


def _segment(key: DataKey, run: RunHandle, last: int, bodies: list[bytes]) -> Row:
    id_, encoded = new_id(), codec.encode(b"[" + b",".join(bodies) + b"]")
    body = seal(key, SEGMENT_BODY, id_, encoded)
    return id_, run.execution_id, last - len(bodies) + 1, last, body


def _node_rows(entries: Iterable[Entry], keys: Keys) -> tuple[list[Row], list[Row]]:
    """The rows to insert and to update; of several states of one row, the last."""
    latest: dict[UUID, tuple[UUID, NodeRow]] = {}
    new: set[UUID] = set()
    for entry in entries:
        for row in entry.rows:
            latest[row.id] = (entry.run.execution_id, row)
            if row.is_new:
                new.add(row.id)
    inserts, updates = [], []
    for id_, (execution_id, row) in latest.items():
        if id_ in new:
            inserts.append(_new_node(keys[execution_id], execution_id, row))
        else:
            updates.append(_changed_node(keys[execution_id], row))
    return inserts, updates


def _new_node(key: DataKey, execution_id: UUID, row: NodeRow) -> Row:
    return (
        row.id,
        execution_id,
        row.node_id,
        row.number,
        row.status.value,
        row.attempt,
        seal(key, NODE_INPUTS, row.id, codec.encode(row.inputs)),
        seal(key, NODE_OUTPUTS, row.id, codec.encode(row.outputs)),
        _error(key, row),
        row.reused_from,
        row.started_at,
        row.ended_at,
    )


def _changed_node(key: DataKey, row: NodeRow) -> Row:
    outputs = seal(key, NODE_OUTPUTS, row.id, codec.encode(row.outputs))
    error = _error(key, row)
    return row.status.value, row.attempt, outputs, error, row.ended_at, row.id


def _error(key: DataKey, row: NodeRow) -> bytes | None:
    if row.error is None:
        return None
    return seal(key, NODE_ERROR, row.id, codec.encode(orjson.dumps(row.error)))


def end_columns(key: DataKey, entry: Entry) -> Row:
    end, id_ = entry.end, entry.run.execution_id
    if end is None:
        return None, None, None, None
    outputs = None if end.record is None else codec.encode(end.record)
    return (
        end.status.value,
        None if outputs is None else seal(key, OUTPUTS, id_, outputs),
        seal(key, ERRORS, id_, codec.encode(orjson.dumps(end.errors))),
        end.ended_at,
    )
