"""What a node execution gets of the world: identity, time and the guarded way out."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from blocks.context import HttpClient
from executions.domain.state import NodeExecution


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
    http: HttpClient
    clock: Callable[[], float]

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
    def timezone(self) -> str:
        return self.run.timezone

    @property
    def idempotency_key(self) -> str:
        return f"{self.run.execution_id}:{self.node_id}:{self.number}"

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.clock(), tz=UTC)


def contexts(
    identity: RunIdentity, http: HttpClient, clock: Callable[[], float]
) -> Callable[[NodeExecution], NodeContext]:
    """Makes the context of each node execution of one run."""

    def context_for(execution: NodeExecution) -> NodeContext:
        return NodeContext(
            run=identity,
            node_id=execution.node.id,
            number=execution.number,
            attempt=execution.attempt,
            http=http,
            clock=clock,
        )

    return context_for
