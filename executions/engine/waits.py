"""What a run waits for when nothing in it is at work."""

from executions.domain.state import NodeExecution, RunState


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
