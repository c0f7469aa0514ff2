"""Looks up in the database what stands outside a run: other agents, rules, results."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from typing import Any, Final, TypeVar
from uuid import UUID

from django.db import InterfaceError, OperationalError, connection
from django.db.models import QuerySet
from django.db.models.functions import Now

from accounts.models import User
from blocks.errors import BlockError
from blocks.values import JsonValue
from core.http import Problem
from core.limits import Limits
from executions import services
from executions.domain.events import AgentCall
from executions.domain.status import NodeStatus
from executions.engine.context import RunIdentity
from executions.engine.large_values import reader
from executions.engine.resolver import Remembered, check_depth
from executions.engine.runner import Run
from executions.engine.value_rows import ids_in, load_values
from executions.models import MemoizedResult, NodeExecution, ReviewRule
from graphs.models import Graph

logger = logging.getLogger(__name__)

PATIENCE_S: Final = 300.0
AGAIN_AFTER_S: Final = 0.5
CONNECTION_LOST: Final = (OperationalError, InterfaceError)

T = TypeVar("T")


class DatabaseResolver:
    """Implements `Resolver` for one run; asks in a thread of `executor`."""

    def __init__(
        self, identity: RunIdentity, run: Run, limits: Limits, executor: Executor
    ) -> None:
        self._identity = identity
        self._reuse_from = run.reuse_from
        self._limits = limits
        self._executor = executor

    async def agent(
        self, graph_id: str, version: object, inputs: Mapping[str, JsonValue]
    ) -> AgentCall:
        check_depth(self._identity.depth + 1, self._limits)
        return await self._ask(lambda: self._agent(graph_id, version, inputs))

    async def is_approved(self, node_id: str) -> bool:
        rules = ReviewRule.objects.filter(
            graph_id=self._identity.graph_id, node_id=node_id
        )
        return await self._ask(rules.exists)

    async def recall(self, key: str) -> Remembered | None:
        kept = MemoizedResult.objects.filter(
            workspace_id=self._identity.workspace_id, key=key, expires_at__gt=Now()
        )
        return await self._ask(lambda: _recalled(kept))

    async def stored(self, node_id: str, number: int) -> Remembered | None:
        kept = NodeExecution.objects.filter(
            execution_id=self._reuse_from,
            execution__workspace_id=self._identity.workspace_id,
            node_id=node_id,
            number=number,
            status=NodeStatus.COMPLETED,
        )
        return await self._ask(
            lambda: _remembered(kept.values_list("execution_id", "outputs").first())
        )

    def _agent(
        self, graph_id: str, version: object, inputs: Mapping[str, JsonValue]
    ) -> AgentCall:
        graph = _graph(graph_id, self._identity.workspace_id)
        user = User.objects.get(id=self._identity.user_id)
        wanted = version if isinstance(version, int) and version > 0 else None
        known = wanted if wanted and _has_version(graph, wanted) else None
        try:
            version_id = services.version_to_run(user, graph, known)
            services.check_takes(version_id, inputs)
        except Problem as problem:
            raise BlockError(_text_of(problem), code="bad_input") from None
        return AgentCall(str(graph.id), str(version_id), inputs)

    async def _ask(self, call: Callable[[], T]) -> T:
        """A database that is away is waited for: that is no fault of the node."""

        def guarded() -> T:
            try:
                return call()
            except CONNECTION_LOST:
                connection.close()
                raise

        loop = asyncio.get_running_loop()
        until = loop.time() + PATIENCE_S
        while True:
            try:
                return await loop.run_in_executor(self._executor, guarded)
            except CONNECTION_LOST as error:
                if loop.time() > until:
                    raise
                logger.warning("look-up: the database is away (%s)", error)
                await asyncio.sleep(AGAIN_AFTER_S)


def _graph(graph_id: str, workspace_id: str) -> Graph:
    try:
        return Graph.objects.get(
            id=UUID(graph_id),
            workspace_id=workspace_id,
            is_active=True,
            deleted_at__isnull=True,
        )
    except (ValueError, Graph.DoesNotExist):
        raise BlockError(
            f"there is no agent {graph_id!r} in this workspace", code="unknown_agent"
        ) from None


def _has_version(graph: Graph, number: int) -> bool:
    """An imported node names versions of where it came from; here the graph may have
    been saved once, as its draft."""
    return graph.versions.filter(number=number).exists()


def _recalled(kept: QuerySet[MemoizedResult]) -> Remembered | None:
    row = kept.values_list("execution_id", "outputs").first()
    found = _remembered(row)
    if row is not None and found is None:
        kept.delete()  # it makes room for the result that is computed now
    return found


def _remembered(row: Any) -> Remembered | None:
    """None also if one of the values has been deleted with its run."""
    if row is None:
        return None
    execution_id, outputs = row
    ids = ids_in(place for _, place in outputs)
    values = load_values(ids)
    if len(values) < len(ids):
        return None
    read = reader(values)
    return Remembered(str(execution_id), [(str(pin), read(p)) for pin, p in outputs])


def _text_of(problem: Problem) -> str:
    details = "; ".join(error["message"] for error in problem.errors)
    return f"{problem.detail} {details}".strip()
