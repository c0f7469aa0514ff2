"""Reading what a model wrote as what was asked for."""

import re
from collections.abc import Iterator, Mapping
from json import JSONDecodeError, JSONDecoder
from typing import Final

import orjson

from blocks.values import JsonObject, JsonValue

_TRIES: Final = 200
_DECODER: Final = JSONDecoder()
_TRUTHS: Final[Mapping[str, bool]] = {
    "true": True, "yes": True, "false": False, "no": False,
}  # fmt: skip


class UnusableAnswer(Exception):
    """The text tells the model what is wrong with what it wrote."""


def objects_read(
    text: str, keys: Mapping[str, str], *, as_list: bool
) -> JsonObject | list[JsonObject]:
    """An object with all these keys, or a list of such.

    Raises:
        UnusableAnswer: it has none.
    """
    if not as_list:
        return _with_keys(_object(text), keys)
    items = list_read(text)
    if not all(isinstance(item, dict) for item in items):
        raise UnusableAnswer("each item of the list must be a JSON object")
    return [_with_keys(item, keys) for item in items if isinstance(item, dict)]


def _object(text: str) -> JsonObject:
    for value in _values(text, "{"):
        if isinstance(value, dict):
            return value
    raise UnusableAnswer("there is no JSON object in it")


def list_read(text: str) -> list[JsonValue]:
    """A list, also when it stands alone in an object, where JSON mode puts it.

    Raises:
        UnusableAnswer: it has none.
    """
    for value in _values(text, "[{"):
        if isinstance(value, dict) and len(value) == 1:
            value = next(iter(value.values()))
        if isinstance(value, list):
            return value
    raise UnusableAnswer("there is no JSON list in it")


def _with_keys(found: JsonObject, keys: Mapping[str, str]) -> JsonObject:
    missing = [key for key in keys if key not in found]
    if missing:
        names = ", ".join(repr(key) for key in missing)
        raise UnusableAnswer(f"these keys are missing: {names}")
    return found


def _values(text: str, openings: str) -> Iterator[JsonValue]:
    """What can be read as JSON in a text, from its start on."""
    position = 0
    for _ in range(_TRIES):
        starts = [text.find(opening, position) for opening in openings]
        position = min((start for start in starts if start >= 0), default=-1)
        if position < 0:
            return
        try:
            value, position = _DECODER.raw_decode(text, position)
        except (JSONDecodeError, RecursionError):
            position += 1
        else:
            yield value


def texts_read(text: str) -> list[str]:
    """A list of texts; numbers and the like become text.

    Raises:
        UnusableAnswer: it has none.
    """
    items = list_read(text)
    if any(item is None or isinstance(item, dict | list) for item in items):
        raise UnusableAnswer("each item of the list must be text")
    return [
        item if isinstance(item, str) else orjson.dumps(item).decode() for item in items
    ]


def truth_read(text: str) -> bool:
    """
    Raises:
        UnusableAnswer: it says neither, or both.
    """
    words = re.findall(r"[a-z]+", text.lower())
    found = {_TRUTHS[word] for word in words if word in _TRUTHS}
    if len(found) != 1:
        raise UnusableAnswer("it must be the one word true or the one word false")
    return found.pop()
