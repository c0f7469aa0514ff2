"""Writes of concurrency limits. Places are taken and given back by the engine; a limit
that is raised or deleted lets others go within two seconds."""

from uuid import UUID

from django.db import IntegrityError, transaction
from django.http import Http404

from accounts.models import User
from accounts.rights.standing import check_right
from accounts.selectors import workspace_for
from blocks.registry import registry
from core.http import FieldError, Problem
from executions.models import ConcurrencyLimit
from graphs.models import Graph
from graphs.selectors import graph_get

Scope = ConcurrencyLimit.Scope


def limit_create(
    *, user: User, scope: str, target: UUID, limit: int
) -> ConcurrencyLimit:
    """
    Raises:
        Problem: 400 if there is no such target; 409 if it has a limit already.
    """
    workspace_id = _workspace_of(user, scope, target)
    try:
        with transaction.atomic():
            return ConcurrencyLimit.objects.create(
                workspace_id=workspace_id, scope=scope, target=str(target), limit=limit
            )
    except IntegrityError:
        raise _conflict() from None


def limit_change(*, limit: ConcurrencyLimit, to: int) -> None:
    """Those that run above a limit that was lowered run on."""
    limit.limit = to
    limit.save(update_fields=["limit"])


def limit_delete(*, limit: ConcurrencyLimit) -> None:
    limit.delete()


def _workspace_of(user: User, scope: str, target: UUID) -> UUID:
    match scope:
        case Scope.GRAPH:
            workspace_id = _graph(user, target).workspace_id
            check_right(user, "limit:create", workspace_id)
            return workspace_id
        case Scope.BLOCK if registry.get(str(target)) is None:
            raise _unknown("There is no such block.")
    return workspace_for(user, "limit:create").id


def _graph(user: User, target: UUID) -> Graph:
    try:
        return graph_get(user, target)
    except Http404:
        raise _unknown("There is no such agent, or it is not yours.") from None


def _unknown(message: str) -> Problem:
    errors: list[FieldError] = [
        {"field": "target", "message": message, "code": "unknown"}
    ]
    return Problem(400, "Invalid input", message, errors, code="invalid-input")


def _conflict() -> Problem:
    message = "It has a limit already. Change that one."
    errors: list[FieldError] = [
        {"field": "target", "message": message, "code": "unique"}
    ]
    return Problem(
        409, "There is a limit already", message, errors, code="limit-exists"
    )
