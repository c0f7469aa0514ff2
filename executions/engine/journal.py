"""The port through which a run becomes durable, and its twin that lives in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from blocks.values import JsonObject, JsonValue
from core import codec
from executions.domain.events import AgentCall, ReviewRequest
from executions.domain.status import ExecutionStatus, NodeStatus
from graphs.domain.model import NodeId


class LeaseLost(Exception):
    """The run can no longer be written: stop it."""


class Parent(NamedTuple):
    """The node execution that started a run as its sub-agent."""

    execution_id: UUID
    node_id: str
    number: int


@dataclass(slots=True, eq=False)
class RunHandle:
    """One claim of one execution: `seq` numbers its last event, `committed` the last
    that is durable. Once it is `lost`, nothing more of it can be written: another
    worker may hold the execution, or the database `refused` what it was given.

    `has_slots`: places under concurrency keys are to be given back. `has_parked`: a
    snapshot of its state is stored. `lost_leases`: so many workers in a row died before
    they wrote anything of it."""

    execution_id: UUID
    lease_token: int
    seq: int = 0
    committed: int = 0
    lost: bool = False
    refused: str = ""
    parent: Parent | None = None
    has_slots: bool = False
    has_parked: bool = False
    lost_leases: int = 0


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
    reused_from: UUID | None
    started_at: datetime
    ended_at: datetime | None
    is_new: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """How the execution ended; `outputs` lists values by the name of the output, and
    `record` is the same as it is stored, None where they are not known any more.
    `children` still run, `reviews` are still open: they are to be cancelled."""

    status: ExecutionStatus
    outputs: dict[str, list[JsonValue]] | None
    record: bytes | None
    errors: list[JsonObject]
    ended_at: datetime
    children: Sequence[str] = ()
    reviews: Sequence[str] = ()


class Park(NamedTuple):
    """Nobody holds the run until `until`, or until a signal comes.

    `reason` is one of those that `Execution.waiting_for` lists, or empty where another
    worker is to go on at once. `snapshot` is the state as JSON.
    """

    reason: str
    until: datetime | None
    snapshot: bytes


class Child(NamedTuple):
    """An execution to start as the sub-agent of a node execution; its inputs are as
    they are stored."""

    id: str
    node_id: str
    number: int
    call: AgentCall


class NewReview(NamedTuple):
    id: str
    node_id: str
    number: int
    purpose: str
    expires_at: datetime | None
    request: ReviewRequest


class News(NamedTuple):
    """What the parent is told: outputs since the last time, in order and as they are
    stored, and the end."""

    outputs: Sequence[tuple[str, Any]]
    end: End | None


class Memo(NamedTuple):
    """A result to be used again; `outputs` is JSON: `[[pin, value], …]`."""

    key: str
    block_id: str
    outputs: bytes
    expires_at: datetime


@dataclass(frozen=True, eq=False)
class NewValue:
    """A large value to be stored by itself; `raw` is its JSON."""

    id: UUID
    raw: bytes

    @cached_property
    def stored(self) -> bytes:
        """Made once, since it takes a while."""
        return codec.encode(self.raw)


@dataclass(slots=True, kw_only=True)
class Extras:
    """What few turns add. `folded` are the ids of signals that this turn has heard."""

    folded: list[int] = field(default_factory=list)
    children: list[Child] = field(default_factory=list)
    reviews: list[NewReview] = field(default_factory=list)
    expired_reviews: list[str] = field(default_factory=list)
    memos: list[Memo] = field(default_factory=list)
    values: list[NewValue] = field(default_factory=list)
    news: News | None = None
    park: Park | None = None

    @property
    def rings(self) -> bool:
        """Somebody may have something to do once this is written."""
        return bool(self.children or self.news or (self.park and not self.park.reason))


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What one turn of a run adds: kept whole or not at all.

    `events` are JSON documents whose last one has the number `last_seq`. `progressed`:
    something came of an attempt, it did not just begin.
    """

    run: RunHandle
    last_seq: int
    events: Sequence[bytes]
    rows: Sequence[NodeRow]
    node_executions: int | None
    """None, like `cost`: not known, as it was."""
    cost: int | None = 0
    progressed: bool = True
    end: End | None = None
    extras: Extras | None = None


def news_body(entry: Entry, parent: Parent, news: News) -> JsonObject:
    """The body of the signal that tells a parent."""
    end = news.end
    return {
        "child_id": str(entry.run.execution_id),
        "node_id": parent.node_id,
        "number": parent.number,
        "outputs": [[name, value] for name, value in news.outputs],
        "status": "" if end is None else end.status.value,
        "errors": [] if end is None else list(end.errors),
        "node_executions": entry.node_executions or 0,
        "cost": entry.cost or 0,
    }


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
