"""Node executions as rows, kept up to date event by event."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Final, TypeAlias
from uuid import UUID

import orjson

from blocks.errors import BlockInputError
from blocks.values import JsonObject
from core.ids import new_id
from executions.domain.events import (
    Asked,
    Called,
    Completed,
    Emitted,
    Failed,
    Retrying,
    Reused,
    Started,
    Waiting,
)
from executions.domain.state import NodeExecution
from executions.domain.status import NodeStatus
from executions.engine.journal import NodeRow
from executions.engine.large_values import LargeValues
from graphs.domain.model import NodeId

Key = tuple[NodeId, int]
Change: TypeAlias = Emitted | Waiting | Asked | Called | Retrying | Completed | Failed
WAITS: Final = (Waiting, Asked, Called, Retrying)
FAILURES: Final = (Failed, Retrying)


@dataclass(slots=True, eq=False)
class _OpenRow:
    id: UUID
    key: Key
    attempt: int
    inputs: bytes
    started_at: datetime
    is_new: bool
    reused_from: UUID | None = None
    status: NodeStatus = NodeStatus.RUNNING
    outputs: list[bytes] = field(default_factory=list)
    error: JsonObject | None = None
    ended_at: datetime | None = None

    def as_row(self) -> NodeRow:
        return NodeRow(
            id=self.id,
            node_id=self.key[0],
            number=self.key[1],
            attempt=self.attempt,
            status=self.status,
            inputs=self.inputs,
            outputs=b"[" + b",".join(self.outputs) + b"]",
            error=self.error,
            reused_from=self.reused_from,
            started_at=self.started_at,
            ended_at=self.ended_at,
            is_new=self.is_new,
        )


class NodeRows:
    """`known` are the ids of rows that an earlier claim wrote and did not finish."""

    def __init__(self, known: Mapping[Key, UUID], values: LargeValues) -> None:
        self._known = known
        self._values = values
        self._open: dict[Key, _OpenRow] = {}
        self._changed: dict[UUID, _OpenRow] = {}

    def open(
        self, event: Started | Reused, execution: NodeExecution, at: datetime
    ) -> None:
        """An attempt began, or what stands in for one."""
        row = self._row_of((event.node_id, event.number), execution, at)
        row.status, row.error = NodeStatus.RUNNING, None
        if isinstance(event, Started):
            row.attempt = event.attempt
        else:
            row.reused_from = UUID(event.execution_id)
        self._changed[row.id] = row

    def change(self, event: Change, execution: NodeExecution, at: datetime) -> None:
        key = (event.node_id, event.number)
        row = self._row_of(key, execution, at)
        if isinstance(event, Emitted):
            row.outputs.append(_shown_output(event))
            row.status = NodeStatus.RUNNING
            return
        if isinstance(event, FAILURES):
            row.error = {"code": event.code, "message": event.message}
        if isinstance(event, WAITS):
            row.status = NodeStatus.WAITING
        else:
            self._close(key, row, _ENDS[type(event)], at)
        self._changed[row.id] = row

    def outputs_of(self, key: Key) -> bytes:
        """What the node execution has emitted so far, as JSON."""
        return b"[" + b",".join(self._open[key].outputs) + b"]"

    def cancel_open(self, running: Mapping[Key, NodeExecution], at: datetime) -> None:
        """The run has ended; rows of earlier claims that nobody touched included."""
        for key, execution in running.items():
            if key in self._open or key in self._known:
                row = self._row_of(key, execution, at)
                self._changed[row.id] = row
                self._close(key, row, NodeStatus.CANCELLED, at)

    def changes(self) -> list[NodeRow]:
        """The rows that changed since the last call, as they are now."""
        rows = [row.as_row() for row in self._changed.values()]
        for row in self._changed.values():
            row.is_new = False
        self._changed = {}
        return rows

    def _row_of(self, key: Key, execution: NodeExecution, at: datetime) -> _OpenRow:
        row = self._open.get(key)
        if row is None:
            row = self._open[key] = self._made(key, execution, at)
        return row

    def _made(self, key: Key, execution: NodeExecution, at: datetime) -> _OpenRow:
        known = self._known.get(key)
        steps = execution.steps if known is not None else ()
        return _OpenRow(
            id=known or new_id(),
            key=key,
            attempt=execution.attempt,
            inputs=_shown_inputs(execution, self._values),
            started_at=at,
            is_new=known is None,
            outputs=[
                _shown_output(self._values.recorded(step))
                for step in steps
                if isinstance(step, Emitted)
            ],
        )

    def _close(self, key: Key, row: _OpenRow, status: NodeStatus, at: datetime) -> None:
        row.status, row.ended_at = status, at
        del self._open[key]


_ENDS: Final[Mapping[type, NodeStatus]] = {
    Completed: NodeStatus.COMPLETED,
    Failed: NodeStatus.FAILED,
}


def _shown_inputs(execution: NodeExecution, values: LargeValues) -> bytes:
    constants, linked = execution.node.constants, execution.inputs
    try:
        merged = execution.merged()
    except BlockInputError:
        merged = {**constants, **linked}
    return values.inputs(merged, constants, linked)


def _shown_output(event: Emitted) -> bytes:
    return b"[%b,%b]" % (_as_json(event.pin), event.raw)


@lru_cache(maxsize=1_000)
def _as_json(pin: str) -> bytes:
    return orjson.dumps(pin)
