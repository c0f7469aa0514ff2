"""Reads of executions, each for somebody: what is not his is not there."""

from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import Http404

from accounts.models import User
from accounts.selectors import workspaces_of
from blocks.values import JsonObject
from executions.domain.status import ExecutionStatus
from executions.domain.view import View, fold_view, new_view
from executions.models import Execution, ExecutionEventSegment, NodeExecution
from executions.newest import Newest, newest

EVENTS_AT_MOST = 1_000


ROW_COLUMNS: Final = (
    "id", "graph_id", "graph__name", "version__number", "status", "priority",
    "node_executions", "created_at", "started_at", "ended_at",
)  # fmt: skip
"""What a row of the list shows."""


def execution_list(
    user: User,
    graph: UUID | None = None,
    status: ExecutionStatus | str | None = None,
    trigger: str | None = None,
    parent: UUID | None = None,
) -> Newest:
    """Newest first, with their graphs, without what they took in and gave out."""
    wanted = {"trigger": trigger, "parent": parent}
    rows = (
        Execution.objects.filter(
            _in_state(status),
            **{name: value for name, value in wanted.items() if value is not None},
        )
        .select_related("graph", "version")
        .defer(
            "inputs", "outputs", "errors", "options", "version__body", "graph__draft"
        )
    )
    mine = list(workspaces_of(user).values_list("id", flat=True))
    return newest(rows, mine, graph)


def _in_state(status: str | None) -> Q:
    if status is None:
        return Q()
    if status != ExecutionStatus.QUEUED:
        return Q(status=status)
    # Two indexes hold these between them; said so, the database finds both.
    is_due, is_held_back = Q(due_at__isnull=False), Q(due_at__isnull=True)
    return (Q(status=status) & is_due) | (Q(status=status) & is_held_back)


def execution_get(user: User, id: UUID) -> Execution:
    """
    Raises:
        Http404: there is none, or it is not theirs.
    """
    found = (
        Execution.objects.filter(workspace__members=user, id=id)
        .select_related("graph", "version")
        .defer("version__body", "graph__draft")
        .first()
    )
    if found is None:
        raise Http404
    return found


def check_may_read(user: User, id: UUID) -> None:
    """
    Raises:
        Http404: there is none, or it is not theirs.
    """
    if not Execution.objects.filter(workspace__members=user, id=id).exists():
        raise Http404


def may_watch(user_id: UUID, execution_id: UUID) -> bool:
    return Execution.objects.filter(
        id=execution_id,
        workspace__members=user_id,
        workspace__members__is_active=True,
    ).exists()


def node_execution_list(execution: Execution) -> QuerySet[NodeExecution]:
    return NodeExecution.objects.filter(execution=execution).order_by("-id")


def events_after(
    execution_id: UUID, after: int, limit: int = EVENTS_AT_MOST
) -> list[JsonObject]:
    """Up to `limit` events numbered above `after`, in order."""
    events: list[JsonObject] = []
    for event in _events(execution_id, after):
        events.append(event)
        if len(events) == limit:
            break
    return events


def view_of(execution_id: UUID) -> View:
    """The live view as of the last stored event."""
    view = new_view()
    for event in _events(execution_id, 0):
        fold_view(view, event)
    return view


def has_ended(execution_id: UUID) -> bool:
    status = Execution.objects.values_list("status", flat=True).get(id=execution_id)
    return ExecutionStatus(status).is_final


def last_seq(execution_id: UUID) -> int:
    """The number of its last event, 0 before the first."""
    return Execution.objects.values_list("last_seq", flat=True).get(id=execution_id)


def ends_at(execution_id: UUID, seq: int) -> bool:
    """The execution has ended, and `seq` is the number of its last event or above."""
    row = Execution.objects.values_list("status", "last_seq").get(id=execution_id)
    return ExecutionStatus(row[0]).is_final and row[1] <= seq


def _events(execution_id: UUID, after: int) -> Iterator[JsonObject]:
    segments = (
        ExecutionEventSegment.objects.filter(
            execution_id=execution_id, last_seq__gt=after
        )
        .order_by("first_seq")
        .values_list("first_seq", "body")
    )
    rows: Any = segments.iterator(chunk_size=20)
    for first_seq, events in rows:
        yield from events[max(0, after + 1 - first_seq) :]
