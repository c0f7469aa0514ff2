"""Requests to executions from outside, and what of them needs no holder.

The row of the execution is locked first, always: one that is being parked at the same
moment holds that lock, and its wake-up would be lost otherwise.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Greatest, Now
from django.utils import timezone

from core.stored import sealed_value
from executions.domain.status import ExecutionStatus
from executions.doorbell import doorbell
from executions.models import Execution, Signal

PAUSED: Final = "paused"
_KEPT_DUE_AT: Final = "due_at"


def signal_send(
    execution_id: UUID,
    kind: str,
    body: Mapping[str, Any] | None = None,
) -> ExecutionStatus | None:
    """Tell an execution something; the status it had, None if there is none.

    One that has ended is told nothing.
    """
    with transaction.atomic():
        status = execution_lock(execution_id)
        if status is None or status.is_final:
            return status
        Signal.objects.create(execution_id=execution_id, kind=kind, body=body)
        if _needs_a_worker(status, kind):
            _make_due(execution_id)
        doorbell.ring_after_commit()
    return status


def execution_lock(execution_id: UUID) -> ExecutionStatus | None:
    """Keep the execution as it is until the transaction ends; None if there is none."""
    row = Execution.objects.select_for_update().filter(id=execution_id)
    status = row.values_list("status", flat=True).first()
    return None if status is None else ExecutionStatus(status)


def _needs_a_worker(status: ExecutionStatus, kind: str) -> bool:
    """Nobody holds it, and what it is told cannot wait until somebody does."""
    if status is ExecutionStatus.QUEUED:
        return kind == Signal.Kind.CANCEL
    return status is ExecutionStatus.WAITING


def _make_due(execution_id: UUID) -> None:
    """Now, unless it is due already: then it keeps its place."""
    Execution.objects.filter(id=execution_id).exclude(due_at__lte=Now()).update(
        due_at=Now(), blocked_on=""
    )


# --- Executions that no worker has begun ----------------------------------------------


def hold_back(execution_id: UUID) -> None:
    """Keep a queued execution from being claimed. It must be locked."""
    row = Execution.objects.filter(id=execution_id).exclude(waiting_for=PAUSED)
    found = row.only("workspace_id", "due_at", "options").first()
    if found is None:
        return
    due_at: datetime | None = found.due_at
    options: Any = found.options
    if due_at is not None and due_at > timezone.now():
        options = {**(options or {}), _KEPT_DUE_AT: due_at.isoformat()}
    sealed = sealed_value(found, "options", options)
    row.update(due_at=None, waiting_for=PAUSED, blocked_on="", options=sealed)


def let_go(execution_id: UUID) -> None:
    """Undo `hold_back`. One that was to start later still does."""
    row = Execution.objects.filter(id=execution_id, waiting_for=PAUSED)
    found = row.only("workspace_id", "options").first()
    if found is None:
        return
    options = dict(found.options or {})
    kept = options.pop(_KEPT_DUE_AT, None)
    sealed = sealed_value(found, "options", options or None)
    row.update(due_at=_not_before(kept), waiting_for="", options=sealed)
    doorbell.ring_after_commit()


def _not_before(kept: str | None) -> Any:
    if kept is None:
        return Now()
    return Greatest(Now(), Value(datetime.fromisoformat(kept).astimezone(UTC)))
