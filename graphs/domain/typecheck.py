"""Does a value of one pin's type become a value of another's?

The answers are about what `blocks.coercion` does with every value of the source type.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from blocks.values import JsonObject

Schema = Mapping[str, Any]

ANYTHING: Final[JsonObject] = {}


class Fit(Enum):
    """How values of the source type fare at the sink."""

    FITS = "fits"
    """Each of them is taken."""
    MAYBE = "maybe"
    """Some may be refused."""
    MISMATCH = "mismatch"
    """Each of them is refused."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`reason` is a clause for a sentence; it is empty for what fits."""

    fit: Fit
    reason: str = ""


def check(source: Schema, sink: Schema) -> Verdict:
    fit = _fit(source, sink)
    if fit is Fit.FITS:
        return Verdict(fit)
    can = "cannot" if fit is Fit.MISMATCH else "may not"
    return Verdict(fit, f"{described(source)} {can} become {described(sink)}")


def is_anything(schema: Schema) -> bool:
    """The schema says nothing about the kind of value."""
    return _kinds(schema) is None


def takes_text(schema: Schema) -> bool:
    return "string" in (_kinds(schema) or ())


def needs_number(schema: Schema) -> bool:
    kinds = set(_kinds(schema) or ()) - {"null"}
    return bool(kinds) and kinds <= {"number", "integer"}


def without_null(schema: Schema) -> Schema:
    """The schema of the values other than null; itself if there are no others."""
    options = [one for one in _options(schema) if one.get("type") != "null"]
    return {"anyOf": options} if options else schema


# --- Parts of values ------------------------------------------------------------------


def resolve(schema: Schema, steps: Sequence[str | int]) -> Schema:
    """The schema of the part that the steps lead to; ANYTHING where it is not said."""
    found = schema
    for step in steps:
        parts = [
            part
            for option in _options(found)
            if (part := _part(option, step)) is not None
        ]
        if not parts:
            return ANYTHING
        found = parts[0] if len(parts) == 1 else {"anyOf": parts}
    return found


def _part(option: Schema, step: str | int) -> Schema | None:
    """None: this option has no such part."""
    if _is_open(option):
        return ANYTHING
    if isinstance(step, int):
        return _item(option) if option["type"] == "array" else None
    if option["type"] != "object":
        return None
    properties = option.get("properties") or {}
    if step in properties:
        return dict(properties[step])
    return _extra(option)


def _item(schema: Schema) -> Schema:
    return schema.get("items") or ANYTHING


def _extra(schema: Schema) -> Schema:
    extra = schema.get("additionalProperties")
    return extra if isinstance(extra, Mapping) else ANYTHING


# --- The table ------------------------------------------------------------------------


def _options(schema: Schema) -> list[Schema]:
    """The alternatives of a union, flattened; of any other schema itself."""
    for word in ("anyOf", "oneOf"):
        if word in schema:
            return [one for option in schema[word] for one in _options(option)]
    if "allOf" in schema and len(schema["allOf"]) == 1:
        return _options(schema["allOf"][0])
    return [schema]


_KNOWN: Final = frozenset(
    ("null", "boolean", "integer", "number", "string", "array", "object")
)


def _is_open(option: Schema) -> bool:
    kind = option.get("type")
    return not isinstance(kind, str) or kind not in _KNOWN


def _kinds(schema: Schema) -> list[str] | None:
    """The JSON types of a schema; None: any."""
    options = _options(schema)
    if any(_is_open(option) for option in options):
        return None
    return list(dict.fromkeys(option["type"] for option in options))


def _fit(source: Schema, sink: Schema) -> Fit:
    if is_anything(sink):
        return Fit.FITS
    if is_anything(source):
        return Fit.MAYBE
    return _all(
        _from_concrete(kind, option, sink)
        for option in _options(source)
        for kind in _concrete(option["type"])
    )


def _all(fits: Iterator[Fit]) -> Fit:
    """Of values that may be any of several."""
    seen = set(fits)
    return seen.pop() if len(seen) == 1 else Fit.MAYBE


def _any(fits: Iterator[Fit]) -> Fit:
    """Of a sink that tries several types in turn."""
    seen = set(fits)
    if Fit.FITS in seen:
        return Fit.FITS
    return Fit.MAYBE if Fit.MAYBE in seen else Fit.MISMATCH


def _concrete(kind: str) -> tuple[str, ...]:
    """The kinds a value really has: of a number, whole or with a fraction."""
    return ("integer", "fraction") if kind == "number" else (kind,)


_EXACT: Final[Mapping[str, frozenset[str]]] = {
    "integer": frozenset(("integer", "number")),
    "fraction": frozenset(("number",)),
}


def _from_concrete(kind: str, source: Schema, sink: Schema) -> Fit:
    options = _tried(sink)
    exact_kinds = _EXACT.get(kind, {kind})
    exact = [option for option in options if option.get("type") in exact_kinds]
    return _any(_one(kind, source, option) for option in exact or options)


def _tried(sink: Schema) -> list[Schema]:
    """What the sink tries, one level at a time: a union in a union is never exact."""
    for word in ("anyOf", "oneOf"):
        if word in sink:
            return list(sink[word])
    if "allOf" in sink and len(sink["allOf"]) == 1:
        return _tried(sink["allOf"][0])
    return [sink]


def _one(kind: str, source: Schema, sink: Schema) -> Fit:
    wanted = sink.get("type")
    if wanted is None:
        return _from_concrete(kind, source, sink)
    if wanted == "array":
        return _to_list(kind, source, sink)
    if wanted == "object":
        return _to_object(kind, source, sink)
    return _SCALARS.get((kind, wanted), Fit.MISMATCH)


_NUMBERS: Final = ("integer", "fraction")

_SCALARS: Final[Mapping[tuple[str, str], Fit]] = {
    ("null", "null"): Fit.FITS,
    **{
        (kind, "string"): Fit.FITS
        for kind in ("boolean", *_NUMBERS, "string", "array", "object")
    },
    **{(kind, "number"): Fit.FITS for kind in ("boolean", *_NUMBERS)},
    ("boolean", "integer"): Fit.FITS,
    ("integer", "integer"): Fit.FITS,
    ("fraction", "integer"): Fit.MAYBE,
    ("boolean", "boolean"): Fit.FITS,
    ("integer", "boolean"): Fit.MAYBE,
    ("fraction", "boolean"): Fit.MAYBE,
    **{("string", kind): Fit.MAYBE for kind in ("number", "integer", "boolean")},
}
"""Pairs that are not here are refused."""

_PAIR: Final[Schema] = {"type": "array"}


def _to_list(kind: str, source: Schema, sink: Schema) -> Fit:
    item = _item(sink)
    if kind == "null":
        return Fit.MISMATCH
    if is_anything(item):
        return Fit.FITS
    if kind == "string":
        # Text that reads as a JSON list becomes that list.
        return Fit.MAYBE
    if kind == "array":
        return _parts(_item(source), item)
    if kind == "object":
        return _parts(_PAIR, item)
    return _from_concrete(kind, source, item)


def _to_object(kind: str, source: Schema, sink: Schema) -> Fit:
    if kind == "string":
        return Fit.MAYBE
    if kind not in ("array", "object"):
        return Fit.MISMATCH
    part = _extra(sink)
    if kind == "array":
        return _parts(_item(source), part)
    properties = (source.get("properties") or {}).values()
    return _all(_parts(one, part) for one in (*properties, _extra(source)))


def _parts(source: Schema, sink: Schema) -> Fit:
    """Of the parts of a container; an empty one has none that could be refused."""
    return Fit.FITS if _fit(source, sink) is Fit.FITS else Fit.MAYBE


# --- Words ----------------------------------------------------------------------------

_NAMES: Final[Mapping[str, str]] = {
    "null": "null", "boolean": "true or false", "integer": "a whole number",
    "number": "a number", "string": "text", "array": "a list", "object": "an object",
}  # fmt: skip


def described(schema: Schema) -> str:
    """The type in words: "text", "a list of numbers" is "a list"."""
    kinds = _kinds(schema)
    if kinds is None:
        return "anything"
    return " or ".join(_NAMES[kind] for kind in kinds)
