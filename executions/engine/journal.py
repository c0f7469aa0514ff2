"""The port through which a run becomes durable, and its twin that lives in memory."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol
from uuid import UUID

from blocks.values import JsonObject, JsonValue
from executions.domain.status import ExecutionStatus, NodeStatus
from graphs.domain.model import NodeId


class LeaseLost(Exception):
    """The run can no longer be written: stop it."""


@dataclass(slots=True, eq=False)
class RunHandle:
    """One claim of one execution: `seq` numbers its last event, `committed` the last
    that is durable. Once it is `lost`, nothing more of it can be written: another
    worker may hold the execution, or the database `refused` what it was given."""

    execution_id: UUID
    lease_token: int
    seq: int = 0
    committed: int = 0
    lost: bool = False
    refused: str = ""


class NodeRow(NamedTuple):
    """A node execution as it is shown. `inputs` and `outputs` are JSON; `is_new` says
    that no earlier entry had the row."""

    id: UUID
    node_id: NodeId
    number: int
    attempt: int
    status: NodeStatus
    inputs: bytes
    outputs: bytes
    error: JsonObject | None
    started_at: datetime
    ended_at: datetime | None
    is_new: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """How the execution ended; `outputs` lists values by the name of the output, None
    where they are not known any more."""

    status: ExecutionStatus
    outputs: dict[str, list[JsonValue]] | None
    errors: list[JsonObject]
    ended_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What one turn of a run adds: kept whole or not at all.

    `events` are JSON documents whose last one has the number `last_seq`.
    """

    run: RunHandle
    last_seq: int
    events: Sequence[bytes]
    rows: Sequence[NodeRow]
    node_executions: int | None
    end: End | None = None


class Journal(Protocol):
    def append(self, entry: Entry) -> None:
        """Take an entry to be written soon; never blocks."""
        ...

    async def durable(self, run: RunHandle) -> None:
        """Return once everything appended for `run` is committed.

        Raises:
            LeaseLost: it was not written and never will be.
        """
        ...


class InMemoryJournal:
    """Durable as long as the process: for `rungraph` and tests."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def append(self, entry: Entry) -> None:
        self.entries.append(entry)

    async def durable(self, run: RunHandle) -> None:
        return None

    @property
    def events(self) -> list[bytes]:
        return [event for entry in self.entries for event in entry.events]
