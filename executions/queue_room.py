"""How many executions a workspace may have queued. Asked at every start, so counted
only now and then: what this process lets in meanwhile is added up."""

import time
from typing import Final
from uuid import UUID

from django.conf import settings

from core.http import RETRY_AFTER_S, Problem
from executions.domain.status import ExecutionStatus
from executions.models import ConcurrencyLimit, Execution

NEAR_S: Final = 1.0
FAR_S: Final = 10.0
"""How long a count is good: seldom, while no more than half of the room is taken."""
_KEPT: Final = 10_000


class _Count:
    __slots__ = ("good_until", "queued")

    def __init__(self, queued: int, limit: int) -> None:
        self.queued = queued
        is_near = queued > limit // 2
        self.good_until = time.monotonic() + (NEAR_S if is_near else FAR_S)


_counts: dict[UUID, _Count] = {}


def take(workspace_id: UUID) -> None:
    """Let one more execution of the workspace into the queue.

    Raises:
        Problem: 429, there are too many.
    """
    limit = settings.LIMITS.queued_per_workspace
    count = _counts.get(workspace_id)
    if count is None or count.good_until < time.monotonic():
        count = _remember(workspace_id, limit)
    if count.queued >= limit:
        raise _full(limit)
    count.queued += 1


def _remember(workspace_id: UUID, limit: int) -> _Count:
    if len(_counts) >= _KEPT:
        _counts.clear()
    count = _counts[workspace_id] = _Count(_queued(workspace_id, limit), limit)
    return count


def _queued(workspace_id: UUID, limit: int) -> int:
    """Stops counting at the limit. Those a full concurrency key holds back count too;
    they are found by their keys, for no index leads to them from the workspace."""
    mine = Execution.objects.filter(
        workspace_id=workspace_id, status=ExecutionStatus.QUEUED
    )
    due = mine.filter(due_at__isnull=False)[:limit].count()
    keys = [
        key.key for key in ConcurrencyLimit.objects.filter(workspace_id=workspace_id)
    ]
    blocked = mine.filter(blocked_on__in=keys)[:limit].count() if keys else 0
    return due + blocked


def _full(limit: int) -> Problem:
    return Problem(
        429,
        "Queue full",
        f"The workspace has its {limit:,} queued runs. Wait until some have begun.",
        code="queue-full",
        headers={"Retry-After": str(RETRY_AFTER_S)},
    )
