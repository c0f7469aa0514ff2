"""Node executions as rows, kept up to date event by event."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import orjson

from blocks.dynamic_pins import merge_inputs
from blocks.errors import BlockInputError
from blocks.values import JsonObject
from core.ids import new_id
from executions.domain.events import Completed, Emitted, Failed, Started, Waiting
from executions.domain.state import NodeExecution
from executions.domain.status import NodeStatus
from executions.engine.journal import NodeRow
from graphs.domain.model import NodeId

Key = tuple[NodeId, int]


@dataclass(slots=True, eq=False)
class _OpenRow:
    id: UUID
    started: Started
    inputs: bytes
    started_at: datetime
    is_new: bool
    status: NodeStatus = NodeStatus.RUNNING
    outputs: list[bytes] = field(default_factory=list)
    error: JsonObject | None = None
    ended_at: datetime | None = None

    def as_row(self) -> NodeRow:
        return NodeRow(
            id=self.id,
            node_id=self.started.node_id,
            number=self.started.number,
            attempt=self.started.attempt,
            status=self.status,
            inputs=self.inputs,
            outputs=b"[" + b",".join(self.outputs) + b"]",
            error=self.error,
            started_at=self.started_at,
            ended_at=self.ended_at,
            is_new=self.is_new,
        )


class NodeRows:
    """`known` are the ids of rows that an earlier claim wrote and did not finish."""

    def __init__(self, known: Mapping[Key, UUID]) -> None:
        self._known = known
        self._open: dict[Key, _OpenRow] = {}
        self._changed: dict[UUID, _OpenRow] = {}

    def open(self, event: Started, execution: NodeExecution, at: datetime) -> None:
        key = (event.node_id, event.number)
        known = self._known.get(key)
        row = _OpenRow(
            id=known or new_id(),
            started=event,
            inputs=_shown_inputs(execution),
            started_at=at,
            is_new=known is None,
            outputs=[
                _shown_output(step)
                for step in execution.steps
                if isinstance(step, Emitted)
            ],
        )
        self._open[key] = self._changed[row.id] = row

    def change(
        self, event: Emitted | Waiting | Completed | Failed, at: datetime
    ) -> None:
        key = (event.node_id, event.number)
        row = self._open[key]
        match event:
            case Emitted():
                row.outputs.append(_shown_output(event))
                row.status = NodeStatus.RUNNING
                return
            case Waiting():
                row.status = NodeStatus.WAITING
            case Completed():
                self._close(key, row, NodeStatus.COMPLETED, at)
            case Failed():
                row.error = {"code": event.code, "message": event.message}
                self._close(key, row, NodeStatus.FAILED, at)
        self._changed[row.id] = row

    def cancel_open(self, at: datetime) -> None:
        for key, row in list(self._open.items()):
            self._changed[row.id] = row
            self._close(key, row, NodeStatus.CANCELLED, at)

    def changes(self) -> list[NodeRow]:
        """The rows that changed since the last call, as they are now."""
        rows = [row.as_row() for row in self._changed.values()]
        for row in self._changed.values():
            row.is_new = False
        self._changed = {}
        return rows

    def _close(self, key: Key, row: _OpenRow, status: NodeStatus, at: datetime) -> None:
        row.status, row.ended_at = status, at
        del self._open[key]


def _shown_inputs(execution: NodeExecution) -> bytes:
    constants = execution.node.constants
    try:
        return orjson.dumps(merge_inputs(constants, execution.inputs))
    except BlockInputError:
        return orjson.dumps({**constants, **execution.inputs})


def _shown_output(event: Emitted) -> bytes:
    return orjson.dumps([event.pin, orjson.Fragment(event.raw)])
