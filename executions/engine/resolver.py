"""The port through which a run looks up what stands outside it."""

from collections.abc import Mapping
from typing import NamedTuple, Protocol

from blocks.errors import BlockError
from blocks.values import JsonValue
from blocks.world import AgentDescription, AgentResult
from core.limits import Limits
from executions.domain.events import AgentCall


class Remembered(NamedTuple):
    """What a node execution of an earlier run emitted, in order."""

    execution_id: str
    outputs: list[tuple[str, JsonValue]]


class Resolver(Protocol):
    """Knows whose run it is; each method may take a while."""

    async def agent(
        self, graph_id: str, version: object, inputs: Mapping[str, JsonValue]
    ) -> AgentCall:
        """The call of a sub-agent that its user may make.

        Raises:
            BlockError: there is none, it cannot run, or it does not take these inputs.
        """
        ...

    async def describe(self, graph_id: str, version: int) -> AgentDescription:
        """What a sub-agent is and takes.

        Raises:
            BlockError: there is none.
        """
        ...

    async def result(self, child_id: str) -> AgentResult:
        """How a sub-agent of this run ended, once it has."""
        ...

    async def is_approved(self, node_id: str) -> bool:
        """A rule approves what this node asks, without asking anybody."""
        ...

    async def recall(self, key: str) -> Remembered | None:
        """The kept result of a cacheable node."""
        ...

    async def stored(self, node_id: str, number: int) -> Remembered | None:
        """What this node execution emitted in the run that is being repeated, if it
        completed there."""
        ...


def check_depth(depth: int, limits: Limits) -> None:
    """
    Raises:
        BlockError: sub-agents may not be nested so deep.
    """
    if depth > limits.agent_depth:
        raise BlockError(
            f"agents may call agents {limits.agent_depth} levels deep, and this would "
            f"be {depth}",
            code="too_deep",
        )


class NothingOutside:
    """For runs that stand alone: no other agents, no rules, no memory."""

    async def agent(
        self, graph_id: str, version: object, inputs: Mapping[str, JsonValue]
    ) -> AgentCall:
        raise BlockError(f"there is no agent {graph_id!r} here", code="unknown_agent")

    async def describe(self, graph_id: str, version: int) -> AgentDescription:
        raise BlockError(f"there is no agent {graph_id!r} here", code="unknown_agent")

    async def result(self, child_id: str) -> AgentResult:
        raise BlockError("there are no other agents here", code="unknown_agent")

    async def is_approved(self, node_id: str) -> bool:
        return False

    async def recall(self, key: str) -> Remembered | None:
        return None

    async def stored(self, node_id: str, number: int) -> Remembered | None:
        return None
