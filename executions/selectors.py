"""Reads of executions, each for somebody: what is not his is not there."""

from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import Http404

from accounts.models import User
from accounts.rights.context import AuthContext, auth_of
from accounts.rights.standing import (
    check_standing,
    has_standing,
    with_level,
    with_seat,
    workspaces_where,
)
from accounts.rights.table import LEVELS, Standing
from accounts.rights.watchers import user_now
from blocks.values import JsonObject
from executions.domain.status import ExecutionStatus
from executions.domain.view import View, fold_view, new_view
from executions.models import (
    Execution,
    ExecutionEventSegment,
    ExecutionShare,
    Hook,
    NodeExecution,
    Schedule,
)
from executions.newest import Newest, newest
from graphs.models import GraphShare

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
    shared: bool = False,
) -> Newest:
    """Newest first, with their graphs, without what they took in and gave out: those of
    the user's workspaces, or, of other workspaces, those `shared` with the user."""
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
    if shared:
        return Newest([_shared_with(user, rows, graph)])
    return newest(rows, workspaces_where(user, "execution:read"), graph)


def _shared_with(
    user: User, rows: QuerySet[Execution], graph: UUID | None
) -> QuerySet[Execution]:
    """They are few, so they are looked up by the shares."""
    shares = ExecutionShare.objects.filter(user=user)
    found = rows.filter(id__in=shares.values("execution_id")).alias(
        level=with_level(ExecutionShare, "execution", user.pk)
    )
    if graph is not None:
        found = found.filter(graph=graph)
    return found.filter(level__isnull=False).order_by("-id")


def _in_state(status: str | None) -> Q:
    if status is None:
        return Q()
    if status != ExecutionStatus.QUEUED:
        return Q(status=status)
    # Two indexes hold these between them; said so, the database finds both.
    is_due, is_held_back = Q(due_at__isnull=False), Q(due_at__isnull=True)
    return (Q(status=status) & is_due) | (Q(status=status) & is_held_back)


def execution_get(user: User, id: UUID, right: str = "execution:read") -> Execution:
    """The execution, for doing to it what the right names.

    Raises:
        Http404: there is none, or the user cannot read it.
        PermissionDenied: the user can read it and may not do this.
    """
    found = (
        _with_standing(Execution.objects.filter(id=id), user.pk)
        .select_related("graph", "version")
        .defer("version__body", "graph__draft")
        .first()
    )
    if found is None:
        raise Http404
    check_standing(user, right, _standing(found, user.pk), found)
    return found


def may_share(user: User, found: Execution) -> bool:
    """Of what `execution_get` found."""
    return has_standing(user, "share:create", _standing(found, user.pk), found)


def check_may_read(user: User, id: UUID) -> None:
    """
    Raises:
        Http404: there is none, or the user cannot read it.
    """
    found = _for_judging(user.pk, id)
    if found is None:
        raise Http404
    check_standing(user, "execution:read", _standing(found, user.pk), found)


def may_watch(watcher: AuthContext, execution_id: UUID) -> bool:
    """Whether he may by now: who was let in may have lost the right since."""
    user = user_now(watcher)
    if user is None:
        return False
    found = _for_judging(user.pk, execution_id)
    if found is None or not auth_of(user).reaches(found.workspace_id):
        return False
    return auth_of(user).may("execution:read", _standing(found, user.pk))


def _for_judging(user_id: UUID, id: UUID) -> Execution | None:
    rows = Execution.objects.filter(id=id).only("id", "workspace_id", "user_id")
    return _with_standing(rows, user_id).first()


def _with_standing(rows: QuerySet[Execution], user_id: UUID) -> QuerySet[Execution]:
    return rows.annotate(
        seat=with_seat(user_id),
        level=with_level(ExecutionShare, "execution", user_id),
        graph_level=with_level(GraphShare, "graph", user_id, of="graph_id"),
    )


def _standing(found: Any, user_id: UUID) -> Standing:
    """Who starts what others share with him sees and steers those runs, as long as it
    is shared; the runs of others he does not see."""
    if found.user_id == user_id and "execution:create" in LEVELS.get(
        found.graph_level or "", ()
    ):
        return Standing(found.seat, found.graph_level)
    return Standing(found.seat, found.level)


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


def trigger_of(execution: Execution) -> Schedule | Hook | None:
    """The schedule or the hook that started it, if one did and is still there."""
    match execution.trigger:
        case Execution.Trigger.SCHEDULE:
            return Schedule.objects.filter(ticks__execution=execution).first()
        case Execution.Trigger.HOOK:
            return Hook.objects.filter(deliveries__execution=execution).first()
    return None
