"""Pin names that reach inside a value: `values_#_name`, `list_$_0`, `object_@_field`.

On a source pin the name selects a part of the emitted value; on a sink pin, and among a
node's constants, the parts are merged into one value before the block runs.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Final

from blocks.errors import BlockInputError
from blocks.values import JsonObject, JsonValue

MAX_LIST_INDEX: Final = 10_000
MAX_DEPTH: Final = 32

_SELECTOR = re.compile(r"_([#$@])_")


class _Missing(Enum):
    MISSING = "missing"


MISSING: Final = _Missing.MISSING


class PinNameError(BlockInputError):
    """A pin name that cannot be read."""

    code = "bad_pin_name"


@dataclass(frozen=True, slots=True)
class PinPath:
    """`base` is the pin; `steps` lead into its value: text for keys, int for places."""

    base: str
    steps: tuple[str | int, ...] = ()


@lru_cache(maxsize=8192)
def parse_pin(name: str) -> PinPath:
    """Read a pin name.

    Raises:
        PinNameError: a place is no whole number or too large, a field starts with `_`,
            or the path is too deep.
    """
    base, *parts = _SELECTOR.split(name)
    steps = tuple(
        _step(name, kind, text)
        for kind, text in zip(parts[::2], parts[1::2], strict=True)
    )
    if len(steps) > MAX_DEPTH:
        raise PinNameError(f"pin {name!r} reaches more than {MAX_DEPTH} levels deep")
    return PinPath(base, steps)


def _step(name: str, kind: str, text: str) -> str | int:
    if kind == "$":
        return _index(name, text)
    if kind == "@" and text.startswith("_"):
        raise PinNameError(f"pin {name!r}: a field name may not start with '_'")
    return text


def _index(name: str, text: str) -> int:
    if not re.fullmatch(r"-?[0-9]{1,9}", text):
        raise PinNameError(f"pin {name!r}: index must be an integer, not {text!r}")
    index = int(text)
    if index > MAX_LIST_INDEX:
        raise PinNameError(f"pin {name!r}: index is above {MAX_LIST_INDEX}")
    return index


def select(value: JsonValue, path: PinPath) -> JsonValue | _Missing:
    """The part of `value` that `path` names, MISSING where there is none.

    A null found on the way or at the end is MISSING too: nulls flow only whole.
    """
    found: JsonValue = value
    for step in path.steps:
        part = _look_up(found, step)
        if part is MISSING or part is None:
            return MISSING
        found = part
    return found


def _look_up(value: JsonValue, step: str | int) -> JsonValue | _Missing:
    if isinstance(step, str):
        return value.get(step, MISSING) if isinstance(value, dict) else MISSING
    if isinstance(value, list) and -len(value) <= step < len(value):
        return value[step]
    return MISSING


def merge_inputs(
    constants: Mapping[str, JsonValue], linked: Mapping[str, JsonValue]
) -> JsonObject:
    """Merge flat pin values into one value for each pin.

    A whole value comes first and keys go on top of it; what came along a link beats a
    constant. The arguments are left as they are.

    Raises:
        BlockInputError: two keys disagree on what kind of thing they are parts of.
    """
    merged: JsonObject = {}
    keyed_constants: list[tuple[PinPath, JsonValue]] = []
    keyed_links: list[tuple[PinPath, JsonValue]] = []
    for flat, keyed in ((constants, keyed_constants), (linked, keyed_links)):
        for name, value in flat.items():
            path = parse_pin(name)
            if path.steps:
                keyed.append((path, value))
            else:
                merged[path.base] = value
    if keyed_constants or keyed_links:
        whole = {name for name in linked if name in merged}
        _put_all(merged, keyed_constants, keyed_links, whole)
    return merged


def _put_all(
    merged: JsonObject,
    constants: Iterable[tuple[PinPath, JsonValue]],
    linked: Iterable[tuple[PinPath, JsonValue]],
    linked_whole: set[str],
) -> None:
    fresh: set[int] = set()
    for path, value in constants:
        if path.base in linked_whole and select(merged[path.base], path) is not MISSING:
            continue
        _put(merged, path, value, fresh)
    for path, value in linked:
        _put(merged, path, value, fresh)


def _put(merged: JsonObject, path: PinPath, value: JsonValue, fresh: set[int]) -> None:
    """Set the part of `merged` that `path` names, copying what is not ours to change.

    `fresh` holds the identities of the containers made during this merge.
    """
    holder: JsonValue = merged
    key: str | int = path.base
    for step in path.steps:
        inner = _own_container(_look_up(holder, key), step, path, fresh)
        _set(holder, key, inner)
        holder, key = inner, step
    _set(holder, key, value)


def _own_container(
    current: JsonValue | _Missing, step: str | int, path: PinPath, fresh: set[int]
) -> JsonValue:
    wanted: type[dict[str, JsonValue]] | type[list[JsonValue]] = list
    if isinstance(step, str):
        wanted = dict
    made: JsonValue
    if current is MISSING or current is None:
        made = wanted()
    elif not isinstance(current, wanted):
        raise BlockInputError(
            f"pin {path.base!r}: {step!r} needs {_KINDS[wanted]}, "
            f"but another value made it {_KINDS.get(type(current), 'a plain value')}"
        )
    elif id(current) in fresh:
        return current
    else:
        made = current.copy()
    fresh.add(id(made))
    return made


_KINDS: Final[dict[type, str]] = {dict: "an object", list: "a list"}


def _set(holder: JsonValue, key: str | int, value: JsonValue) -> None:
    if isinstance(holder, dict) and isinstance(key, str):
        holder[key] = value
    elif isinstance(holder, list) and isinstance(key, int):
        if key < 0:
            raise PinNameError("an index of a sink pin must be 0 or more")
        holder.extend([None] * (key + 1 - len(holder)))
        holder[key] = value
