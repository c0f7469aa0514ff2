"""Reviews as rows, as a run that parked would have left them."""

from datetime import timedelta
from typing import Any

import orjson
from django.db.models.functions import Now

from accounts.models import User, WorkspaceMember
from core import codec
from executions.models import Execution, Review
from tests.executions.rows import make_execution


def make_review(user: User, *, run: Execution | None = None, **columns: Any) -> Review:
    """One that waits for an answer, of a run that waits for it."""
    run = run or make_execution(user, status="WAITING", due_at=None)
    if (seconds := columns.pop("expires_in_s", None)) is not None:
        columns["expires_at"] = Now() + timedelta(seconds=seconds)
    if "data" in columns:  # as the journal writes it: null is a value, too
        columns["data"] = codec.encode(orjson.dumps(columns["data"]))
    facts: dict[str, Any] = {
        "workspace": run.workspace,
        "execution": run,
        "node_id": "ask",
        "number": 1 + Review.objects.filter(execution=run).count(),
        "title": "Send this letter?",
        "data": {"to": "ann@example.org", "text": "Hello"},
    }
    return Review.objects.get(id=Review.objects.create(**facts | columns).id)


def join(user: User, of: User, role: str = "editor") -> None:
    """Make the user a member of the other one's workspace."""
    workspace = of.workspaces.get()
    WorkspaceMember.objects.create(workspace=workspace, user=user, role=role)
