"""An execution as a database in memory has it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from blocks.values import JsonValue
from core.ids import new_id
from executions.domain.events import Event
from executions.domain.wire import from_json
from executions.engine.journal import End, NewReview, NodeRow, Parent
from executions.engine.run import ReceivedSignal
from graphs.domain.model import Graph, NodeId


@dataclass(eq=False)
class Stored:
    """An execution as the database has it."""

    graph: Graph
    inputs: Mapping[str, JsonValue]
    id: UUID = field(default_factory=new_id)
    parent: Parent | None = None
    depth: int = 0
    reuse: frozenset[NodeId] = frozenset()
    token: int = 0
    lost_leases: int = 0
    due_at: float | None = 0.0
    started_at: float | None = None
    waiting_for: str = ""
    parks: list[tuple[str, float | None]] = field(default_factory=list)
    """Of each park why, and for how many seconds."""
    events: list[dict[str, Any]] = field(default_factory=list)
    snapshot: tuple[int, bytes] | None = None
    signals: list[ReceivedSignal] = field(default_factory=list)
    reviews: dict[str, NewReview] = field(default_factory=dict)
    expired: list[str] = field(default_factory=list)
    cancelled_reviews: list[str] = field(default_factory=list)
    rows: dict[UUID, NodeRow] = field(default_factory=dict)
    node_executions: int = 0
    cost: int = 0
    end: End | None = None

    def types(self, node_id: str | None = None) -> list[str]:
        """Of all events, or of one node's, without their first word."""
        return [
            event["type"].partition(".")[2]
            for event in self.events
            if node_id is None or event.get("node_id") == node_id
        ]

    def of_type(self, type_: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["type"] == type_]

    @property
    def outcome(self) -> tuple[str, Any, list[Any]]:
        """Status, outputs and the codes of errors."""
        assert self.end is not None, self.types()
        codes = [error["code"] for error in self.end.errors]
        return self.end.status.value, self.end.outputs, codes

    def past(self, read: Callable[[JsonValue], JsonValue]) -> list[Event]:
        since = 0 if self.snapshot is None else self.snapshot[0]
        documents = [dict(document) for document in self.events[since:]]
        for document in documents:
            if "value" in document:
                document["value"] = read(document["value"])
        events = [from_json(document) for document in documents]
        return [event for event in events if event is not None]

    def open_rows(self) -> dict[tuple[NodeId, int], UUID]:
        return {
            (row.node_id, row.number): row.id
            for row in self.rows.values()
            if row.ended_at is None
        }
