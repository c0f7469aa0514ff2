"""Writes to executions from outside the engine: starting, cancelling, pausing."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Literal, Required, TypedDict, Unpack
from uuid import UUID

from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Greatest, Now
from django.utils import timezone

from accounts.audit import Deed, record
from accounts.models import User
from blocks.registry import registry
from blocks.values import JsonValue
from core import failpoints
from core.http import FieldError, Problem
from executions import queue_room, signals
from executions.domain.status import ExecutionStatus
from executions.doorbell import doorbell
from executions.models import Execution, Signal
from graphs.domain.findings import Finding, Severity
from graphs.domain.interface import check_inputs
from graphs.domain.validation import validate
from graphs.freezing import frozen_id, graph_freeze
from graphs.models import Graph
from graphs.selectors import load_version

Version = int | Literal["draft"] | None


class Order(TypedDict, total=False):
    """What to start, and how.

    `version` is a number, "draft", or None for the latest published one, if there is
    one, else the draft. At most one of `delay_s` and `run_at` says when.
    """

    user: Required[User]
    graph: Required[Graph]
    inputs: Required[Mapping[str, JsonValue]]
    version: Version
    priority: int
    delay_s: float
    run_at: datetime | None
    trigger: Execution.Trigger


def execution_start(**order: Unpack[Order]) -> Execution:
    """Accept an execution: once its row is committed, it will run.

    The row is one statement, so it needs no transaction of its own.

    Raises:
        Problem: 422 if the graph cannot run, 400 if it does not take these inputs, 429
            if too many executions of the workspace are queued.
    """
    execution = execution_prepare(**order)
    execution_accept(execution)
    return execution


def execution_prepare(
    *,
    user: User,
    graph: Graph,
    inputs: Mapping[str, JsonValue],
    version: Version = None,
    priority: int = 0,
    delay_s: float = 0,
    run_at: datetime | None = None,
    trigger: Execution.Trigger = Execution.Trigger.API,
) -> Execution:
    """The execution that an order asks for, checked and not yet stored.

    Raises:
        Problem: as `execution_start`, except that there is room.
    """
    version_id = version_to_run(user, graph, version)
    check_takes(version_id, inputs)
    return Execution(
        workspace_id=graph.workspace_id,
        user=user,
        graph=graph,
        version_id=version_id,
        trigger=trigger,
        priority=priority,
        inputs=dict(inputs),
        outputs={},
        errors=[],
        created_at=timezone.now(),
        due_at=_due_at(delay_s, run_at),
    )


def _due_at(delay_s: float, run_at: datetime | None) -> Any:
    """As an expression, for the clock is the database's."""
    if run_at is not None:
        return Greatest(Now(), Value(run_at))
    return Now() + timedelta(seconds=delay_s) if delay_s else Now()


def execution_accept(execution: Execution) -> None:
    """Store a prepared execution.

    Raises:
        Problem: 429, the queue of its workspace is full.
    """
    queue_room.take(execution.workspace_id)
    failpoints.hit("F1")
    execution.save(force_insert=True)
    doorbell.ring_after_commit()


def version_to_run(user: User, graph: Graph, version: Version) -> UUID:
    """What cannot run is not frozen either: nothing of a refused start is kept.

    Raises:
        Problem: 422, it has errors.
    """
    frozen = frozen_id(graph, version)
    if frozen is not None:
        check_runnable(frozen)
        return frozen
    with transaction.atomic():
        made = graph_freeze(graph, version, user=user)
        check_runnable(made.id)
    return made.id


# --- What may be asked of one that has been accepted ----------------------------------


@transaction.atomic
def execution_cancel(*, user: User, execution: Execution) -> None:
    """Ask for the end. Whoever holds the execution folds it in; else a worker claims it
    to do so. Nothing happens to one that has ended."""
    signals.signal_send(execution.id, Signal.Kind.CANCEL)
    record(
        Deed(
            action="execution.cancelled",
            user_id=user.pk,
            workspace_id=execution.workspace_id,
            subject=f"execution:{execution.id}",
        )
    )


def execution_pause(*, execution: Execution) -> ExecutionStatus:
    """Let nothing more of it begin; the status it had.

    Raises:
        Problem: 409, it has ended.
    """
    with transaction.atomic():
        status = _unended(execution)
        if status is ExecutionStatus.QUEUED:
            signals.hold_back(execution.id)
        else:
            signals.signal_send(execution.id, Signal.Kind.PAUSE)
    return status


def execution_resume(*, execution: Execution) -> ExecutionStatus:
    """Let it go on; nothing happens to one that is not paused.

    Raises:
        Problem: 409, it has ended.
    """
    with transaction.atomic():
        status = _unended(execution)
        if status is ExecutionStatus.QUEUED:
            signals.let_go(execution.id)
        else:
            signals.signal_send(execution.id, Signal.Kind.RESUME)
    return status


def _unended(execution: Execution) -> ExecutionStatus:
    """Its status; it keeps it until the transaction ends."""
    status = signals.execution_lock(execution.id)
    if status is not None and not status.is_final:
        return status
    ended = f"The run has already ended: {status or execution.status}."
    raise Problem(409, "Already ended", ended, code="already-ended")


# --- Checks ---------------------------------------------------------------------------


@registry.clears
@lru_cache(maxsize=1024)
def _errors_of(version_id: UUID) -> tuple[Finding, ...]:
    """Versions never change, so neither do their findings."""
    findings = validate(load_version(version_id))
    return tuple(f for f in findings if f.severity is Severity.ERROR)


def check_runnable(version_id: UUID) -> None:
    errors = _errors_of(version_id)
    if errors:
        raise Problem(
            422,
            "The agent cannot run",
            "It has errors; `errors` lists them all.",
            [finding_as_field_error(finding) for finding in errors],
            code="agent-has-errors",
        )


def finding_as_field_error(finding: Finding) -> FieldError:
    place = f"nodes.{finding.node_id}" if finding.node_id else ""
    field = f"{place}.{finding.pin}" if place and finding.pin else place
    return {"field": field, "message": finding.message, "code": finding.rule}


def check_takes(version_id: UUID, inputs: Mapping[str, JsonValue]) -> None:
    faults = check_inputs(load_version(version_id), inputs)
    if faults:
        raise Problem(
            400,
            "Invalid inputs",
            "The agent does not take these inputs; `errors` says why.",
            [
                {
                    "field": fault.field,
                    "message": fault.message,
                    "code": fault.code,
                }
                for fault in faults
            ],
            code="invalid-inputs",
        )
