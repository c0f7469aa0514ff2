"""Runs a graph right here: the same engine with everything in memory."""

import asyncio
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

from blocks.errors import BlockError
from blocks.values import JsonObject, JsonValue
from blocks.world import AgentDescription, AgentResult
from core.egress import EgressClient
from core.ids import new_id
from core.limits import Limits
from executions.domain.events import AgentCall
from executions.domain.plan import make_plan
from executions.domain.state import RunState
from executions.domain.status import ExecutionStatus
from executions.engine.context import RunIdentity, contexts
from executions.engine.journal import (
    Child,
    Entry,
    News,
    Parent,
    RunHandle,
    news_body,
)
from executions.engine.resolver import NothingOutside, check_depth
from executions.engine.run import ReceivedSignal, Run
from executions.engine.runner import Runner
from executions.engine.world import World
from executions.world.local import local_world
from graphs.domain.findings import Severity
from graphs.domain.interface import check_inputs, input_schema, output_schema
from graphs.domain.model import Graph
from graphs.domain.validation import validate


async def run_locally(
    graph: Graph,
    inputs: Mapping[str, JsonValue],
    *,
    limits: Limits,
    client: EgressClient,
    others: Mapping[str, Graph] | None = None,
) -> JsonObject:
    """`{status, outputs, errors, node_executions}` of one run.

    A graph with errors does not run: it ends FAILED with its findings in `errors`. Its
    sub-agents are the `others`, by id; what it asks of people is approved.
    """
    errors = _reasons_not_to_run(graph, inputs)
    if errors:
        return _result(ExecutionStatus.FAILED, {}, errors, 0)
    with ThreadPoolExecutor(2) as cpu_pool:
        engine = _LocalEngine(
            others or {}, limits, local_world(client, limits), cpu_pool
        )
        state = await engine.run(graph, inputs)
    return _result(state.status, state.outputs, state.errors, state.started)


class _LocalEngine:
    """Runs and journals a graph and its sub-agents; durable as long as itself."""

    def __init__(
        self,
        graphs: Mapping[str, Graph],
        limits: Limits,
        world: World,
        cpu_pool: ThreadPoolExecutor,
    ) -> None:
        self._graphs = graphs
        self._limits = limits
        self._world = world
        self._cpu_pool = cpu_pool
        self._runners: dict[UUID, Runner] = {}
        self._depths: dict[UUID, int] = {}
        self._children: dict[UUID, RunState] = {}
        self._tasks: list[asyncio.Task[RunState]] = []

    async def run(self, graph: Graph, inputs: Mapping[str, JsonValue]) -> RunState:
        state = await self._begin(RunHandle(new_id(), lease_token=1), graph, inputs)
        while left := [task for task in self._tasks if not task.done()]:
            await asyncio.gather(*left)
        return state

    def _begin(
        self,
        handle: RunHandle,
        graph: Graph,
        inputs: Mapping[str, JsonValue],
        depth: int = 0,
    ) -> "asyncio.Task[RunState]":
        identity = RunIdentity(execution_id=str(handle.execution_id))
        plan = make_plan(graph)
        runner = Runner(
            Run(
                handle=handle,
                plan=plan,
                inputs=inputs,
                limits=self._limits,
                parks=False,
                is_stored=False,
            ),
            journal=self,
            context_for=contexts(identity, self._world, time.time, plan),
            clock=time.time,
            resolver=_Neighbours(self, depth),
            cpu_pool=self._cpu_pool,
        )
        id_ = handle.execution_id
        self._runners[id_], self._depths[id_] = runner, depth
        if depth:
            self._children[id_] = runner.state
        task = asyncio.create_task(runner.run())
        # In a ring with us, all that passed through it would stay in memory.
        task.add_done_callback(lambda _: self._runners.pop(id_))
        return task

    # As the journal

    def append(self, entry: Entry) -> None:
        extras = entry.extras
        if extras is not None:
            for child in extras.children:
                self._start(entry.run, child)
            if extras.news is not None and entry.run.parent is not None:
                self._tell(entry, entry.run.parent, extras.news)
        if entry.end is not None:
            for id_ in entry.end.children:
                self._signal(UUID(id_), "cancel", None)

    async def durable(self, run: RunHandle) -> None:
        return None

    def _start(self, parent: RunHandle, child: Child) -> None:
        place = Parent(parent.execution_id, child.node_id, child.number)
        handle = RunHandle(UUID(child.id), lease_token=1, parent=place)
        graph = self._graphs[child.call.graph_id]
        depth = self._depths[parent.execution_id] + 1
        self._tasks.append(self._begin(handle, graph, child.call.inputs, depth))

    def _tell(self, entry: Entry, parent: Parent, news: News) -> None:
        self._signal(parent.execution_id, "child", news_body(entry, parent, news))

    def _signal(self, id: UUID, kind: str, body: JsonObject | None) -> None:
        runner = self._runners.get(id)
        if runner is not None:
            runner.signal(ReceivedSignal(0, id, kind, body))

    # For the resolvers

    def call(
        self, graph_id: str, inputs: Mapping[str, JsonValue], depth: int
    ) -> AgentCall:
        """
        Raises:
            BlockError: it cannot be made.
        """
        check_depth(depth, self._limits)
        graph = self._graph(graph_id)
        if errors := _reasons_not_to_run(graph, inputs):
            text = "; ".join(str(error["message"]) for error in errors)
            raise BlockError(text, code="bad_input")
        return AgentCall(graph_id, "", inputs)

    def result(self, child_id: str) -> AgentResult:
        state = self._children[UUID(child_id)]
        return AgentResult(
            status=state.status.value,
            outputs=state.outputs,
            errors=state.errors,
            execution_id=child_id,
        )

    def describe(self, graph_id: str) -> AgentDescription:
        """
        Raises:
            BlockError: there is no such agent.
        """
        graph = self._graph(graph_id)
        return AgentDescription(
            name=graph.name,
            description=graph.description,
            input_schema=input_schema(graph),
            output_schema=output_schema(graph),
        )

    def _graph(self, graph_id: str) -> Graph:
        graph = self._graphs.get(graph_id)
        if graph is None:
            raise BlockError(
                f"the agent {graph_id!r} did not come with this one",
                code="unknown_agent",
            )
        return graph


class _Neighbours(NothingOutside):
    """What a run that stands so deep finds around it."""

    def __init__(self, engine: _LocalEngine, depth: int) -> None:
        self._engine = engine
        self._depth = depth

    async def agent(
        self, graph_id: str, version: object, inputs: Mapping[str, JsonValue]
    ) -> AgentCall:
        return self._engine.call(graph_id, inputs, self._depth + 1)

    async def describe(self, graph_id: str, version: int) -> AgentDescription:
        return self._engine.describe(graph_id)

    async def result(self, child_id: str) -> AgentResult:
        return self._engine.result(child_id)

    async def is_approved(self, node_id: str) -> bool:
        return True


def _reasons_not_to_run(
    graph: Graph, inputs: Mapping[str, JsonValue]
) -> list[JsonObject]:
    findings: list[JsonObject] = [
        {
            "code": finding.rule,
            "message": finding.message,
            "node_id": finding.node_id,
            "pin": finding.pin,
            "hint": finding.hint,
        }
        for finding in validate(graph)
        if finding.severity is Severity.ERROR
    ]
    return findings or [
        {"code": fault.code, "message": fault.message, "field": fault.field}
        for fault in check_inputs(graph, inputs)
    ]


def _result(
    status: ExecutionStatus,
    outputs: Mapping[str, list[JsonValue]],
    errors: list[JsonObject],
    node_executions: int,
) -> JsonObject:
    return {
        "status": status.value,
        "outputs": dict(outputs),
        "errors": list(errors),
        "node_executions": node_executions,
    }
