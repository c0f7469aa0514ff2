"""Sub-agents that blocks call while they run: each is an execution of its own, whose
start is in the record of the caller and whose end comes to it as a signal."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NoReturn

from blocks.errors import BlockError
from blocks.values import JsonObject
from blocks.world import AgentDescription, AgentResult
from core.ids import new_id
from executions.domain.events import CalledWithin, Event
from executions.domain.state import NodeExecution
from executions.engine.resolver import Resolver


class Calls:
    """Those of one run. Its runner binds it, and tells it of each end."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._post: Callable[[tuple[Event, ...]], None] = _nobody_listens
        self._ends: dict[str, asyncio.Event] = {}
        self._begun: dict[tuple[NodeExecution, str], str] = {}

    def bind(self, post: Callable[[tuple[Event, ...]], None]) -> None:
        self._post = post

    def dismiss(self) -> None:
        """The run is over here; in a ring with its runner it would stay in memory."""
        self._post = _nobody_listens
        self._begun.clear()

    def ended(self, child_id: str) -> None:
        end = self._ends.pop(child_id, None)
        if end is not None:
            end.set()

    def of(self, execution: NodeExecution) -> "AgentsOfNode":
        return AgentsOfNode(self, execution)

    async def describe(self, graph_id: str, version: int) -> AgentDescription:
        return await self._resolver.describe(graph_id, version)

    async def run(
        self,
        execution: NodeExecution,
        graph_id: str,
        inputs: Mapping[str, object],
        key: str,
        version: int,
    ) -> AgentResult:
        child_id = execution.calls.get(key) or self._begun.get((execution, key))
        if child_id is None:
            child_id = await self._begin(execution, graph_id, inputs, key, version)
        elif child_id in execution.open_calls:
            self._ends.setdefault(child_id, asyncio.Event())
        end = self._ends.get(child_id)
        if end is not None:
            await end.wait()
        self._begun.pop((execution, key), None)
        return await self._resolver.result(child_id)

    async def _begin(
        self,
        execution: NodeExecution,
        graph_id: str,
        inputs: Mapping[str, object],
        key: str,
        version: int,
    ) -> str:
        child_id = str(new_id())
        self._begun[execution, key] = child_id
        self._ends[child_id] = asyncio.Event()
        try:
            call = await self._resolver.agent(graph_id, version, dict(inputs))  # type: ignore[arg-type]
        except BaseException:
            del self._begun[execution, key], self._ends[child_id]
            raise
        place = (execution.node.id, execution.number)
        self._post((CalledWithin(*place, key, child_id, call),))
        return child_id


@dataclass(frozen=True, slots=True)
class AgentsOfNode:
    """Implements `blocks.world.Agents`."""

    calls: Calls
    execution: NodeExecution

    async def describe(self, graph_id: str, version: int = 0) -> AgentDescription:
        return await self.calls.describe(graph_id, version)

    async def run(
        self, graph_id: str, inputs: JsonObject, *, key: str, version: int = 0
    ) -> AgentResult:
        return await self.calls.run(self.execution, graph_id, inputs, key, version)


def no_agents() -> NoReturn:
    raise BlockError("other agents cannot be used here", code="unavailable")


def _nobody_listens(events: tuple[Event, ...]) -> None:
    """Until a runner binds it, and once that has ended."""
