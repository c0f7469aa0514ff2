"""Why an execution waits, and its place among those that wait with it."""

from datetime import datetime
from typing import Any, Final, TypedDict

from django.conf import settings
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from executions.domain.status import ExecutionStatus
from executions.engine.liveness import living_workers
from executions.models import ConcurrencyLimit, Execution

COUNTED_AT_MOST: Final = 10_000
REASONS: Final = (
    "paused", "concurrency", "scheduled", "no_worker", "workspace_limit", "behind",
    "review", "agent", "timer", "retry", "signal",
)  # fmt: skip

_OUTSIDE: Final = {
    "paused": "Paused. It goes on when it is resumed.",
    "review": "Waits for a person to answer a review.",
    "agent": "Waits for the agent that it runs to end.",
    "timer": "Waits for a time.",
    "retry": "Waits before it tries a node again.",
}

_HAVE_AN_END: Final = ("timer", "retry", "review")


class Wait(TypedDict):
    """`place`: 1 is next; null where places say nothing; 10,001: behind more than are
    counted."""

    reason: str
    detail: str
    place: int | None


def why(execution: Execution) -> Wait | None:
    """None unless it is queued or waits."""
    match execution.status:
        case ExecutionStatus.QUEUED:
            return _why_queued(execution)
        case ExecutionStatus.WAITING:
            return _why_waiting(execution)
    return None


def _why_waiting(execution: Execution) -> Wait:
    if execution.blocked_on:
        return _why_blocked(execution)
    if execution.due_at is not None and execution.due_at <= timezone.now():
        return _why_not_taken(execution)
    detail = _OUTSIDE.get(execution.waiting_for, "Waits for something outside.")
    if execution.due_at is not None and execution.waiting_for in _HAVE_AN_END:
        detail = f"{detail.removesuffix('.')} until {_shown(execution.due_at)}."
    return _wait(execution.waiting_for or "signal", detail)


def _why_queued(execution: Execution) -> Wait:
    if execution.waiting_for == "paused":
        return _wait("paused", _OUTSIDE["paused"])
    if execution.blocked_on:
        return _why_blocked(execution)
    if execution.due_at is not None and execution.due_at > timezone.now():
        return _wait("scheduled", f"Starts at {_shown(execution.due_at)}.")
    return _why_not_taken(execution)


def _why_not_taken(execution: Execution) -> Wait:
    """It is due: who should take it?"""
    place = _place(execution)
    if not living_workers().exists():
        return _wait("no_worker", "No worker is running to take it.", place)
    limit = settings.LIMITS.running_per_workspace
    if execution.status == ExecutionStatus.QUEUED and _running(execution, limit):
        detail = f"The workspace has its {limit:,} running runs."
        return _wait("workspace_limit", detail, place)
    is_next = "It is the next of its workspace."
    detail = is_next if place in (1, None) else "Others of its workspace come first."
    return _wait("behind", detail, place)


def _why_blocked(execution: Execution) -> Wait:
    key = execution.blocked_on
    # An agent, a block or a credential; its id says nothing to people.
    scope = ConcurrencyLimit.Scope(key.partition(":")[0])
    limits = ConcurrencyLimit.objects.filter(workspace_id=execution.workspace_id)
    count = next((limit.limit for limit in limits if limit.key == key), None)
    places = "All places" if count is None else f"All {count:,} places"
    detail = f"{places} for the {scope.label} that it uses are taken."
    ahead = Execution.objects.filter(blocked_on=key).order_by("-priority", "id")
    before = Q(priority__gt=execution.priority) | Q(
        priority=execution.priority, id__lt=execution.id
    )
    return _wait("concurrency", detail, _count(ahead, before) + 1)


def _wait(reason: str, detail: str, place: int | None = None) -> Wait:
    return {"reason": reason, "detail": detail, "place": place}


def _running(execution: Execution, limit: int) -> bool:
    """As many as are allowed."""
    running = Execution.objects.filter(
        workspace_id=execution.workspace_id, status=ExecutionStatus.RUNNING
    )
    return running[:limit].count() >= limit


def _place(execution: Execution) -> int | None:
    """In the order in which the executions of its workspace are begun."""
    if execution.status != ExecutionStatus.QUEUED or execution.due_at is None:
        return None
    due = Execution.objects.filter(
        workspace_id=execution.workspace_id,
        status=ExecutionStatus.QUEUED,
        due_at__lte=Now(),
    ).order_by("-priority", "due_at", "id")
    older = Q(due_at__lt=execution.due_at) | Q(
        due_at=execution.due_at, id__lt=execution.id
    )
    before = Q(priority__gt=execution.priority) | (
        Q(priority=execution.priority) & older
    )
    # SQLite compares times as texts, of which one time has several.
    return _count(due, before & ~Q(id=execution.id)) + 1


def _count(queue: QuerySet[Execution], before: Q) -> int:
    """How many of the first of the queue are `before`; what lies behind is not read."""
    first: Any = queue.values("id")[:COUNTED_AT_MOST]
    return Execution.objects.filter(before, id__in=first).count()


def _shown(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M:%S} UTC"
