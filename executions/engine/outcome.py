"""What an attempt comes to, as events."""

import asyncio
import random
from collections.abc import Sequence
from typing import Final

from blocks.errors import BlockError
from blocks.invoke import failure_of
from blocks.spec import Effect
from blocks.values import Encoded
from executions.domain.events import Emitted, Event, Failed, Retrying
from executions.domain.retry import Failure, delay_before_next
from executions.domain.state import NodeExecution
from executions.engine.rules import POISON_FROM

MAX_ERROR_TEXT: Final = 10_000


def emitted(execution: NodeExecution, index: int, step: tuple[str, Encoded]) -> Emitted:
    pin, (value, raw) = step
    return Emitted(execution.node.id, execution.number, index, pin, value, raw)


def failed(execution: NodeExecution, error: BaseException) -> Failed:
    failure = _as_block_error(error)
    return Failed(
        execution.node.id,
        execution.number,
        failure.code,
        _text_of(failure),
        execution.node.handles_errors,
    )


def failed_or_retrying(
    execution: NodeExecution,
    error: BaseException,
    effect: Effect,
    now_ms: int,
    *,
    has_emitted: bool,
) -> Failed | Retrying:
    """The end of the node execution, or the announcement of its next attempt."""
    last = failed(execution, error)
    return _or_retrying(execution, last, effect, now_ms, has_emitted=has_emitted)


def agent_failed_or_retrying(
    execution: NodeExecution, last: Failed, now_ms: int
) -> Failed | Retrying:
    """The same for a node whose sub-agent has ended; its outputs are out already."""
    return _or_retrying(
        execution,
        last,
        execution.node.spec.effect,
        now_ms,
        has_emitted=execution.has_emitted,
    )


def _or_retrying(
    execution: NodeExecution,
    last: Failed,
    effect: Effect,
    now_ms: int,
    *,
    has_emitted: bool,
) -> Failed | Retrying:
    failure = Failure(
        code=last.code,
        failures=execution.failures + 1,
        effect=effect,
        has_emitted=has_emitted,
    )
    # Chance only spreads load; what it gave is in the event.
    delay = delay_before_next(execution.node.retry, failure, random.random())  # noqa: S311
    if delay is None:
        return last
    return Retrying(
        execution.node.id,
        execution.number,
        execution.attempt,
        last.code,
        last.message,
        now_ms + round(delay * 1000),
    )


def inline_failure(
    execution: NodeExecution,
    error: BaseException,
    effect: Effect,
    now_ms: int,
    events: Sequence[Event],
) -> tuple[Event, ...]:
    """What comes of an attempt that failed after these events, which nobody has seen
    yet: values that another attempt would give again are left out."""
    at_once = effect is Effect.PURE or execution.node.spec.incremental
    emits = any(isinstance(event, Emitted) for event in events)
    outcome = failed_or_retrying(
        execution, error, effect, now_ms, has_emitted=at_once and emits
    )
    if isinstance(outcome, Retrying) and not at_once:
        events = [event for event in events if not isinstance(event, Emitted)]
    return (*events, outcome)


def check_repeatable(
    execution: NodeExecution, effect: Effect, lost_leases: int
) -> None:
    """
    Raises:
        BlockError: earlier attempts were lost and another one might do harm.
    """
    lost = execution.lost
    if lost and max(lost, lost_leases) >= POISON_FROM:
        raise BlockError(
            f"the worker died {max(lost, lost_leases)} times while this node ran",
            code="worker_lost",
        )
    if not lost or effect is Effect.PURE:
        return
    if effect is Effect.ONCE:
        raise BlockError(
            "outcome unknown: the worker died while this node ran, and running it "
            "again could do the same thing twice",
            code="outcome_unknown",
        )
    if execution.has_emitted:
        raise BlockError(
            "the worker died after this node had emitted", code="interrupted"
        )


def _as_block_error(error: BaseException) -> BlockError:
    if isinstance(error, asyncio.CancelledError):
        return BlockError("cancelled", code="cancelled")
    return failure_of(error)


def _text_of(failure: BlockError) -> str:
    """What has no UTF-8 form could be neither stored nor sent; what is long is cut, and
    says so."""
    text = str(failure).encode(errors="replace").decode()
    if len(text) <= MAX_ERROR_TEXT:
        return text
    return f"{text[:MAX_ERROR_TEXT]}… (cut: {len(text):,} characters in all)"
