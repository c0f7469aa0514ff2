"""Types in words, for a sentence: "text of at most 10 characters"."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import orjson

from graphs.domain.typeforms import Schema, is_open, is_untyped, options, required_of

_NAMES: Final[Mapping[str, str]] = {
    "null": "null", "boolean": "true or false", "integer": "a whole number",
    "number": "a number", "string": "text", "array": "a list", "object": "an object",
}  # fmt: skip

_FORMATS: Final[Mapping[str, str]] = {
    "date": "a date", "time": "a time of day", "date-time": "a date and time",
    "email": "an e-mail address", "uri": "an address", "uuid": "a UUID",
}  # fmt: skip

_SHOWN: Final = 5
"""Choices and properties that are named; the others are counted."""


def described(schema: Schema) -> str:
    """The type in words: "text", "a list of numbers" is "a list"."""
    found = options(schema)
    if any(is_open(option) for option in found):
        return "anything"
    return " or ".join(dict.fromkeys(_option(option) for option in found))


def _option(option: Schema) -> str:
    given = [option["const"]] if "const" in option else option.get("enum")
    if isinstance(given, list):
        return _choice(given)
    name = "anything" if is_untyped(option) else _NAMES[option["type"]]
    if option.get("type") == "string":
        name = _FORMATS.get(option.get("format", ""), name)
    return " ".join([name, *_limits(option)])


def _choice(given: list[Any]) -> str:
    texts = [orjson.dumps(value).decode() for value in given]
    if len(texts) == 1:
        return texts[0]
    return f"one of {_listed(texts)}"


def _listed(texts: list[str]) -> str:
    shown, rest = ", ".join(texts[:_SHOWN]), len(texts) - _SHOWN
    return f"{shown} and {rest} more" if rest > 0 else shown


def _limits(option: Schema) -> Iterator[str]:
    for word, text in _WORDS.items():
        if word in option:
            yield text.format(option[word])
    if option.get("type") == "object" and (needed := sorted(required_of(option))):
        yield f"with {_listed([repr(name) for name in needed])}"


_WORDS: Final[Mapping[str, str]] = {
    "minimum": "of at least {}",
    "maximum": "of at most {}",
    "exclusiveMinimum": "above {}",
    "exclusiveMaximum": "below {}",
    "minLength": "of at least {} characters",
    "maxLength": "of at most {} characters",
    "pattern": "in the form {}",
    "minItems": "of at least {} items",
    "maxItems": "of at most {} items",
}
