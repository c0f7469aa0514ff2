"""Looks up in the database what stands outside a run: other agents, rules, results."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor
from contextlib import contextmanager
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import QuerySet
from django.db.models.functions import Now

from accounts.models import User
from blocks.errors import BlockError
from blocks.values import JsonValue
from blocks.world import AgentDescription, AgentResult
from core.http import Problem
from core.limits import Limits
from executions import services
from executions.domain.events import AgentCall
from executions.domain.status import NodeStatus
from executions.engine.context import RunIdentity
from executions.engine.database_asking import ask
from executions.engine.large_values import reader
from executions.engine.resolver import Remembered, check_depth
from executions.engine.run import Run
from executions.engine.value_rows import ids_in, load_values
from executions.models import Execution, MemoizedResult, NodeExecution, ReviewRule
from executions.results import outputs_whole
from graphs.domain.interface import input_schema, output_schema
from graphs.models import Graph
from graphs.selectors import load_version

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

    async def describe(self, graph_id: str, version: int) -> AgentDescription:
        return await self._ask(lambda: self._description(graph_id, version))

    async def result(self, child_id: str) -> AgentResult:
        return await self._ask(lambda: self._result(child_id))

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

    def _description(self, graph_id: str, version: int) -> AgentDescription:
        row = _graph(graph_id, self._identity.workspace_id)
        graph = load_version(self._version_of(row, version))
        return AgentDescription(
            name=graph.name,
            description=graph.description,
            input_schema=input_schema(graph),
            output_schema=output_schema(graph),
        )

    def _result(self, child_id: str) -> AgentResult:
        child = Execution.objects.only("status", "outputs", "errors").get(
            id=UUID(child_id), parent_id=UUID(self._identity.execution_id)
        )
        return AgentResult(
            status=child.status,
            outputs=outputs_whole(child),
            errors=child.errors,
            execution_id=child_id,
        )

    def _agent(
        self, graph_id: str, version: object, inputs: Mapping[str, JsonValue]
    ) -> AgentCall:
        graph = _graph(graph_id, self._identity.workspace_id)
        with _as_failure_of_the_block():
            version_id = self._version_of(graph, version)
            services.check_takes(version_id, inputs)
        return AgentCall(str(graph.id), str(version_id), inputs)

    def _version_of(self, graph: Graph, version: object) -> UUID:
        user = User.objects.get(id=self._identity.user_id)
        wanted = version if isinstance(version, int) and version > 0 else None
        known = wanted if wanted and _has_version(graph, wanted) else None
        with _as_failure_of_the_block():
            return services.version_to_run(user, graph, known)

    async def _ask(self, call: Callable[[], T]) -> T:
        return await ask(self._executor, call)


@contextmanager
def _as_failure_of_the_block() -> Iterator[None]:
    try:
        yield
    except Problem as problem:
        raise BlockError(_text_of(problem), code="bad_input") from None


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
