"""What the end of a workspace, or of a membership, means for runs and what starts
them."""

from typing import Any, Final
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from accounts.workspaces.signals import member_left, workspace_ends
from core.http import Problem
from executions.domain.status import ExecutionStatus
from executions.models import Execution, Hook, Schedule, StoredFile

# Said as the partial indexes say it: of a million runs, none is read that has ended.
_UNDER_WAY: Final = (
    Q(status=ExecutionStatus.RUNNING),
    Q(status=ExecutionStatus.WAITING),
    Q(status=ExecutionStatus.QUEUED, due_at__isnull=False),
    Q(status=ExecutionStatus.QUEUED, due_at__isnull=True),
)


def connect() -> None:
    workspace_ends.connect(_stop)
    member_left.connect(_hand_over)


def _stop(workspace_id: UUID, **kwargs: Any) -> None:
    runs = Execution.objects.filter(workspace=workspace_id)
    if any(runs.filter(state).exists() for state in _UNDER_WAY):
        text = (
            "Runs of this workspace are under way. Cancel them or let them end first."
        )
        raise Problem(409, "Runs under way", text, code="runs-under-way")
    for model in (Schedule, Hook):
        model.objects.filter(workspace=workspace_id).update(is_active=False)
    # Nobody's to see from now on; what clears away files removes them one by one.
    files = StoredFile.objects.filter(workspace=workspace_id)
    files.update(sha256="", expires_at=timezone.now())


def _hand_over(workspace_id: UUID, user_id: UUID, heir_id: UUID, **kwargs: Any) -> None:
    """What he made goes on, for it belongs to the workspace. It runs for somebody who
    belongs to it."""
    for model in (Schedule, Hook):
        left = model.objects.filter(workspace=workspace_id, user=user_id)
        left.update(user=heir_id)
