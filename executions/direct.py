"""Answers a start request that waits, without a worker, if the agent ends at once.

The run is the same, event by event, and it is committed whole before the answer goes
out. So nothing is accepted that is not stored, and nothing stored of what did not end.
"""

import threading
import time
from typing import Final
from uuid import UUID

from django.conf import settings

from blocks.values import JsonObject
from executions import results
from executions.engine.context import RunIdentity
from executions.engine.database_births import Birth, register
from executions.engine.direct import run_at_once
from executions.engine.journal import End
from executions.models import ConcurrencyLimit, Execution
from executions.plans import plan_of, runs_directly

LIMITS_KNOWN_FOR_S: Final = 1.0


class _Limited:
    """The workspaces that limit what runs at once, looked up about once a second."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: frozenset[UUID] = frozenset()
        self._until = 0.0

    def __contains__(self, workspace_id: UUID) -> bool:
        with self._lock:
            now = time.monotonic()
            if now >= self._until:
                limited = ConcurrencyLimit.objects.values_list(
                    "workspace_id", flat=True
                )
                self._known = frozenset(limited.distinct())
                self._until = now + LIMITS_KNOWN_FOR_S
            return workspace_id in self._known

    def forget(self) -> None:
        """What is known, for tests."""
        self._until = 0.0


limited: Final = _Limited()


def execution_run(execution: Execution) -> JsonObject | None:
    """Run and store a prepared execution; its result, or None: it is for a worker, and
    nothing of it was kept.

    Raises:
        DatabaseError: it may not be stored.
    """
    if not _is_for_here(execution):
        return None
    identity = RunIdentity(
        execution_id=str(execution.id),
        graph_id=str(execution.graph_id),
        user_id=str(execution.user_id),
        workspace_id=str(execution.workspace_id),
        timezone=execution.user.timezone,
    )
    entries = run_at_once(
        execution.id,
        plan_of(execution.version_id),
        execution.inputs,
        identity,
        limits=settings.LIMITS,
    )
    if entries is None:
        return None
    register.store(Birth(execution, entries))
    return _result(execution, entries[-1].end)


def _is_for_here(execution: Execution) -> bool:
    return runs_directly(execution.version_id) and execution.workspace_id not in limited


def _result(execution: Execution, end: End | None) -> JsonObject:
    if end is None:
        raise ValueError("an execution that did not end was stored as if it had")
    outputs = results.end_answered(end)
    return results.result(execution.id, end.status.value, outputs, end.errors)
