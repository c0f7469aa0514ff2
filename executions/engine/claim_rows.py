"""What a claim reads of the executions it took. No models: thousands are read."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

from django.db.models import Exists, OuterRef

from blocks.values import JsonValue
from executions.domain.events import Event
from executions.domain.snapshot import places
from executions.domain.status import NodeStatus
from executions.domain.wire import from_json
from executions.engine.large_values import Large, reader
from executions.engine.projection import Key
from executions.models import (
    Execution,
    ExecutionEventSegment,
    ExecutionSnapshot,
    NodeExecution,
    Signal,
)
from graphs.domain.model import NodeId

Document: TypeAlias = dict[str, Any]
"""An event as stored."""


class ClaimRow(NamedTuple):
    """The columns; `snapshot_seq` is null unless it was parked."""

    id: UUID
    workspace_id: UUID
    graph_id: UUID
    version_id: UUID
    user_id: UUID
    timezone: str
    depth: int
    inputs: Mapping[str, JsonValue]
    options: dict[str, Any] | None
    last_seq: int
    started_at: datetime | None
    parent_id: UUID | None
    parent_node_id: str
    parent_number: int
    snapshot_seq: int | None
    snapshot: Any
    is_signalled: bool


def rows_of(ids: Sequence[UUID]) -> dict[UUID, ClaimRow]:
    signals = Signal.objects.filter(execution=OuterRef("pk"))
    rows = Execution.objects.filter(id__in=ids).values_list(
        *("id", "workspace_id", "graph_id", "version_id", "user_id"),
        *("user__timezone", "depth", "inputs", "options", "last_seq", "started_at"),
        *("parent_id", "parent_node_id", "parent_number"),
        *("snapshot__seq", "snapshot__body", Exists(signals)),
    )
    made = (ClaimRow(*row) for row in rows)
    return {row.id: row for row in made}


def past_documents(begun: Sequence[ClaimRow]) -> dict[UUID, list[Document]]:
    """What happened since the snapshot of each, or since its beginning."""
    found: dict[UUID, list[Document]] = defaultdict(list)
    if not begun:
        return found
    since = {row.id: row.snapshot_seq for row in begun if row.snapshot_seq is not None}
    segments = ExecutionEventSegment.objects.filter(
        execution_id__in=[row.id for row in begun]
    ).order_by("execution_id", "first_seq")
    if since:
        later = ExecutionSnapshot.objects.filter(
            execution_id=OuterRef("execution_id"), seq__gte=OuterRef("last_seq")
        )
        segments = segments.filter(~Exists(later))
    rows: Any = segments.values_list("execution_id", "body")
    for execution_id, documents in rows:
        after = since.get(execution_id, 0)
        found[execution_id] += [d for d in documents if d["seq"] > after]
    return found


def places_in(row: ClaimRow, past: Sequence[Document]) -> Iterator[JsonValue]:
    """Whatever stands for a value in what was read. The inputs of a sub-agent come from
    a record, those of other runs from outside."""
    yield from (document["value"] for document in past if "value" in document)
    if row.snapshot is not None:
        yield from places(row.snapshot)
    if row.parent_id is not None:
        yield from row.inputs.values()


def inputs_of(row: ClaimRow, values: Mapping[str, Large]) -> Mapping[str, JsonValue]:
    """
    Raises:
        KeyError: they refer to what is not among `values`.
    """
    if row.parent_id is None:
        return row.inputs
    read = reader(values)
    return {name: read(place) for name, place in row.inputs.items()}


def events_in(past: Sequence[Document], values: Mapping[str, Large]) -> list[Event]:
    """
    Raises:
        KeyError: they refer to what is not among `values`.
    """
    read = reader(values)
    events = []
    for document in past:
        if "value" in document:
            document["value"] = read(document["value"])
        events.append(from_json(document))
    return [event for event in events if event is not None]


def unfinished_rows(ids: Sequence[UUID]) -> dict[UUID, dict[Key, UUID]]:
    found: dict[UUID, dict[Key, UUID]] = defaultdict(dict)
    if not ids:
        return found
    rows = NodeExecution.objects.filter(
        execution_id__in=ids, status__in=(NodeStatus.RUNNING, NodeStatus.WAITING)
    )
    for id_, execution_id, node_id, number in rows.values_list(
        "id", "execution_id", "node_id", "number"
    ):
        found[execution_id][NodeId(node_id), number] = id_
    return found
