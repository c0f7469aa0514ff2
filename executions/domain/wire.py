"""Events as JSON: how they are stored and sent."""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any, Final, TypeAlias

import orjson

from blocks.values import compact
from executions.domain.events import (
    Answered,
    Asked,
    Begun,
    Called,
    CalledWithin,
    CancelRequested,
    ChildEnded,
    Completed,
    Emitted,
    Event,
    Failed,
    Finished,
    Parked,
    Paused,
    Resumed,
    Retrying,
    Reused,
    Spent,
    Stalled,
    Started,
    TimeExceeded,
    Waiting,
    Woken,
)
from executions.domain.status import ExecutionStatus

NAMES: Final[Mapping[type, str]] = {
    Begun: "execution.started",
    Paused: "execution.paused",
    Resumed: "execution.resumed",
    Parked: "execution.waiting",
    Woken: "execution.woken",
    Stalled: "execution.stalled",
    CancelRequested: "execution.cancel_requested",
    TimeExceeded: "execution.time_exceeded",
    Finished: "execution.finished",
    Started: "node.started",
    Reused: "node.reused",
    Emitted: "node.emitted",
    Waiting: "node.waiting",
    Asked: "node.asked",
    Answered: "node.answered",
    Called: "node.called",
    CalledWithin: "node.called_within",
    ChildEnded: "node.child_ended",
    Spent: "node.spent",
    Retrying: "node.retrying",
    Completed: "node.completed",
    Failed: "node.failed",
}


def to_json(event: Event, seq: int, at: int) -> bytes:
    """The event as stored and sent; `at` is in milliseconds since the epoch."""
    kind = type(event)
    write = _WRITERS.get(kind)
    if write is not None:
        return write(event, seq, at)
    body: dict[str, object] = {"seq": seq, "at": at, "type": NAMES[kind]}
    body.update(_BODIES.get(kind, _fields)(event))
    return compact(orjson.dumps(body))


def from_json(document: Mapping[str, Any]) -> Event | None:
    """The inverse of `to_json`; None for a type this version does not know."""
    read = _READERS.get(document["type"])
    return None if read is None else read(document)


def _fields(event: Any) -> Iterable[tuple[str, object]]:
    return zip(event._fields, event, strict=True)


# The events that there are most of are put together by hand: in a third of the time.


def _started(event: Started, seq: int, at: int) -> bytes:
    node, number, attempt = event
    return (
        b'{"seq":%d,"at":%d,"type":"node.started","node_id":%b,"number":%d,"attempt":%d}'
        % (seq, at, _quoted(node), number, attempt)
    )


def _emitted(event: Emitted, seq: int, at: int) -> bytes:
    node, number, index, pin, _, raw = event
    return (
        b'{"seq":%d,"at":%d,"type":"node.emitted","node_id":%b,"number":%d,'
        b'"index":%d,"pin":%b,"value":%b}'
        % (seq, at, _quoted(node), number, index, _quoted(pin), raw)
    )


def _completed(event: Completed, seq: int, at: int) -> bytes:
    return b'{"seq":%d,"at":%d,"type":"node.completed","node_id":%b,"number":%d}' % (
        seq, at, _quoted(event.node_id), event.number,
    )  # fmt: skip


@lru_cache(maxsize=10_000)
def _quoted(text: str) -> bytes:
    return orjson.dumps(text)


_WRITERS: Final[Mapping[type, Callable[[Any, int, int], bytes]]] = {
    Started: _started,
    Emitted: _emitted,
    Completed: _completed,
}


def _without_last(event: Any) -> dict[str, object]:
    """What is only for whoever carries the event out is left out."""
    fields: dict[str, object] = event._asdict()
    fields.popitem()
    return fields


def _with_error(event: Failed | Retrying) -> dict[str, object]:
    fields: dict[str, object] = event._asdict()
    fields["error"] = {"code": fields.pop("code"), "message": fields.pop("message")}
    return fields


def _finished(event: Finished) -> dict[str, object]:
    body: dict[str, object] = {"status": event.status}
    if event.code:
        body["error"] = {"code": event.code, "message": event.message}
    return body


Body: TypeAlias = Mapping[str, object] | Iterable[tuple[str, object]]

_BODIES: Final[Mapping[type, Callable[[Any], Body]]] = {
    Asked: _without_last,
    Called: _without_last,
    CalledWithin: _without_last,
    Failed: _with_error,
    Retrying: _with_error,
    Finished: _finished,
}

Reader = Callable[[Mapping[str, Any]], Event]


def _reader_of(kind: Any) -> Reader:
    names = [
        name for name in kind._fields if (kind, name) not in _NOT_RECORDED
    ]  # fmt: skip

    def read(d: Mapping[str, Any]) -> Event:
        event: Event = kind(*(d[name] for name in names))
        return event

    return read


_NOT_RECORDED: Final = {(Asked, "request"), (Called, "call"), (CalledWithin, "call")}


def _read_emitted(d: Mapping[str, Any]) -> Emitted:
    raw = orjson.dumps(d["value"])
    return Emitted(d["node_id"], d["number"], d["index"], d["pin"], d["value"], raw)


def _read_with_error(kind: Any) -> Reader:
    def read(d: Mapping[str, Any]) -> Event:
        known = {**d, **d["error"]}
        event: Event = kind(*(known[name] for name in kind._fields))
        return event

    return read


def _read_finished(d: Mapping[str, Any]) -> Finished:
    error = d.get("error", {})
    status = ExecutionStatus(d["status"])
    return Finished(status, error.get("code", ""), error.get("message", ""))


_READERS: Final[Mapping[str, Reader]] = {
    **{name: _reader_of(kind) for kind, name in NAMES.items()},
    NAMES[Emitted]: _read_emitted,
    NAMES[Failed]: _read_with_error(Failed),
    NAMES[Retrying]: _read_with_error(Retrying),
    NAMES[Finished]: _read_finished,
}
