"""Do values within the limits of one type keep those of another?

Limits are what a schema says besides the kind of value: bounds, lengths, choices,
patterns, the properties an object must have. Nothing here asks about kinds.
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import orjson

from graphs.domain.typeforms import Schema, has_more, properties_of, required_of
from graphs.domain.verdicts import Fit, all_of

_FORMATS: Final = frozenset(
    (
        "date", "time", "date-time", "duration", "email", "hostname", "ipv4", "ipv6",
        "uri", "uri-reference", "iri", "uuid", "regex", "json-pointer", "binary",
    )
)  # fmt: skip
"""Those that refuse texts; others say how a form shows the pin."""

_VAGUE: Final = (
    "$ref", "allOf", "not", "if", "multipleOf", "pattern", "contentEncoding",
    "uniqueItems", "contains", "minContains", "maxContains", "patternProperties",
    "propertyNames", "minProperties", "maxProperties", "dependentRequired",
    "dependentSchemas", "unevaluatedItems", "unevaluatedProperties",
)  # fmt: skip
"""Words that are judged by being the same or not."""


def vague_words(schema: Schema) -> dict[str, Any]:
    """What it says that cannot be judged, by word."""
    found = {word: schema[word] for word in _VAGUE if schema.get(word)}
    if schema.get("format") in _FORMATS:
        found["format"] = schema["format"]
    return found


_LIMITS: Final = frozenset(
    (
        *_VAGUE, "format", "const", "enum", "minimum", "maximum", "exclusiveMinimum",
        "exclusiveMaximum", "minLength", "maxLength", "minItems", "maxItems",
        "prefixItems", "properties", "required",
    )
)  # fmt: skip


def unlimited(schema: Schema) -> Schema:
    """What is left of it for the conversion of values, which asks for kinds alone."""
    return {
        word: _unlimited(value)
        for word, value in schema.items()
        if word not in _LIMITS and value is not False
    }


def _unlimited(part: Any) -> Any:
    if isinstance(part, list):
        return [_unlimited(one) for one in part]
    return unlimited(part) if isinstance(part, Mapping) else part


class Bounds(NamedTuple):
    """From `low` to `high`; None: no end there. An end may be shut out."""

    low: float | None = None
    high: float | None = None
    without_low: bool = False
    without_high: bool = False

    def within(self, other: "Bounds") -> Fit:
        """How numbers within these fare within the others."""
        if self._ends_below(other) or other._ends_below(self):
            return Fit.MISMATCH
        keeps = self._starts_in(other) and self._stops_in(other)
        return Fit.FITS if keeps else Fit.MAYBE

    def _ends_below(self, other: "Bounds") -> bool:
        if self.high is None or other.low is None:
            return False
        touches = self.without_high or other.without_low
        return self.high < other.low or (self.high == other.low and touches)

    def _starts_in(self, other: "Bounds") -> bool:
        if other.low is None or self.low is None:
            return other.low is None
        shut = other.without_low and not self.without_low
        return self.low > other.low or (self.low == other.low and not shut)

    def _stops_in(self, other: "Bounds") -> bool:
        if other.high is None or self.high is None:
            return other.high is None
        shut = other.without_high and not self.without_high
        return self.high < other.high or (self.high == other.high and not shut)


def number_bounds(schema: Schema) -> Bounds:
    low, without_low = _end(schema, "minimum", "exclusiveMinimum", max)
    high, without_high = _end(schema, "maximum", "exclusiveMaximum", min)
    return Bounds(low, high, without_low, without_high)


def _end(
    schema: Schema, plain: str, shut: str, tighter: Any
) -> tuple[float | None, bool]:
    ends = [schema.get(plain), schema.get(shut)]
    numbers = [end for end in ends if _is_number(end)]
    if not numbers:
        return None, False
    end = tighter(numbers)
    # OpenAPI 3.0 writes `true` beside the other word.
    return end, ends[1] is True or end == ends[1]


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def sizes(schema: Schema, least: str, most: str) -> Bounds:
    return Bounds(schema.get(least) or 0, schema.get(most))


# --- From one kind to the same or another ---------------------------------------------

_SAME: Final = {
    "integer": ("integer", "number"),
    "fraction": ("integer", "number"),
}


def within_limits(kind: str, source: Schema, sink: Schema) -> Fit:
    """Of values of this kind, once they have the kind of the sink."""
    is_same = sink.get("type") in _SAME.get(kind, (kind,))
    judged = [_choice(kind, sink), _vague(source if is_same else {}, sink)]
    if is_same:
        judged.append(_OF_KIND[kind](source, sink))
    else:
        judged.append(_converted(kind, sink))
    return all_of(judged)


def _choice(kind: str, sink: Schema) -> Fit:
    """Of a value that is one of very many."""
    given = [sink["const"]] if "const" in sink else sink.get("enum")
    if not isinstance(given, list):
        return Fit.FITS
    could = any(_could_be(kind, one) for one in given)
    return Fit.MAYBE if could else Fit.MISMATCH


def _could_be(kind: str, wanted: Any) -> bool:
    """Some value of the kind may become this one. Texts may become nearly anything."""
    if kind == "string" or not isinstance(wanted, str):
        return True
    try:
        read = orjson.loads(wanted)
    except orjson.JSONDecodeError:
        return False
    return not isinstance(read, str)


def _vague(source: Schema, sink: Schema) -> Fit:
    wanted = vague_words(sink)
    keeps = all(source.get(word) == value for word, value in wanted.items())
    return Fit.FITS if keeps else Fit.MAYBE


def _numbers(source: Schema, sink: Schema) -> Fit:
    return number_bounds(source).within(number_bounds(sink))


def _texts(source: Schema, sink: Schema) -> Fit:
    lengths = ("minLength", "maxLength")
    return sizes(source, *lengths).within(sizes(sink, *lengths))


def _lists(source: Schema, sink: Schema) -> Fit:
    lengths = ("minItems", "maxItems")
    fit = sizes(source, *lengths).within(sizes(sink, *lengths))
    prefix = sink.get("prefixItems")
    keeps = not prefix or source.get("prefixItems") == prefix
    return all_of([fit, Fit.FITS if keeps else Fit.MAYBE])


def _objects(source: Schema, sink: Schema) -> Fit:
    return all_of([_has_required(source, sink), _has_no_others(source, sink)])


def _has_required(source: Schema, sink: Schema) -> Fit:
    lacks = required_of(sink) - required_of(source)
    if not lacks:
        return Fit.FITS
    never = {name for name in lacks if name not in properties_of(source)}
    return Fit.MISMATCH if never and not has_more(source) else Fit.MAYBE


def _has_no_others(source: Schema, sink: Schema) -> Fit:
    if has_more(sink):
        return Fit.FITS
    others = properties_of(source).keys() - properties_of(sink).keys()
    if others & required_of(source):
        return Fit.MISMATCH
    return Fit.MAYBE if others or has_more(source) else Fit.FITS


_OF_KIND: Final = {
    "integer": _numbers,
    "fraction": _numbers,
    "string": _texts,
    "array": _lists,
    "object": _objects,
}

_NUMBERS: Final = ("integer", "fraction")
_ONE: Final = Bounds(1, 1)
_SOME: Final = Bounds(1)


def _converted(kind: str, sink: Schema) -> Fit:
    """Of what a value of another kind becomes. Numbers made of texts may be refused
    anyway."""
    wanted = sink.get("type")
    if wanted == "string":
        return _SOME.within(sizes(sink, "minLength", "maxLength"))
    if wanted == "array" and kind in _NUMBERS and not sink.get("prefixItems"):
        return _ONE.within(sizes(sink, "minItems", "maxItems"))
    words = _BROKEN.get(str(wanted), ())
    keeps = has_more(sink) and all(not _says(sink, word) for word in words)
    return Fit.FITS if keeps else Fit.MAYBE


def _says(sink: Schema, word: str) -> bool:
    """A least of 0, and no names at all, say nothing; a most of 0 does."""
    return word in sink and (bool(sink[word]) or word == "maxItems")


_BROKEN: Final[Mapping[str, tuple[str, ...]]] = {
    "array": ("minItems", "maxItems", "prefixItems"),
    "object": ("required", "properties"),
}
"""Limits that the value may break once it is a list or an object."""
