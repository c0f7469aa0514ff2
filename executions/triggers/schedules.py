"""Writes to schedules. `firing.fire_due` starts what is due."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.http import Http404

from accounts.models import User
from blocks.values import JsonValue
from core.http import Problem
from executions.models import Schedule
from executions.services import check_takes, version_to_run
from executions.triggers.cron import CronError, Timetable
from executions.triggers.firing import fire_due
from executions.triggers.selectors import database_now
from graphs.models import Graph

__all__ = ["fire_due", "schedule_create", "schedule_delete", "schedule_update"]

_SAYS_WHEN: Final = frozenset(("cron", "timezone", "is_active"))


def schedule_create(
    *,
    user: User,
    graph: Graph,
    cron: str,
    inputs: Mapping[str, JsonValue],
    timezone: str = "UTC",
    misfire: str = Schedule.Misfire.ONCE,
    name: str = "",
    is_active: bool = True,
) -> Schedule:
    """
    Raises:
        Problem: 400 for a wrong time or inputs the agent does not take, 422 if the
            agent cannot run.
    """
    table = timetable(cron, timezone)
    _check_start(user, graph, inputs)
    return Schedule.objects.create(
        workspace_id=graph.workspace_id,
        graph=graph,
        user=user,
        name=name,
        cron=table.cron,
        timezone=timezone,
        misfire=misfire,
        inputs=dict(inputs),
        is_active=is_active,
        next_at=_next_at(graph.workspace_id, table, is_active),
    )


def schedule_update(*, user: User, schedule: Schedule, **changes: Any) -> Schedule:
    """Change what is given. A new time, or going on after a pause, counts from now:
    what was missed before is not made up for.

    Raises:
        Problem: as for `schedule_create`.
    """
    if "inputs" in changes:
        _check_start(user, schedule.graph, changes["inputs"])
    with transaction.atomic():
        row = _locked(schedule)
        before = {name: getattr(row, name) for name in _SAYS_WHEN}
        for name, value in changes.items():
            setattr(row, name, value)
        if any(getattr(row, name) != old for name, old in before.items()):
            _plan(row)
        row.save()
    return row


def _locked(schedule: Schedule) -> Schedule:
    """
    Raises:
        Http404: it was deleted meanwhile.
    """
    row = Schedule.objects.select_for_update().filter(pk=schedule.pk).first()
    if row is None:
        raise Http404
    row.graph = schedule.graph
    return row


def _plan(row: Schedule) -> None:
    table = timetable(row.cron, row.timezone)
    row.cron = table.cron
    row.next_at = _next_at(row.workspace_id, table, row.is_active)
    row.fault = ""


def schedule_delete(*, schedule: Schedule) -> None:
    schedule.delete()


def timetable(cron: str, timezone: str) -> Timetable:
    """
    Raises:
        Problem: 400, it names no time.
    """
    try:
        return Timetable.parse(cron, timezone)
    except CronError as error:
        raise Problem(
            400,
            "Invalid schedule",
            str(error),
            [{"field": error.field, "message": str(error), "code": "invalid"}],
            code="invalid-schedule",
        ) from None


def _next_at(workspace_id: UUID, table: Timetable, is_active: bool) -> datetime | None:
    return table.after(database_now(workspace_id)) if is_active else None


def _check_start(user: User, graph: Graph, inputs: Mapping[str, JsonValue]) -> None:
    """What a start would refuse now is refused now, not first at night."""
    check_takes(version_to_run(user, graph, None), inputs)
