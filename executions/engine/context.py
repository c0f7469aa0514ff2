"""What a node execution gets of the world: identity, time and the guarded way out."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial

from blocks.world import (
    Agents,
    Code,
    Credentials,
    Databases,
    Files,
    HttpClient,
    Library,
    Live,
    Mail,
    Memory,
    Tools,
)
from executions.domain.plan import Plan
from executions.domain.state import NodeExecution
from executions.engine.calls import Calls, no_agents
from executions.engine.tools import no_tools, tools_of
from executions.engine.world import World


@dataclass(frozen=True, kw_only=True, slots=True)
class RunIdentity:
    """Whose run it is, for the contexts of its node executions."""

    execution_id: str = ""
    graph_id: str = ""
    user_id: str = ""
    workspace_id: str = ""
    depth: int = 0
    timezone: str = "UTC"


@dataclass(frozen=True, kw_only=True, slots=True)
class NodeContext:
    """Implements `blocks.context.Context`."""

    run: RunIdentity
    node_id: str
    number: int
    attempt: int
    world: World
    clock: Callable[[], float]
    tools_for: Callable[["NodeContext"], Tools] = no_tools
    agents_for: Callable[[], Agents] = no_agents
    call_key: str = ""
    """Of a call within the node execution."""

    @property
    def execution_id(self) -> str:
        return self.run.execution_id

    @property
    def graph_id(self) -> str:
        return self.run.graph_id

    @property
    def user_id(self) -> str:
        return self.run.user_id

    @property
    def workspace_id(self) -> str:
        return self.run.workspace_id

    @property
    def timezone(self) -> str:
        return self.run.timezone

    @property
    def idempotency_key(self) -> str:
        key = f"{self.run.execution_id}:{self.node_id}:{self.number}"
        return f"{key}:{self.call_key}" if self.call_key else key

    def within(self, key: str) -> "NodeContext":
        """For a block that this node execution calls itself."""
        return replace(self, call_key=key, tools_for=no_tools)

    @property
    def http(self) -> HttpClient:
        return self.world.http

    @property
    def credentials(self) -> Credentials:
        return self.world.credentials(self)

    @property
    def files(self) -> Files:
        return self.world.files(self)

    @property
    def memory(self) -> Memory:
        return self.world.memory(self)

    @property
    def mail(self) -> Mail:
        return self.world.mail(self)

    @property
    def databases(self) -> Databases:
        return self.world.databases(self)

    @property
    def code(self) -> Code:
        return self.world.code(self)

    @property
    def agents(self) -> Agents:
        return self.agents_for()

    @property
    def library(self) -> Library:
        return self.world.library(self)

    @property
    def live(self) -> Live:
        return self.world.live(self)

    @property
    def tools(self) -> Tools:
        return self.tools_for(self)

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.clock(), tz=UTC)


def contexts(
    identity: RunIdentity, world: World, clock: Callable[[], float], plan: Plan
) -> Callable[[NodeExecution, Calls], NodeContext]:
    """Makes the context of each node execution of one run."""

    def context_for(execution: NodeExecution, calls: Calls) -> NodeContext:
        return NodeContext(
            run=identity,
            node_id=execution.node.id,
            number=execution.number,
            attempt=execution.attempt,
            world=world,
            clock=clock,
            tools_for=partial(tools_of, plan, execution.node),
            agents_for=partial(calls.of, execution),
        )

    return context_for
