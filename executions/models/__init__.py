"""Executions as rows. The numbered events are the truth; node executions and the
columns of an execution are their projection, written in the same transaction."""

from executions.models.files import StoredFile
from executions.models.memory import MemoryValue
from executions.models.queue import ConcurrencyLimit, Slot, StartKey, Worker
from executions.models.reviews import MemoizedResult, Review, ReviewRule
from executions.models.runs import (
    MAX_PRIORITY,
    Execution,
    ExecutionEventSegment,
    ExecutionShare,
    ExecutionSnapshot,
    NodeExecution,
    Signal,
    StoredValue,
)
from executions.models.triggers import Hook, HookDelivery, Schedule, ScheduleTick

__all__ = [
    "MAX_PRIORITY",
    "ConcurrencyLimit",
    "Execution",
    "ExecutionEventSegment",
    "ExecutionShare",
    "ExecutionSnapshot",
    "Hook",
    "HookDelivery",
    "MemoizedResult",
    "MemoryValue",
    "NodeExecution",
    "Review",
    "ReviewRule",
    "Schedule",
    "ScheduleTick",
    "Signal",
    "Slot",
    "StartKey",
    "StoredFile",
    "StoredValue",
    "Worker",
]
