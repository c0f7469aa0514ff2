"""JSON values: what flows along links. Encoded once, the bytes are used everywhere."""

import math
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

import orjson
from pydantic import BaseModel

from blocks.errors import BlockOutputError

if TYPE_CHECKING:
    JsonValue: TypeAlias = (
        bool | int | float | str | list["JsonValue"] | dict[str, "JsonValue"] | None
    )
else:
    JsonValue = object

JsonObject: TypeAlias = dict[str, JsonValue]


MAX_DEPTH: Final = 128
"""Levels of nesting. What is sent from outside has fewer; a loop that wraps its own
output would else make a value that no answer could hold."""


class Encoded(NamedTuple):
    """A value as every reader will see it, and its bytes on disk and on the wire."""

    value: JsonValue
    raw: bytes


SMALL_BYTES: Final = 768


def compact(raw: bytes) -> bytes:
    """The same bytes in memory of just their size, for results of orjson that are kept.

    orjson writes into a block of 1 KiB and cuts it to what it used. Measured: to make
    and keep a small result takes 3.0 us, and 0.3 us when it is copied out of there.
    """
    return bytes(memoryview(raw)) if len(raw) < SMALL_BYTES else raw


def _as_json(value: object) -> object:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    raise TypeError(f"{type(value).__name__} is not a JSON value")


def encode(value: object) -> Encoded:
    """Turn what a block emitted into a JSON value and its bytes.

    Infinity and NaN become null. Containers come back as a copy, so that a block
    which keeps and changes its list cannot change what was sent, and a replay after
    a crash sees the same value as the first reader did.

    Raises:
        BlockOutputError: the value has no JSON form, or nests too deeply.
    """
    if isinstance(value, float) and not math.isfinite(value):
        return Encoded(None, b"null")
    try:
        raw = orjson.dumps(value, default=_as_json, option=orjson.OPT_NON_STR_KEYS)
    except (TypeError, ValueError, RecursionError) as error:
        raise BlockOutputError(f"an output has no JSON form: {error}") from error
    raw = compact(raw)
    if value is None or type(value) in (str, int, float, bool):
        return Encoded(value, raw)  # type: ignore[arg-type]
    copy = orjson.loads(raw)
    # Counting is quick, and few values have so many containers in any shape.
    if raw.count(b"[") + raw.count(b"{") > MAX_DEPTH and _is_too_deep(copy):
        raise BlockOutputError(
            f"an output has more than {MAX_DEPTH} levels of nesting: look for a loop "
            "that wraps what it made before"
        )
    return Encoded(copy, raw)


def _is_too_deep(value: JsonValue) -> bool:
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if type(outer) is dict else outer)  # type: ignore[union-attr]
            if type(inner) is dict or type(inner) is list
        ]
        if not level:
            return False
    return True
