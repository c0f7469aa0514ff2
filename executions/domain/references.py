"""How a stored document says that a value is kept elsewhere.

Wherever a value stands in an event, a node execution, outputs, a snapshot or a signal:

    {"$value": "<id>", "size": 70123, "preview": "[1,2"}   a large one, stored by itself
    {"$value": {"$": {"$value": 7}}}                       an object with that key
    anything else                                          the value as it is

Only a value as a whole is asked, never what is inside it. So nothing that a user sends
passes for a reference, and to tell them apart takes one look for a key.
"""

from collections.abc import Mapping
from typing import Any, Final

from blocks.values import JsonObject, JsonValue

KEY: Final = "$value"
AS_IT_IS: Final = "$"
PREVIEW_CHARACTERS: Final = 200
_LONGEST_CHARACTER: Final = 4


def reference(id: str, raw: bytes) -> JsonObject:
    """What stands for the value stored under `id`, whose JSON is `raw`."""
    start = raw[: PREVIEW_CHARACTERS * _LONGEST_CHARACTER]
    text = start.decode(errors="ignore")[:PREVIEW_CHARACTERS]
    return {KEY: id, "size": len(raw), "preview": text}


def looks_like_one(value: object) -> bool:
    """It has the key, so it can only stand somewhere `escaped`."""
    return type(value) is dict and KEY in value


def escaped(value: object) -> dict[str, object]:
    return {KEY: {AS_IT_IS: value}}


def id_in(place: JsonValue) -> str | None:
    """The id of the value that is kept elsewhere, if it is."""
    id_ = place.get(KEY) if type(place) is dict else None
    return id_ if isinstance(id_, str) else None


def size_in(place: JsonValue) -> int:
    """The bytes of the value's JSON, if it is kept elsewhere; else 0."""
    size = place.get("size") if type(place) is dict else None
    return size if isinstance(size, int) else 0


def opened(place: JsonValue, values: Mapping[str, JsonValue]) -> JsonValue:
    """The value that stands here; `values` are those kept elsewhere, by id.

    Raises:
        KeyError: it is not among them.
    """
    if not looks_like_one(place):
        return place
    inside: Any = place[KEY]  # type: ignore[index, call-overload]
    return values[inside] if isinstance(inside, str) else inside[AS_IT_IS]
