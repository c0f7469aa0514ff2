"""Executions as rows. The numbered events are the truth; node executions and the
columns of an execution are their projection, written in the same transaction."""

from executions.models.queue import ConcurrencyLimit, Slot, StartKey, Worker
from executions.models.reviews import MemoizedResult, Review, ReviewRule
from executions.models.runs import (
    MAX_PRIORITY,
    Execution,
    ExecutionEventSegment,
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
    "ExecutionSnapshot",
    "Hook",
    "HookDelivery",
    "MemoizedResult",
    "NodeExecution",
    "Review",
    "ReviewRule",
    "Schedule",
    "ScheduleTick",
    "Signal",
    "Slot",
    "StartKey",
    "StoredValue",
    "Worker",
]
