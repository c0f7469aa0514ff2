"""Does a value of one pin's type become a value of another's?

The answers are about what `blocks.coercion` and then the limits of the pin do with
every value of the source type.
"""

from collections.abc import Mapping
from typing import Any, Final

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError, ValidationError

from blocks.coercion import coercer_for
from blocks.errors import BlockInputError
from graphs.domain.typeforms import (
    ANYTHING,
    Schema,
    entries_of,
    extra_of,
    has_more,
    is_open,
    is_untyped,
    item_of,
    kinds,
    options,
    properties_of,
    required_of,
    resolve,
    settled,
    tried,
    values_of,
    without_null,
)
from graphs.domain.typelimits import unlimited, vague_words, within_limits
from graphs.domain.typewords import described
from graphs.domain.verdicts import Fit, Verdict, all_of, any_of, one_of

__all__ = [
    "ANYTHING", "Fit", "Schema", "Verdict", "check", "described", "is_anything",
    "needs_number", "resolve", "takes_text", "without_null",
]  # fmt: skip


def check(source: Schema, sink: Schema) -> Verdict:
    given, wanted = settled(source), settled(sink)
    fit = _fit(given, wanted)
    if fit is Fit.FITS:
        return Verdict(fit)
    can = "cannot" if fit is Fit.MISMATCH else "may not"
    return Verdict(fit, f"{described(given)} {can} become {described(wanted)}")


def is_anything(schema: Schema) -> bool:
    """The schema says nothing about the kind of value."""
    return kinds(settled(schema)) is None


def takes_text(schema: Schema) -> bool:
    return "string" in (kinds(settled(schema)) or ())


def needs_number(schema: Schema) -> bool:
    found = set(kinds(settled(schema)) or ()) - {"null"}
    return bool(found) and found <= {"number", "integer"}


def _takes_all(sink: Schema) -> bool:
    return any(is_open(one) and not _is_limited(one) for one in options(sink))


def _is_limited(schema: Schema) -> bool:
    return bool(vague_words(schema)) or any(word in schema for word in _LIMITING)


_LIMITING: Final = (
    "type", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength",
    "maxLength", "minItems", "maxItems", "required", "properties",
    "additionalProperties", "items", "prefixItems",
)  # fmt: skip


def _fit(source: Schema, sink: Schema) -> Fit:
    if _takes_all(sink):
        return Fit.FITS
    if kinds(source) is None:
        return Fit.MAYBE
    return one_of(_option(option, sink) for option in options(source))


def _option(source: Schema, sink: Schema) -> Fit:
    few = values_of(source)
    if few is not None:
        return one_of(_of_value(value, sink) for value in few)
    concrete = _concrete(source["type"])
    return one_of(_from_concrete(kind, source, sink) for kind in concrete)


def _concrete(kind: str) -> tuple[str, ...]:
    """The kinds a value really has: of a number, whole or with a fraction."""
    return ("integer", "fraction") if kind == "number" else (kind,)


# --- Values that are known ------------------------------------------------------------


def _of_value(value: Any, sink: Schema) -> Fit:
    """Tried out: what becomes of the value, and does the sink take that?"""
    coerce = coercer_for("", sink)
    try:
        became = value if coerce is None else coerce(value)
    except BlockInputError:
        return Fit.MISMATCH
    return _holds(became, sink)


def _holds(value: Any, sink: Schema) -> Fit:
    """Patterns and the like are left to the run: it takes long to try bad ones."""
    try:
        Draft202012Validator(_judgeable(sink)).validate(value)
    except ValidationError:
        # Blocks still convert what lies inside a value.
        return Fit.MAYBE if isinstance(value, dict | list) else Fit.MISMATCH
    except SchemaError:
        return Fit.MAYBE
    return Fit.MAYBE if _is_vague(sink) else Fit.FITS


def _is_vague(part: Any) -> bool:
    if isinstance(part, list):
        return any(_is_vague(one) for one in part)
    if not isinstance(part, Mapping):
        return False
    return bool(vague_words(part)) or any(_is_vague(one) for one in part.values())


def _judgeable(part: Any) -> Any:
    """The schema without the words that cannot be judged. An alternative that only
    shows what it is by a property is no reason to refuse others."""
    if isinstance(part, list):
        return [_judgeable(one) for one in part]
    if not isinstance(part, Mapping):
        return part
    vague = vague_words(part)
    return {
        "anyOf" if word == "oneOf" else word: _judgeable(value)
        for word, value in part.items()
        if word not in vague
    }


# --- The table ------------------------------------------------------------------------

_CONTAINERS: Final = ("array", "object")

_EXACT: Final[Mapping[str, frozenset[str]]] = {
    "integer": frozenset(("integer", "number")),
    "fraction": frozenset(("number",)),
}


def _from_concrete(kind: str, source: Schema, sink: Schema) -> Fit:
    if _is_unconverted(sink):
        return _as_it_stands(kind, source, options(sink))
    found = tried(sink)
    exact_kinds = _EXACT.get(kind, {kind})
    exact = [option for option in found if option.get("type") in exact_kinds]
    if exact and kind not in _CONTAINERS:
        return any_of(_one(kind, source, option) for option in exact)
    return _in_turn(kind, source, exact or found)


def _in_turn(kind: str, source: Schema, found: list[Schema]) -> Fit:
    """The first alternative that can convert a value is the one it goes to, whether or
    not the value is within its limits then; but another may take what became of it."""
    if len(found) == 1:
        return _one(kind, source, found[0])
    before: list[Schema] = []
    for option in found:
        converted = _one(kind, source, unlimited(option))
        if converted is Fit.FITS:
            fits = _one(kind, source, option) is Fit.FITS
            keeps = all(one == unlimited(one) for one in before)
            return Fit.FITS if fits and keeps else Fit.MAYBE
        if converted is Fit.MAYBE:
            before.append(option)
    return Fit.MAYBE if before else Fit.MISMATCH


def _is_unconverted(sink: Schema) -> bool:
    """One of the alternatives says nothing of its kind, so none is converted to."""
    return any(is_untyped(option) for option in options(sink))


def _as_it_stands(kind: str, source: Schema, found: list[Schema]) -> Fit:
    wanted = _EXACT.get(kind, {kind})
    same = [one for one in found if one.get("type") in wanted]
    fits = any(within_limits(kind, source, one) is Fit.FITS for one in same)
    return Fit.FITS if fits and kind not in _CONTAINERS else Fit.MAYBE


def _one(kind: str, source: Schema, sink: Schema) -> Fit:
    wanted = sink.get("type")
    if wanted is None:
        return _from_concrete(kind, source, sink)
    converted = _converted(kind, source, sink)
    if converted is Fit.MISMATCH:
        return converted
    return all_of([converted, within_limits(kind, source, sink)])


def _converted(kind: str, source: Schema, sink: Schema) -> Fit:
    wanted = sink["type"]
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
    item = item_of(sink)
    if kind == "null":
        return Fit.MISMATCH
    if _takes_all(item):
        return Fit.FITS
    if kind == "string":
        # Text that reads as a JSON list becomes that list.
        return Fit.MAYBE
    if kind == "array":
        return _parts(entries_of(source), item)
    if kind == "object":
        return _parts([(_PAIR, bool(required_of(source)))], item)
    return _from_concrete(kind, source, item)


def _to_object(kind: str, source: Schema, sink: Schema) -> Fit:
    if kind == "string":
        return Fit.MAYBE
    if kind not in ("array", "object"):
        return Fit.MISMATCH
    extra = extra_of(sink)
    if kind == "array":
        return _parts(entries_of(source), extra)
    return all_of([_parts(_values_in(source), extra), _named(source, sink)])


def _values_in(source: Schema) -> list[tuple[Schema, bool]]:
    """What the values of an object may be, and which of them are sure to be there."""
    required = required_of(source)
    named = [(one, name in required) for name, one in properties_of(source).items()]
    return [*named, (extra_of(source), False)] if has_more(source) else named


def _named(source: Schema, sink: Schema) -> Fit:
    """Of the properties that the sink names, which blocks check but barely convert."""
    given, wanted = properties_of(source), properties_of(sink)
    required = required_of(source)
    return all_of(
        _part(given[name], one, is_sure=name in required, is_converted=False)
        if name in given
        else _unnamed(source, one)
        for name, one in wanted.items()
    )


def _unnamed(source: Schema, wanted: Schema) -> Fit:
    fits = not has_more(source) or _takes_all(wanted)
    return Fit.FITS if fits else Fit.MAYBE


def _parts(parts: Any, sink: Schema) -> Fit:
    """Of the parts of a container; each comes with whether it is sure to be there."""
    return all_of(_part(one, sink, is_sure=is_sure) for one, is_sure in parts)


def _part(
    source: Schema, sink: Schema, *, is_sure: bool, is_converted: bool = True
) -> Fit:
    fit = _fit(source, sink)
    if fit is Fit.MISMATCH and is_sure:
        return fit
    keeps = is_converted or _takes_all(sink) or source == sink
    return Fit.FITS if fit is Fit.FITS and keeps else Fit.MAYBE
