"""An execution as a worker gets it, and the state that its past folds into."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple
from uuid import UUID

from blocks.values import JsonObject, JsonValue
from core.limits import Limits
from executions.domain.events import Event
from executions.domain.plan import Plan
from executions.domain.scheduler import Command, advance, begin, resume
from executions.domain.snapshot import restore
from executions.domain.state import RunState
from executions.engine.journal import RunHandle
from executions.engine.large_values import Large, reader
from graphs.domain.model import NodeId


class ReceivedSignal(NamedTuple):
    id: int
    execution_id: UUID
    kind: str
    body: JsonObject | None = None
    values: Mapping[str, Large] = MappingProxyType({})
    """Those that the body refers to."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """An execution as claimed. `past` are the events of earlier claims, in order, or
    those after the state that `snapshot` holds."""

    handle: RunHandle
    plan: Plan
    inputs: Mapping[str, JsonValue]
    limits: Limits
    past: Sequence[Event] = ()
    snapshot: bytes | None = None
    started_at: float | None = None
    """When it was first claimed, in seconds since the epoch; None: now."""
    rows: Mapping[tuple[NodeId, int], UUID] = field(default_factory=dict)
    """Ids of the stored rows of node executions that earlier claims left unfinished."""
    reuse: frozenset[NodeId] = frozenset()
    """Nodes whose outputs the run `reuse_from` has stored."""
    reuse_from: str = ""
    node_inputs: Mapping[str, JsonObject] = field(default_factory=dict)
    """Values that stand on the pins of a node instead of what came along links."""
    values: Mapping[str, Large] = field(default_factory=dict)
    """Those that the inputs, the past and the snapshot refer to, by their ids."""
    parks: bool = True
    """It may leave memory while it waits."""
    is_stored: bool = True
    """Somebody keeps its record: large values are stored by themselves."""


def replay(run: Run) -> tuple[RunState, list[Command]]:
    """The state after the past, and what to do first."""
    limits = run.plan.limits(run.limits)
    if run.snapshot is not None:
        read = reader(run.values)
        state = restore(run.plan, limits, run.snapshot, read)
        commands: list[Command] = []
    else:
        state, commands = begin(run.plan, run.inputs, limits)
        if not run.past:
            return state, commands
    for event in run.past:
        commands = advance(state, event) or commands
    state.fresh_outputs.clear()  # the parent was told in the same transaction
    return state, commands if state.status.is_final else resume(state)
