"""What an execution or a node execution can be, and what may follow what."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class ExecutionStatus(StrEnum):
    QUEUED = "QUEUED"
    """Accepted and stored; no worker has begun it."""
    RUNNING = "RUNNING"
    """Something of it can go on."""
    WAITING = "WAITING"
    """Nothing of it can go on before something outside happens."""
    COMPLETED = "COMPLETED"
    """It came to rest and every failure was handled."""
    FAILED = "FAILED"
    """A failure was not handled, or a limit was passed. Outputs so far are kept."""
    CANCELLED = "CANCELLED"
    """Stopped on request."""
    TIMED_OUT = "TIMED_OUT"
    """It took longer than its wall time allows."""

    @property
    def is_final(self) -> bool:
        return not LEGAL_MOVES[self]


_ENDS: Final = frozenset(
    {
        ExecutionStatus.COMPLETED,
        ExecutionStatus.FAILED,
        ExecutionStatus.CANCELLED,
        ExecutionStatus.TIMED_OUT,
    }
)

LEGAL_MOVES: Final[Mapping[ExecutionStatus, frozenset[ExecutionStatus]]] = {
    ExecutionStatus.QUEUED: _ENDS | {ExecutionStatus.RUNNING},
    ExecutionStatus.RUNNING: _ENDS | {ExecutionStatus.WAITING, ExecutionStatus.QUEUED},
    ExecutionStatus.WAITING: _ENDS | {ExecutionStatus.RUNNING, ExecutionStatus.QUEUED},
    **{end: frozenset() for end in _ENDS},
}


class NodeStatus(StrEnum):
    RUNNING = "RUNNING"
    """An attempt is under way."""
    WAITING = "WAITING"
    """It waits for a time to come."""
    COMPLETED = "COMPLETED"
    """Its last attempt succeeded."""
    FAILED = "FAILED"
    """Its last attempt failed; the text went to its `error` pin."""
    CANCELLED = "CANCELLED"
    """The execution ended before it did."""
