"""What a request from outside means to an execution as it stands."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import orjson

from blocks.errors import BlockError
from blocks.spec import Kind
from blocks.values import Encoded, JsonValue, encode
from executions.domain.events import (
    Answered,
    CancelRequested,
    ChildEnded,
    Completed,
    Emitted,
    Event,
    Failed,
    Paused,
    Resumed,
    Stalled,
)
from executions.domain.state import NodeExecution, RunState
from executions.domain.status import ExecutionStatus

Body = Mapping[str, Any]
Read = Callable[[JsonValue], JsonValue]


def events_of(
    state: RunState, kind: str, body: Body | None, read: Read = lambda value: value
) -> tuple[Event, ...]:
    """The events that a signal becomes; none if it comes too late to mean anything.

    `read` tells what value an output of a sub-agent in `body` stands for.
    """
    match kind:
        case "cancel":
            return (CancelRequested(),)
        case "pause":
            return () if state.is_paused else (Paused(),)
        case "resume":
            return (Resumed(),) if state.is_paused else ()
        case "answer":
            return _answer(state, body or {})
        case "stalled" if body is not None:
            return (Stalled(body["since"], body["seconds"]),)
        case "child":
            return _news_of_child(state, body or {}, read)
    raise ValueError(f"no such signal: {kind!r}")


def expiries(state: RunState, now_ms: int) -> tuple[Failed, ...]:
    """Failures of the node executions whose question nobody answered in time."""
    return tuple(
        failure(execution, "review_expired", "nobody answered the review in time")
        for execution in state.running.values()
        if execution.expires_at is not None and execution.expires_at <= now_ms
    )


def failure(execution: NodeExecution, code: str, message: str) -> Failed:
    node = execution.node
    return Failed(node.id, execution.number, code, message, node.handles_errors)


def _find(state: RunState, body: Body) -> NodeExecution | None:
    return state.running.get((body["node_id"], body["number"]))


def _answer(state: RunState, body: Body) -> tuple[Event, ...]:
    execution = _find(state, body)
    if execution is None or execution.review_id != body["review_id"]:
        return ()
    place = (execution.node.id, execution.number)
    answered = Answered(*place, body["review_id"], body["approved"])
    if execution.node.spec.kind is Kind.REVIEW:
        return (answered, *_reviewed(execution, body))
    if body["approved"]:
        return (answered,)
    text = "outcome unknown, and a person decided not to try again"
    return (answered, failure(execution, "outcome_unknown", text))


def _reviewed(execution: NodeExecution, body: Body) -> tuple[Event, ...]:
    pin = "approved_data" if body["approved"] else "rejected_data"
    values: list[tuple[str, JsonValue]] = [(pin, body["data"])]
    if body.get("message"):
        values.append(("review_message", body["message"]))
    return review_outcome(execution, values)


def review_outcome(
    execution: NodeExecution, values: list[tuple[str, JsonValue]]
) -> tuple[Event, ...]:
    """The node execution emits these and is done."""
    emitted = [
        _emitted(execution, index, pin, encode(value))
        for index, (pin, value) in enumerate(values)
    ]
    return (*emitted, Completed(execution.node.id, execution.number))


def _emitted(
    execution: NodeExecution, index: int, pin: str, encoded: Encoded
) -> Emitted:
    value, raw = encoded
    return Emitted(execution.node.id, execution.number, index, pin, value, raw)


def _news_of_child(state: RunState, body: Body, read: Read) -> tuple[Event, ...]:
    execution = _find(state, body)
    if execution is None:
        return ()
    if body["child_id"] in execution.open_calls:
        return (_ended(execution, body),) if body["status"] else ()
    if execution.child_id != body["child_id"]:
        return ()
    first = len(execution.steps)
    outputs = [
        _emitted(execution, first + number, name, _as_sent(read(value)))
        for number, (name, value) in enumerate(body["outputs"])
    ]
    return (*outputs, *(_child_ended(execution, body) if body["status"] else ()))


def _as_sent(value: JsonValue) -> Encoded:
    """It was a value of the sub-agent already, so no copy is needed."""
    return Encoded(value, orjson.dumps(value))


def _child_ended(execution: NodeExecution, body: Body) -> tuple[Event, ...]:
    place = (execution.node.id, execution.number)
    ended = _ended(execution, body)
    if body["status"] == ExecutionStatus.COMPLETED:
        return (ended, Completed(*place))
    return (ended, failure(execution, AGENT_FAILED, _why(body)))


def _ended(execution: NodeExecution, body: Body) -> ChildEnded:
    return ChildEnded(
        execution.node.id,
        execution.number,
        body["child_id"],
        body["status"],
        body["node_executions"],
        body["cost"],
    )


AGENT_FAILED: Final = "agent_failed"
MAX_REASONS: Final = 3


def _why(body: Body) -> str:
    reasons = [str(error["message"]) for error in body["errors"][:MAX_REASONS]]
    told = "; ".join(reasons)
    ended = f"the sub-agent ended {body['status']}"
    return f"{ended}: {told}" if told else ended


def agent_inputs(execution: NodeExecution, merged: Mapping[str, Any]) -> dict[str, Any]:
    """What a sub-agent gets: the values on its pins, over those set in the node.

    Raises:
        BlockError: `inputs` is not an object.
    """
    given = merged.get("inputs") or {}
    if not isinstance(given, Mapping):
        raise BlockError("pin 'inputs' must be an object", code="bad_input")
    declared = execution.node.spec.inputs
    pins = {name: value for name, value in merged.items() if name not in declared}
    return {**given, **pins}
