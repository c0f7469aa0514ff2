"""Reads of triggers, each for somebody: what is not his, or of an agent that was
deleted, is not there."""

from datetime import datetime
from typing import TypeVar
from uuid import UUID

from django.db.models import QuerySet
from django.db.models.functions import Now
from django.http import Http404

from accounts.models import User, Workspace
from executions.models import Hook, Schedule
from executions.models.triggers import Trigger
from graphs.domain.document import from_document
from graphs.domain.model import Graph as Agent
from graphs.freezing import frozen_id
from graphs.models import Graph
from graphs.selectors import load_version

T = TypeVar("T", bound=Trigger)


def schedule_list(user: User, graph: UUID | None = None) -> QuerySet[Schedule]:
    return _list(Schedule.objects.all(), user, graph)


def schedule_get(user: User, id: UUID) -> Schedule:
    """
    Raises:
        Http404: there is none, or it is not theirs.
    """
    return _get(schedule_list(user), id)


def hook_list(user: User, graph: UUID | None = None) -> QuerySet[Hook]:
    return _list(Hook.objects.all(), user, graph)


def hook_get(user: User, id: UUID) -> Hook:
    """
    Raises:
        Http404: there is none, or it is not theirs.
    """
    return _get(hook_list(user), id)


def _list(triggers: QuerySet[T], user: User, graph: UUID | None) -> QuerySet[T]:
    """Newest first, with their agents."""
    found = (
        triggers.filter(workspace__members=user, graph__deleted_at__isnull=True)
        .select_related("graph")
        .defer("graph__draft")
        .order_by("-id")
    )
    return found if graph is None else found.filter(graph=graph)


def _get(triggers: QuerySet[T], id: UUID) -> T:
    found = triggers.filter(id=id).first()
    if found is None:
        raise Http404
    return found


def database_now(workspace_id: UUID) -> datetime:
    """What the clock of the database says, which is the one that schedules follow."""
    row = Workspace.objects.annotate(now=Now()).values_list("now", flat=True)
    now: datetime = row.get(id=workspace_id)
    return now


def agent_of(graph: Graph) -> Agent:
    """What a trigger would start now: the published version, else the draft."""
    frozen = frozen_id(graph)
    return from_document(graph.draft) if frozen is None else load_version(frozen)
