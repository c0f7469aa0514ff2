"""From the value that arrived to the type the pin asks for: explicit and loud.

What changes only the form is done (numeric text to a number, an object to its JSON
text); what would invent or drop data is an input error.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, cast

import orjson

from blocks.errors import BlockInputError
from blocks.spec import Coercer
from blocks.values import JsonValue

_NUMBER = re.compile(r"\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?\s*")
_TRUTHS: Final[Mapping[str, bool]] = {
    "true": True, "1": True, "false": False, "0": False,
}  # fmt: skip
_MAX_INTEGER: Final = 2**63


class _Refused(Exception):
    """The value cannot become this type; the text says why."""


def coercer_for(pin: str, schema: Mapping[str, Any]) -> Coercer | None:
    """A function that turns a value into what `schema` asks for; None: anything goes.

    The function raises `BlockInputError`, naming the pin.
    """
    convert = _converter(schema)
    if convert is None:
        return None

    def coerce(value: JsonValue) -> JsonValue:
        try:
            return convert(value)
        except _Refused as refusal:
            raise BlockInputError(f"pin {pin!r}: {refusal}") from None

    return coerce


def _converter(schema: Mapping[str, Any]) -> Coercer | None:
    for word in ("anyOf", "oneOf"):
        if word in schema:
            return _union([dict(option) for option in schema[word]])
    if "allOf" in schema and len(schema["allOf"]) == 1:
        return _converter(schema["allOf"][0])
    kind = schema.get("type")
    if kind == "array":
        return _list_of(_converter(schema.get("items") or {}))
    if kind == "object":
        extra = schema.get("additionalProperties")
        return _object_of(_converter(extra) if isinstance(extra, Mapping) else None)
    return _SCALARS.get(cast(str, kind))


def _union(options: list[dict[str, Any]]) -> Coercer | None:
    converters = [_converter(option) for option in options]
    if any(converter is None for converter in converters):
        return None
    kinds = [option.get("type") for option in options]

    def convert(value: JsonValue) -> JsonValue:
        pairs = zip(converters, kinds, strict=True)
        exact = [converter for converter, kind in pairs if _is(kind, value)]
        refusals = []
        for option in exact or converters:
            try:
                return cast(Coercer, option)(value)
            except _Refused as refusal:
                refusals.append(str(refusal))
        raise _Refused("; ".join(dict.fromkeys(refusals)))

    return convert


def _is(kind: object, value: JsonValue) -> bool:
    if kind == "number":
        return type(value) in (int, float)
    return type(value) is _PYTHON_TYPES.get(cast(str, kind))


_PYTHON_TYPES: Final[Mapping[str, type]] = {
    "string": str, "integer": int, "boolean": bool, "array": list, "object": dict,
    "null": type(None),
}  # fmt: skip


def _to_text(value: JsonValue) -> JsonValue:
    if isinstance(value, str):
        return value
    if value is None:
        raise _Refused("there is no value (null) where text is needed")
    return orjson.dumps(value).decode()


def _to_number(value: JsonValue) -> JsonValue:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int | float):
        return value
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return _read_number(value)
    raise _Refused(f"{_shown(value)} is not a number")


def _read_number(text: str) -> int | float:
    digits = text.strip()
    if digits.lstrip("+-").isdecimal() and len(digits) < 20:
        return int(digits)
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        raise _Refused(f"{_shown(text)} is too large for a number")
    return number


def _to_integer(value: JsonValue) -> JsonValue:
    number = _to_number(value)
    if isinstance(number, float):
        if not number.is_integer():
            raise _Refused(f"{_shown(value)} is not a whole number")
        number = int(number)
    if not -_MAX_INTEGER <= cast(int, number) < _MAX_INTEGER:
        raise _Refused(f"{_shown(value)} is too large for a whole number")
    return number


def _to_boolean(value: JsonValue) -> JsonValue:
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float) and value in (0, 1):
        return bool(value)
    if isinstance(value, str):
        truth = _TRUTHS.get(value.strip().lower())
        if truth is not None:
            return truth
    raise _Refused(f"{_shown(value)} is neither true nor false")


def _to_null(value: JsonValue) -> JsonValue:
    if value is None:
        return None
    raise _Refused(f"{_shown(value)} is not null")


def _as_list(value: JsonValue) -> list[JsonValue]:
    if isinstance(value, list):
        return value
    if value is None:
        raise _Refused("there is no value (null) where a list is needed")
    if isinstance(value, dict):
        return [[key, item] for key, item in value.items()]
    if isinstance(value, str):
        text = value.strip()
        if text.startswith("[") and text.endswith("]"):
            parsed = _parsed(text)
            if isinstance(parsed, list):
                return parsed
    return [value]


def _as_object(value: JsonValue) -> dict[str, JsonValue]:
    if isinstance(value, dict):
        return value
    if isinstance(value, list):
        return {str(place): item for place, item in enumerate(value)}
    if isinstance(value, str):
        parsed = _parsed(value)
        if isinstance(parsed, dict):
            return parsed
    raise _Refused(f"{_shown(value)} is not an object")


def _parsed(text: str) -> JsonValue:
    try:
        return cast(JsonValue, orjson.loads(text))
    except orjson.JSONDecodeError:
        return None


def _list_of(item: Coercer | None) -> Coercer:
    def convert(value: JsonValue) -> JsonValue:
        items = _as_list(value)
        return items if item is None else [_at(n, item, v) for n, v in enumerate(items)]

    return convert


def _object_of(item: Coercer | None) -> Coercer:
    def convert(value: JsonValue) -> JsonValue:
        found = _as_object(value)
        if item is None:
            return found
        return {key: _at(key, item, part) for key, part in found.items()}

    return convert


def _at(place: str | int, item: Coercer, value: JsonValue) -> JsonValue:
    try:
        return item(value)
    except _Refused as refusal:
        raise _Refused(f"at {place!r}: {refusal}") from None


_SCALARS: Final[Mapping[str, Callable[[JsonValue], JsonValue]]] = {
    "string": _to_text,
    "number": _to_number,
    "integer": _to_integer,
    "boolean": _to_boolean,
    "null": _to_null,
}

_SHOWN_CHARACTERS: Final = 80


def _shown(value: JsonValue) -> str:
    if isinstance(value, dict | list):
        noun = "an object" if isinstance(value, dict) else "a list"
        return f"{noun} with {len(value)} items"
    text = orjson.dumps(value).decode()
    cut = text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "…"
    return "null" if value is None else cut
