"""What few entries of a journal add: parks, children, questions."""

from datetime import timedelta
from typing import Any

from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import User
from core.ids import new_id
from executions.domain.events import AgentCall, ReviewRequest
from executions.engine.database_journal import _flush_patiently
from executions.engine.journal import (
    Child,
    Entry,
    Extras,
    NewReview,
    Park,
    RunHandle,
)
from executions.models import Execution, Signal
from tests.executions.rows import fresh, held

LATER = timezone.now() + timedelta(days=1)


def flush(*entries: Entry) -> Any:
    return _flush_patiently([*entries])


def park(reason: str = "timer", until: Any = LATER, snapshot: bytes = b"{}") -> Extras:
    return Extras(park=Park(reason, until, snapshot))


def is_due(run: RunHandle) -> bool:
    return Execution.objects.filter(id=run.execution_id, due_at__lte=Now()).exists()


def running(alice: User) -> RunHandle:
    run = held(alice)
    Execution.objects.filter(id=run.execution_id).update(status="RUNNING")
    return run


def tell(run: RunHandle, kind: str = "resume") -> int:
    return Signal.objects.create(execution_id=run.execution_id, kind=kind).id


def call(run: RunHandle, id_: str = "") -> Child:
    it = fresh(run)
    agent = AgentCall(str(it.graph_id), str(it.version_id), {"Input": 5})
    return Child(id_ or str(new_id()), "x", 2, agent)


def asked(id_: str, purpose: Any = "review") -> NewReview:
    request = ReviewRequest("May I?", {"to": "ann"}, False)
    return NewReview(str(new_id()) if id_ else "", "r", 1, purpose, LATER, request)
