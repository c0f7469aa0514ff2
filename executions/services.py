"""Writes to executions from outside the engine: starting and signalling."""

from collections.abc import Mapping
from datetime import timedelta
from functools import lru_cache
from typing import Literal
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import User
from blocks.values import JsonValue
from core.http import FieldError, Problem
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


def execution_start(
    *,
    user: User,
    graph: Graph,
    inputs: Mapping[str, JsonValue],
    version: Version = None,
    priority: int = 0,
    delay_s: float = 0,
) -> Execution:
    """Accept an execution: once its row is committed, it will run.

    The row is one statement, so it needs no transaction of its own.

    `version` is a number, "draft", or None for the latest published one, if there is
    one, else the draft.

    Raises:
        Problem: 422 if the graph cannot run, 400 if it does not take these inputs.
    """
    version_id = _version_to_run(user, graph, version)
    _check_inputs(version_id, inputs)
    execution = Execution(
        workspace_id=graph.workspace_id,
        user=user,
        graph=graph,
        version_id=version_id,
        priority=priority,
        inputs=dict(inputs),
        outputs={},
        errors=[],
        created_at=timezone.now(),
        due_at=Now() + timedelta(seconds=delay_s) if delay_s else Now(),
    )
    execution.save(force_insert=True)
    doorbell.ring_after_commit()
    return execution


def _version_to_run(user: User, graph: Graph, version: Version) -> UUID:
    """What cannot run is not frozen either: nothing of a refused start is kept."""
    frozen = frozen_id(graph, version)
    if frozen is not None:
        _check_runnable(frozen)
        return frozen
    with transaction.atomic():
        made = graph_freeze(graph, version, user=user)
        _check_runnable(made.id)
    return made.id


def execution_cancel(*, execution: Execution) -> None:
    """Ask for the end. Whoever holds the execution folds it in; else a worker claims it
    to do so. Nothing happens to one that has ended."""
    with transaction.atomic():
        if ExecutionStatus(execution.status).is_final:
            return
        Signal.objects.create(execution=execution, kind=Signal.Kind.CANCEL)
        Execution.objects.filter(
            id=execution.id, status=ExecutionStatus.QUEUED, due_at__gt=Now()
        ).update(due_at=Now())
        doorbell.ring_after_commit()


@lru_cache(maxsize=1024)
def _errors_of(version_id: UUID) -> tuple[Finding, ...]:
    """Versions never change, so neither do their findings."""
    findings = validate(load_version(version_id))
    return tuple(f for f in findings if f.severity is Severity.ERROR)


def _check_runnable(version_id: UUID) -> None:
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


def _check_inputs(version_id: UUID, inputs: Mapping[str, JsonValue]) -> None:
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
