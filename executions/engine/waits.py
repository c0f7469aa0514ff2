"""What a run waits for when nothing in it is at work."""

from typing import Final, NamedTuple

from executions.domain.state import NodeExecution, RunState

PARK_ABOVE_MS: Final = 5_000
"""A wait that is no longer than this is waited for in memory."""
EXPIRY_GRACE_S: Final = 2.0
"""An answer given in the last moment may still be on its way."""


class Rest(NamedTuple):
    """Nothing goes on before `until`, or, if that is None, before a signal comes."""

    reason: str
    until: int | None


def rest_of(state: RunState, now_ms: int) -> Rest | None:
    """How long all of a run waits, if not just for a moment."""
    if state.is_paused:
        return Rest("paused", None)
    until = next_wake(state, round(EXPIRY_GRACE_S * 1000))
    is_soon = until is not None and until <= now_ms + PARK_ABOVE_MS
    if is_soon or not all_wait(state):
        return None
    return Rest(reason(state), until)


def all_wait(state: RunState) -> bool:
    """For a signal, or for a time that is recorded."""
    return all(
        execution.waits_for_signal or execution.waits_until is not None
        for execution in state.running.values()
    )


def next_wake(state: RunState, grace_ms: int) -> int | None:
    """The first time that something is to be done, if time alone can tell: `grace_ms`
    after a question expires."""
    times = [_wake_of(execution, grace_ms) for execution in state.running.values()]
    return min((time for time in times if time is not None), default=None)


def _wake_of(execution: NodeExecution, grace_ms: int) -> int | None:
    if not execution.waits_for_signal:
        return execution.waits_until
    if execution.expires_at is None:
        return None
    return execution.expires_at + grace_ms


def reason(state: RunState) -> str:
    """What is waited for, the first of these that applies."""
    running = state.running.values()
    if any(execution.review_id for execution in running):
        return "review"
    if any(execution.child_id for execution in running):
        return "agent"
    retried = any(execution.wake_at is not None for execution in running)
    return "retry" if retried else "timer"
