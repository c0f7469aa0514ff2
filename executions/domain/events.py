"""What happened in an execution: facts that are numbered, stored, shown and folded."""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple, TypeAlias

import orjson

from blocks.values import JsonValue
from executions.domain.status import ExecutionStatus
from graphs.domain.model import NodeId


class Begun(NamedTuple):
    """A worker began the execution for the first time."""


class Started(NamedTuple):
    """An attempt of a node execution began."""

    node_id: NodeId
    number: int
    attempt: int


class Emitted(NamedTuple):
    """Step `index` (from 0) of a node execution sent a value out of a pin.

    `raw` is the value's JSON.
    """

    node_id: NodeId
    number: int
    index: int  # type: ignore[assignment]  # shadows a method that nobody needs
    pin: str
    value: JsonValue
    raw: bytes


class Waiting(NamedTuple):
    """Step `index` of a node execution waits until a time, in ms since the epoch."""

    node_id: NodeId
    number: int
    index: int  # type: ignore[assignment]  # shadows a method that nobody needs
    until: int


class Completed(NamedTuple):
    node_id: NodeId
    number: int


class Failed(NamedTuple):
    """The last attempt failed; `handled` says that a link leaves the `error` pin."""

    node_id: NodeId
    number: int
    code: str
    message: str
    handled: bool


class CancelRequested(NamedTuple):
    """Somebody who may asked for the end."""


class TimeExceeded(NamedTuple):
    """The execution used up its wall time."""

    seconds: float


class Finished(NamedTuple):
    """The end. `code` and `message` are set when a limit, not a node, decided it."""

    status: ExecutionStatus
    code: str = ""
    message: str = ""


Event: TypeAlias = (
    Begun
    | Started
    | Emitted
    | Waiting
    | Completed
    | Failed
    | CancelRequested
    | TimeExceeded
    | Finished
)


def to_json(event: Event, seq: int, at: int) -> bytes:
    """The event as stored and sent; `at` is in milliseconds since the epoch."""
    head = {"seq": seq, "at": at, "type": _NAMES[type(event)]}
    return orjson.dumps(head | _BODIES[type(event)](event))


def from_json(document: Mapping[str, Any]) -> Event | None:
    """The inverse of `to_json`; None for a type this version does not know."""
    read = _READERS.get(document["type"])
    return None if read is None else read(document)


def _node(event: Any) -> dict[str, object]:
    return {"node_id": event.node_id, "number": event.number}


def _nothing(_: Any) -> dict[str, object]:
    return {}


def _started(event: Started) -> dict[str, object]:
    return {**_node(event), "attempt": event.attempt}


def _emitted(event: Emitted) -> dict[str, object]:
    return {
        "node_id": event.node_id,
        "number": event.number,
        "index": event.index,
        "pin": event.pin,
        "value": orjson.Fragment(event.raw),
    }


def _waiting(event: Waiting) -> dict[str, object]:
    return {**_node(event), "index": event.index, "until": event.until}


def _failed(event: Failed) -> dict[str, object]:
    error = {"code": event.code, "message": event.message}
    return {**_node(event), "error": error, "handled": event.handled}


def _time_exceeded(event: TimeExceeded) -> dict[str, object]:
    return {"seconds": event.seconds}


def _finished(event: Finished) -> dict[str, object]:
    body: dict[str, object] = {"status": event.status}
    if event.code:
        body["error"] = {"code": event.code, "message": event.message}
    return body


_NAMES: Final[Mapping[type, str]] = {
    Begun: "execution.started",
    Started: "node.started",
    Emitted: "node.emitted",
    Waiting: "node.waiting",
    Completed: "node.completed",
    Failed: "node.failed",
    CancelRequested: "execution.cancel_requested",
    TimeExceeded: "execution.time_exceeded",
    Finished: "execution.finished",
}

_BODIES: Final[Mapping[type, Callable[[Any], dict[str, object]]]] = {
    Begun: _nothing,
    Started: _started,
    Emitted: _emitted,
    Waiting: _waiting,
    Completed: _node,
    Failed: _failed,
    CancelRequested: _nothing,
    TimeExceeded: _time_exceeded,
    Finished: _finished,
}


def _read_emitted(d: Mapping[str, Any]) -> Emitted:
    raw = orjson.dumps(d["value"])
    return Emitted(d["node_id"], d["number"], d["index"], d["pin"], d["value"], raw)


def _read_failed(d: Mapping[str, Any]) -> Failed:
    error = d["error"]
    return Failed(
        d["node_id"], d["number"], error["code"], error["message"], d["handled"]
    )


def _read_finished(d: Mapping[str, Any]) -> Finished:
    error = d.get("error", {})
    status = ExecutionStatus(d["status"])
    return Finished(status, error.get("code", ""), error.get("message", ""))


_READERS: Final[Mapping[str, Callable[[Mapping[str, Any]], Event]]] = {
    "execution.started": lambda d: Begun(),
    "node.started": lambda d: Started(d["node_id"], d["number"], d["attempt"]),
    "node.emitted": _read_emitted,
    "node.waiting": lambda d: Waiting(
        d["node_id"], d["number"], d["index"], d["until"]
    ),
    "node.completed": lambda d: Completed(d["node_id"], d["number"]),
    "node.failed": _read_failed,
    "execution.cancel_requested": lambda d: CancelRequested(),
    "execution.time_exceeded": lambda d: TimeExceeded(d["seconds"]),
    "execution.finished": _read_finished,
}
