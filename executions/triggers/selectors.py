"""Reads of triggers, each for somebody: what is not his, or of an agent that was
deleted, is not there."""

from datetime import datetime
from typing import TypeVar
from uuid import UUID

from django.db.models import QuerySet
from django.db.models.functions import Now

from accounts.models import User, Workspace
from accounts.rights.standing import get_for, in_workspaces
from executions.models import Hook, Schedule
from executions.models.triggers import Trigger
from graphs.domain.document import from_document
from graphs.domain.model import Graph as Agent
from graphs.freezing import frozen_id
from graphs.models import Graph
from graphs.selectors import load_version

T = TypeVar("T", bound=Trigger)


def schedule_list(user: User, graph: UUID | None = None) -> QuerySet[Schedule]:
    return _list(in_workspaces(user, "schedule:read", _schedules()), graph)


def schedule_get(user: User, id: UUID, right: str = "schedule:read") -> Schedule:
    """
    Raises:
        Http404: there is none, or the user cannot read it.
        PermissionDenied: the user can read it and may not do this.
    """
    return get_for(user, right, _schedules(), id)


def _schedules() -> QuerySet[Schedule]:
    return _living(Schedule.objects.all())


def hook_list(user: User, graph: UUID | None = None) -> QuerySet[Hook]:
    return _list(in_workspaces(user, "hook:read", _hooks()), graph)


def hook_get(user: User, id: UUID, right: str = "hook:read") -> Hook:
    """
    Raises:
        Http404: there is none, or the user cannot read it.
        PermissionDenied: the user can read it and may not do this.
    """
    return get_for(user, right, _hooks(), id)


def _hooks() -> QuerySet[Hook]:
    return _living(Hook.objects.all())


def _living(triggers: QuerySet[T]) -> QuerySet[T]:
    """With their agents, which are still there."""
    return (
        triggers.filter(graph__deleted_at__isnull=True)
        .select_related("graph")
        .defer("graph__draft")
    )


def _list(triggers: QuerySet[T], graph: UUID | None) -> QuerySet[T]:
    found = triggers.order_by("-id")
    return found if graph is None else found.filter(graph=graph)


def database_now(workspace_id: UUID) -> datetime:
    """What the clock of the database says, which is the one that schedules follow."""
    row = Workspace.objects.annotate(now=Now()).values_list("now", flat=True)
    now: datetime = row.get(id=workspace_id)
    return now


def agent_of(graph: Graph) -> Agent:
    """What a trigger would start now: the published version, else the draft."""
    frozen = frozen_id(graph)
    return from_document(graph.draft) if frozen is None else load_version(frozen)
