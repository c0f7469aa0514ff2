"""The large values of one run: each is stored once, and its record refers to it."""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from hashlib import blake2b
from typing import Final, NamedTuple

import orjson

from blocks.values import JsonObject, JsonValue, compact
from core.ids import new_id
from core.limits import MIB
from executions.domain.events import Emitted
from executions.domain.references import (
    KEY,
    escaped,
    looks_like_one,
    opened,
    reference,
)
from executions.engine.journal import NewValue

LARGE_BYTES: Final = 64 * 1024
"""A value whose JSON is longer than this is stored by itself."""
HELD_BYTES: Final = 16 * MIB
"""So much is known again by sight; what was seen before that, by its digest."""

_MARK: Final = f'"{KEY}":'.encode()
_LONGEST_CHARACTER: Final = len(r"\u0000")
_CONTAINERS: Final = (dict, list)

Reader = Callable[[JsonValue], JsonValue]
Pins = Mapping[str, JsonValue]


class Large(NamedTuple):
    """A value that is stored, what stands for it, and a digest of its JSON."""

    value: JsonValue
    reference: JsonObject
    digest: bytes


def large(id: str, value: JsonValue, raw: bytes) -> Large:
    return Large(value, reference(id, raw), _digest(raw))


def _digest(raw: bytes) -> bytes:
    return blake2b(raw, digest_size=32).digest()


class LargeValues:
    """Answers what stands on record in place of a value.

    `fresh` are values that are referred to and not stored yet. A value is known again
    by its identity, for which it is held here, or else by its JSON.
    """

    def __init__(self, known: Iterable[Large] = ()) -> None:
        self.fresh: list[NewValue] = []
        self._references: dict[bytes, JsonObject] = {}
        self._held: dict[int, Large] = {}
        self._order: deque[int] = deque()
        self._held_bytes = 0
        for one in known:
            self._know(one)

    # What goes on record

    def recorded(self, event: Emitted) -> Emitted:
        """The event with its place in `raw`."""
        place: object
        if len(event.raw) > LARGE_BYTES:
            place = self._refer(event.value, event.raw)
        elif looks_like_one(event.value):
            place = escaped(event.value)
        else:
            return event
        return event._replace(raw=orjson.dumps(place))

    def place(self, value: JsonValue) -> object:
        """What stands for a value of any size, for orjson to write."""
        held = self._held.get(id(value))
        if held is not None:
            return held.reference
        if type(value) not in _CONTAINERS and not _may_be_large(value):
            return value
        raw = orjson.dumps(value)
        if len(raw) > LARGE_BYTES:
            return self._refer(value, raw)
        written = orjson.Fragment(raw)
        return escaped(written) if looks_like_one(value) else written

    def places(self, values: Pins) -> dict[str, object]:
        return {name: self.place(value) for name, value in values.items()}

    def inputs(self, merged: Pins, constants: Pins, linked: Pins) -> bytes:
        """What a node execution was given, as JSON. By the pins as they are linked, if
        a large value went into a part of one."""
        if not (
            self._held and any(id(value) in self._held for value in linked.values())
        ):
            raw = compact(orjson.dumps(merged))
            if _is_plain(raw):
                return raw
        return compact(orjson.dumps(self.places({**constants, **linked})))

    def outputs(self, outputs: Mapping[str, list[JsonValue]]) -> bytes:
        """Those of the run, as JSON."""
        if not self._references:
            raw = orjson.dumps(outputs)
            if _is_plain(raw):
                return raw
        found = {name: [*map(self.place, values)] for name, values in outputs.items()}
        return orjson.dumps(found)

    # What is read from a record

    def reader(self, loaded: Mapping[str, Large]) -> Reader:
        """Reads what another run has put on record; `loaded` is what it refers to."""
        for one in loaded.values():
            self._know(one)
        return reader(loaded)

    # What is known

    def _refer(self, value: JsonValue, raw: bytes) -> JsonObject:
        held = self._held.get(id(value))
        if held is not None:
            return held.reference
        digest = _digest(raw)
        found = self._references.get(digest)
        if found is None:
            id_ = new_id()
            found = reference(str(id_), raw)
            self.fresh.append(NewValue(id_, raw))
        self._know(Large(value, found, digest))
        return found

    def _know(self, one: Large) -> None:
        self._references.setdefault(one.digest, one.reference)
        key = id(one.value)
        if key in self._held:
            return
        self._held[key] = one
        self._order.append(key)
        self._held_bytes += _size(one)
        while self._held_bytes > HELD_BYTES and len(self._order) > 1:
            self._held_bytes -= _size(self._held.pop(self._order.popleft()))


class NothingElsewhere(LargeValues):
    """For a run whose record nobody keeps: every value stands where it is."""

    def recorded(self, event: Emitted) -> Emitted:
        return event

    def place(self, value: JsonValue) -> object:
        return value

    def inputs(self, merged: Pins, constants: Pins, linked: Pins) -> bytes:
        return compact(orjson.dumps(merged))

    def outputs(self, outputs: Mapping[str, list[JsonValue]]) -> bytes:
        return orjson.dumps(outputs)

    def reader(self, loaded: Mapping[str, Large]) -> Reader:
        return _as_it_is


def reader(loaded: Mapping[str, Large]) -> Reader:
    """Reads the places of a record; `loaded` is what it refers to."""
    values = {id_: one.value for id_, one in loaded.items()}
    return lambda place: opened(place, values)


def _as_it_is(value: JsonValue) -> JsonValue:
    return value


def _may_be_large(value: object) -> bool:
    return type(value) is str and len(value) * _LONGEST_CHARACTER > LARGE_BYTES


def _is_plain(raw: bytes) -> bool:
    """Nothing in it is large, and nothing looks like a reference."""
    return len(raw) <= LARGE_BYTES and _MARK not in raw


def _size(one: Large) -> int:
    size: int = one.reference["size"]  # type: ignore[assignment]
    return size
