"""Starts what schedules say is due. Any number of processes may do so at once: the row
is locked, and a due time is unique among those of its schedule."""

import logging
import time
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, InterfaceError, OperationalError, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Now

from accounts.models import WorkspaceMember
from core import failpoints
from core.http import Problem
from executions.models import Execution, Hook, Schedule, ScheduleTick
from executions.services import execution_start
from executions.triggers.cron import CronError, Misfire, Step, Timetable, step

logger = logging.getLogger(__name__)

SCHEDULES_A_SWEEP: Final = 500
STARTS_OF_ONE: Final = 100
"""In one sweep, of a schedule that makes up for all it missed; the rest comes next."""
SWEEP_S: Final = 1.0


def fire_due(within_s: float = SWEEP_S) -> int:
    """How many executions it started. What is left over is due at the next call.

    They take turns: whoever has much to make up for holds up none that is in time. Not
    to be called in a transaction, for each start is committed by itself.
    """
    deadline = time.monotonic() + within_s
    ids = _due().order_by("next_at").values_list("id", flat=True)
    left = list(ids[:SCHEDULES_A_SWEEP])
    started = 0
    for _ in range(STARTS_OF_ONE):
        fired = [(id_, _fire(id_)) for id_ in left if time.monotonic() < deadline]
        started += sum(bool(was_started) for _, was_started in fired)
        left = [id_ for id_, was_started in fired if was_started is not None]
        if not left:
            break
    return started


def remove_orphans() -> int:
    """Delete the triggers of deleted agents; how many there were."""
    of_deleted = {"graph__deleted_at__isnull": False}
    schedules, _ = Schedule.objects.filter(**of_deleted).delete()
    hooks, _ = Hook.objects.filter(**of_deleted).delete()
    return schedules + hooks


def _due() -> QuerySet[Schedule]:
    return Schedule.objects.filter(is_active=True, next_at__lte=Now())


def _fire(schedule_id: UUID) -> bool | None:
    """As `_fire_next`; None for one that cannot be fired: it is in nobody's way."""
    try:
        return _fire_next(schedule_id)
    except (OperationalError, InterfaceError):
        raise  # the database is away: for all of them
    except Exception:
        logger.exception("schedule %s could not be fired", schedule_id)
        return None


@transaction.atomic(durable=True)
def _fire_next(schedule_id: UUID) -> bool | None:
    """Whether an execution was started, None if the schedule is not due, or no longer,
    or another process is at it."""
    row = _locked(schedule_id)
    if row is None:
        return None
    if row.graph.deleted_at is not None:
        row.delete()
        return None
    failpoints.hit("F11")
    next_at: datetime = row.next_at
    row.last_at, row.fault = next_at, _why_not(row)
    try:
        todo = step(_table(row), next_at, row.now, Misfire(row.misfire))
    except CronError as error:  # the time zone is gone, say
        todo, row.fault = Step(due=None, then=None), str(error)
    started = not row.fault and _follow(row, todo)
    row.next_at = todo.then
    row.save(update_fields=["next_at", "last_at", "fault"])
    return started


def _locked(schedule_id: UUID) -> Any:
    """The row as it is now, with the database's `now`, kept from others."""
    is_member = WorkspaceMember.objects.filter(
        workspace=OuterRef("workspace"), user=OuterRef("user")
    )
    return (
        _due()
        .filter(id=schedule_id)
        .select_related("graph", "user")
        .defer("graph__draft")
        .annotate(now=Now(), is_by_member=Exists(is_member))
        .select_for_update(skip_locked=True, of=("self",))
        .first()
    )


def _why_not(row: Any) -> str:
    if not row.graph.is_active:
        return "Not started: the agent is inactive."
    if not (row.user.is_active and row.is_by_member):
        return "Not started: who made the schedule may no longer run the agent."
    return ""


def _table(row: Schedule) -> Timetable:
    return Timetable.parse(row.cron, row.timezone)


def _follow(row: Schedule, todo: Step) -> bool:
    if todo.due is None:
        row.fault = f"Not started: nobody could at {row.last_at:%Y-%m-%d %H:%M} UTC."
        return False
    row.last_at = todo.due
    try:
        return _start(row, todo.due)
    except Problem as problem:
        row.fault = _said(problem)
        return False


def _start(row: Schedule, due: datetime) -> bool:
    """False if this due time has had its execution.

    Raises:
        Problem: it was refused.
    """
    try:
        with transaction.atomic():
            execution = execution_start(
                user=row.user,
                graph=row.graph,
                inputs=row.inputs,
                trigger=Execution.Trigger.SCHEDULE,
            )
            ScheduleTick.objects.create(schedule=row, due_at=due, execution=execution)
    except IntegrityError:
        return False
    return True


def _said(problem: Problem) -> str:
    faults = "; ".join(error["message"] for error in problem.errors[:5])
    return f"Not started: {problem.detail} {faults}".strip()
