"""The verdicts agree with what coercion does, for values of every type."""

from typing import Any

import pytest
from hypothesis import assume, given, note
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from blocks.coercion import coercer_for
from blocks.errors import BlockInputError
from graphs.domain.typecheck import Fit, check, resolve, without_null

TEXT = {"type": "string"}
WHOLE = {"type": "integer"}
NUMBER = {"type": "number"}
TRUTH = {"type": "boolean"}
NULL = {"type": "null"}
LIST = {"type": "array"}
OBJECT = {"type": "object"}


def either(*schemas: dict) -> dict:
    return {"anyOf": list(schemas)}


def list_of(schema: dict) -> dict:
    return {"type": "array", "items": schema}


def object_of(schema: dict) -> dict:
    return {"type": "object", "additionalProperties": schema}


@pytest.mark.parametrize(
    ("source", "sink", "fit"),
    [
        pytest.param({}, {}, Fit.FITS, id="anything to anything"),
        pytest.param(TEXT, {}, Fit.FITS, id="text to anything"),
        pytest.param({}, TEXT, Fit.MAYBE, id="anything to text: null is refused"),
        pytest.param(OBJECT, TEXT, Fit.FITS, id="an object to text: its JSON"),
        pytest.param(TEXT, NUMBER, Fit.MAYBE, id="text to a number"),
        pytest.param(TRUTH, WHOLE, Fit.FITS, id="a truth to a number"),
        pytest.param(NUMBER, WHOLE, Fit.MAYBE, id="a fraction to a whole number"),
        pytest.param(WHOLE, TRUTH, Fit.MAYBE, id="only 0 and 1 are truths"),
        pytest.param(LIST, NUMBER, Fit.MISMATCH, id="a list to a number"),
        pytest.param(OBJECT, TRUTH, Fit.MISMATCH, id="an object to a truth"),
        pytest.param(WHOLE, OBJECT, Fit.MISMATCH, id="a number to an object"),
        pytest.param(LIST, OBJECT, Fit.FITS, id="a list to an object"),
        pytest.param(OBJECT, LIST, Fit.FITS, id="an object to a list of pairs"),
        pytest.param(WHOLE, list_of(TEXT), Fit.FITS, id="one thing to a list of one"),
        pytest.param(WHOLE, list_of(OBJECT), Fit.MISMATCH, id="a list of the wrong"),
        pytest.param(
            list_of(TEXT), list_of(OBJECT), Fit.MAYBE, id="an empty list fits"
        ),
        pytest.param(OBJECT, list_of(NUMBER), Fit.MAYBE, id="pairs are no numbers"),
        pytest.param(either(TEXT, NULL), TEXT, Fit.MAYBE, id="null may come"),
        pytest.param(either(LIST, OBJECT), NUMBER, Fit.MISMATCH, id="neither is one"),
        pytest.param(TEXT, either(WHOLE, TEXT), Fit.FITS, id="one of them is text"),
        pytest.param(NUMBER, either(WHOLE, NULL), Fit.MAYBE, id="an optional number"),
        pytest.param(LIST, either(WHOLE, NULL), Fit.MISMATCH, id="none of them"),
        pytest.param({"title": "x"}, OBJECT, Fit.MAYBE, id="no type is anything"),
    ],
)
def test_verdicts(source, sink, fit):
    assert check(source, sink).fit is fit


def at_least(low: float, **more: Any) -> dict:
    return WHOLE | {"minimum": low} | more


def with_keys(*names: str, required: tuple[str, ...] = (), **more: Any) -> dict:
    properties = dict.fromkeys(names, TEXT)
    return OBJECT | {"properties": properties, "required": list(required)} | more


CLOSED = {"additionalProperties": False}
COLOURS = TEXT | {"enum": ["red", "blue"]}
DATE = TEXT | {"format": "date"}
PAIR = LIST | {"prefixItems": [TEXT, WHOLE], "minItems": 2, "maxItems": 2}


@pytest.mark.parametrize(
    ("source", "sink", "fit"),
    [
        pytest.param(at_least(3), at_least(1), Fit.FITS, id="a narrower range"),
        pytest.param(at_least(1), at_least(3), Fit.MAYBE, id="a wider range"),
        pytest.param(
            at_least(3), WHOLE | {"maximum": 2}, Fit.MISMATCH, id="ranges apart"
        ),
        pytest.param(
            at_least(2), WHOLE | {"exclusiveMaximum": 2}, Fit.MISMATCH, id="they touch"
        ),
        pytest.param(
            WHOLE | {"exclusiveMinimum": 0}, at_least(0), Fit.FITS, id="an open end"
        ),
        pytest.param(WHOLE, at_least(0), Fit.MAYBE, id="no range against one"),
        pytest.param(WHOLE, WHOLE | {"multipleOf": 5}, Fit.MAYBE, id="multiples"),
        pytest.param(
            TEXT | {"maxLength": 3}, TEXT | {"maxLength": 5}, Fit.FITS, id="shorter"
        ),
        pytest.param(
            TEXT | {"minLength": 6}, TEXT | {"maxLength": 5}, Fit.MISMATCH, id="longer"
        ),
        pytest.param(WHOLE, TEXT | {"minLength": 1}, Fit.FITS, id="digits are a text"),
        pytest.param(TEXT, TEXT | {"pattern": "^a"}, Fit.MAYBE, id="a pattern"),
        pytest.param(
            TEXT | {"pattern": "^a"},
            TEXT | {"pattern": "^a"},
            Fit.FITS,
            id="the same pattern",
        ),
        pytest.param(TEXT, DATE, Fit.MAYBE, id="text may be no date"),
        pytest.param(DATE, DATE, Fit.FITS, id="a date is a date"),
        pytest.param(DATE, TEXT, Fit.FITS, id="a date is a text"),
        pytest.param(TEXT, TEXT | {"format": "short-text"}, Fit.FITS, id="a form's"),
        pytest.param(TEXT, COLOURS, Fit.MAYBE, id="text may be no choice"),
        pytest.param(
            TEXT | {"const": "red"}, COLOURS, Fit.FITS, id="one of the choices"
        ),
        pytest.param(
            TEXT | {"const": "green"}, COLOURS, Fit.MISMATCH, id="none of the choices"
        ),
        pytest.param(
            TEXT | {"enum": ["red", "green"]}, COLOURS, Fit.MAYBE, id="some choices"
        ),
        pytest.param(
            OBJECT, COLOURS, Fit.MISMATCH, id="no object is written like a colour"
        ),
        pytest.param(
            TEXT | {"enum": ["1", "2"]}, at_least(1), Fit.FITS, id="texts of numbers"
        ),
        pytest.param(TEXT | {"const": "x"}, WHOLE, Fit.MISMATCH, id="no number"),
        pytest.param({"enum": [1, "a"]}, TEXT, Fit.FITS, id="choices without a type"),
        pytest.param(TRUTH, WHOLE | {"maximum": 0}, Fit.MAYBE, id="true is 1"),
        pytest.param(LIST, LIST | {"minItems": 1}, Fit.MAYBE, id="an empty list"),
        pytest.param(WHOLE, LIST | {"minItems": 1}, Fit.FITS, id="a list of one"),
        pytest.param(WHOLE, LIST | {"minItems": 2}, Fit.MISMATCH, id="two are wanted"),
        pytest.param(PAIR, PAIR, Fit.FITS, id="a pair is a pair"),
        pytest.param(LIST, PAIR, Fit.MAYBE, id="a list may be no pair"),
        pytest.param(PAIR, list_of(OBJECT), Fit.MISMATCH, id="both are sure to be in"),
        pytest.param(
            LIST | {"minItems": 1, "items": NULL},
            list_of(TEXT),
            Fit.MISMATCH,
            id="one entry is sure to be in",
        ),
        pytest.param(LIST, LIST | {"uniqueItems": True}, Fit.MAYBE, id="doubles"),
        pytest.param(
            with_keys("a", required=("a",)),
            with_keys("a", required=("a",)),
            Fit.FITS,
            id="the same object",
        ),
        pytest.param(
            with_keys("a"),
            with_keys("a", required=("a",)),
            Fit.MAYBE,
            id="the key may be missing",
        ),
        pytest.param(
            with_keys("a", **CLOSED),
            with_keys("b", required=("b",)),
            Fit.MISMATCH,
            id="the key is never there",
        ),
        pytest.param(
            with_keys("a", required=("a",)),
            with_keys("b", **CLOSED),
            Fit.MISMATCH,
            id="the key is not wanted",
        ),
        pytest.param(OBJECT, with_keys("a"), Fit.MAYBE, id="of any kind under the key"),
        pytest.param(
            with_keys("a", required=("a",)),
            OBJECT | {"properties": {"a": LIST}},
            Fit.MAYBE,
            id="of another kind under the key",
        ),
        pytest.param(
            object_of(TEXT) | CLOSED, object_of(OBJECT), Fit.FITS, id="it is empty"
        ),
        pytest.param({"type": ["string", "null"]}, TEXT, Fit.MAYBE, id="listed types"),
        pytest.param(TEXT | {"nullable": True}, TEXT, Fit.MAYBE, id="nullable"),
        pytest.param(
            LIST, {"allOf": [WHOLE, {"minimum": 1}]}, Fit.MISMATCH, id="all at once"
        ),
        pytest.param(
            at_least(1), {"allOf": [WHOLE, {"minimum": 1}]}, Fit.FITS, id="all kept"
        ),
        pytest.param(
            TEXT,
            {"oneOf": [WHOLE, TEXT], "description": "x"},
            Fit.FITS,
            id="one of several",
        ),
        pytest.param(
            LIST,
            {"$ref": "#/$defs/n", "$defs": {"n": WHOLE}},
            Fit.MISMATCH,
            id="a reference",
        ),
        pytest.param(TEXT, {"$ref": "#/nowhere"}, Fit.MAYBE, id="a broken reference"),
        pytest.param(TEXT, {"not": TEXT}, Fit.MAYBE, id="what nobody judges"),
    ],
)
def test_limits(source, sink, fit):
    assert check(source, sink).fit is fit


def test_a_type_within_itself_ends():
    tree: dict = {"$ref": "#/$defs/tree", "$defs": {"tree": list_of({})}}
    tree["$defs"]["tree"]["items"] = {"$ref": "#/$defs/tree"}
    assert check(tree, tree).fit is Fit.FITS
    assert check(tree, WHOLE).fit is Fit.MISMATCH


@pytest.mark.parametrize(
    ("source", "sink", "reason"),
    [
        pytest.param(LIST, NUMBER, "a list cannot become a number", id="no"),
        pytest.param(TEXT, NUMBER, "text may not become a number", id="maybe"),
        pytest.param(TEXT, TEXT, "", id="yes"),
        pytest.param(
            WHOLE,
            at_least(1, maximum=9),
            "a whole number may not become a whole number of at least 1 of at most 9",
            id="a range",
        ),
        pytest.param(
            TEXT,
            COLOURS,
            'text may not become one of "red", "blue"',
            id="choices",
        ),
        pytest.param(
            OBJECT,
            with_keys("a", "b", required=("b", "a")),
            "an object may not become an object with 'a', 'b'",
            id="keys",
        ),
        pytest.param(
            TEXT,
            TEXT | {"enum": list("abcdefg")},
            'text may not become one of "a", "b", "c", "d", "e" and 2 more',
            id="many choices",
        ),
        pytest.param(TEXT, DATE, "text may not become a date", id="a format"),
    ],
)
def test_the_reason_says_both_types(source, sink, reason):
    assert check(source, sink).reason == reason


@pytest.mark.parametrize(
    ("schema", "steps", "expected"),
    [
        pytest.param(list_of(TEXT), [0], TEXT, id="an item"),
        pytest.param(object_of(WHOLE), ["a"], WHOLE, id="a key"),
        pytest.param(
            OBJECT | {"properties": {"a": TEXT}}, ["a"], TEXT, id="a declared key"
        ),
        pytest.param(OBJECT | {"additionalProperties": True}, ["a"], {}, id="any key"),
        pytest.param(list_of(object_of(TRUTH)), [0, "x"], TRUTH, id="two steps"),
        pytest.param(either(list_of(TEXT), NULL), [0], TEXT, id="of an optional list"),
        pytest.param(
            either(list_of(TEXT), list_of(WHOLE)), [0], either(TEXT, WHOLE), id="either"
        ),
        pytest.param(TEXT, [0], {}, id="text has no parts"),
        pytest.param({}, ["a"], {}, id="anything"),
    ],
)
def test_parts(schema, steps, expected):
    assert resolve(schema, steps) == expected


def test_null_can_be_set_aside():
    assert check(without_null(either(TEXT, NULL)), TEXT).fit is Fit.FITS
    assert without_null(NULL) == NULL


ENDS = st.integers(-2, 4)


@st.composite
def limited(draw: st.DrawFn) -> dict:
    """A scalar with some of its limits, or a few values."""
    kind = draw(st.sampled_from(["integer", "number", "string", "few"]))
    if kind == "few":
        return {"enum": draw(st.lists(SCALAR_VALUES, min_size=1, max_size=3))}
    words = _WORDS[kind]
    names = draw(st.lists(st.sampled_from(words), unique=True, max_size=2))
    return {"type": kind} | {
        name: max(0, draw(ENDS)) if kind == "string" else draw(ENDS) for name in names
    }


_NUMERIC = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
_WORDS = {
    "integer": _NUMERIC,
    "number": _NUMERIC,
    "string": ("minLength", "maxLength"),
}

TEXTS = st.sampled_from(
    ["", "a", "1", " 2.5 ", "true", "[]", "[1]", "[null]", "{}", '{"a": 1}', "0"]
)
NUMBERS = st.integers(-3, 5) | st.sampled_from([0.0, 1.0, 0.5, -2.5])
SCALAR_VALUES = st.none() | st.booleans() | NUMBERS | TEXTS
ANY = st.recursive(
    SCALAR_VALUES,
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from("abc"), inner, max_size=2)
    ),
    max_leaves=4,
)
PLAIN = {
    "string": TEXTS,
    "integer": st.integers(-3, 5),
    "number": NUMBERS,
    "boolean": st.booleans(),
    "null": st.none(),
}


@st.composite
def objects_of(draw: st.DrawFn, inner: st.SearchStrategy) -> dict:
    properties = draw(st.dictionaries(st.sampled_from("ab"), inner, max_size=2))
    required = draw(st.lists(st.sampled_from("ab"), unique=True, max_size=2))
    found = OBJECT | {"properties": properties, "required": required}
    return found | ({"additionalProperties": False} if draw(st.booleans()) else {})


@st.composite
def lists_of(draw: st.DrawFn, inner: st.SearchStrategy) -> dict:
    sizes = st.fixed_dictionaries(
        {}, optional={"minItems": st.integers(0, 2), "maxItems": st.integers(0, 3)}
    )
    found = list_of(draw(inner)) | draw(sizes)
    if draw(st.booleans()):
        return found
    prefix = draw(st.lists(inner, min_size=1, max_size=2))
    # As tuples are described: no entries beside those of the prefix.
    size = {"minItems": len(prefix), "maxItems": len(prefix)}
    return LIST | {"prefixItems": prefix} | size


SCALARS = st.sampled_from([TEXT, WHOLE, NUMBER, TRUTH, NULL, LIST, OBJECT, {}])
SCHEMAS = st.recursive(
    SCALARS | limited(),
    lambda inner: st.one_of(
        lists_of(inner),
        inner.map(object_of),
        objects_of(inner),
        st.lists(inner, min_size=1, max_size=3).map(lambda found: either(*found)),
        st.lists(inner, min_size=1, max_size=2).map(lambda found: {"oneOf": found}),
    ),
    max_leaves=4,
)


def values_of(schema: dict) -> st.SearchStrategy:
    for word in ("anyOf", "oneOf"):
        if word in schema:
            return st.one_of([values_of(option) for option in schema[word]])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    kind: Any = schema.get("type")
    if kind == "array":
        return list_values(schema)
    if kind == "object":
        return object_values(schema)
    return PLAIN.get(kind, ANY)


def list_values(schema: dict) -> st.SearchStrategy:
    if "prefixItems" in schema:
        return st.tuples(*map(values_of, schema["prefixItems"])).map(list)
    least = schema.get("minItems", 0)
    return st.lists(
        values_of(schema.get("items", {})), min_size=least, max_size=least + 2
    )


def object_values(schema: dict) -> st.SearchStrategy:
    properties, required = schema.get("properties", {}), schema.get("required", ())
    extra = schema.get("additionalProperties", {})
    must = {key: values_of(properties.get(key, {})) for key in required}
    may = {key: values_of(one) for key, one in properties.items() if key not in must}
    known = st.fixed_dictionaries(must, optional=may)
    if extra is False:
        return known
    others = st.dictionaries(st.sampled_from("cd"), values_of(extra), max_size=2)
    return st.tuples(known, others).map(lambda both: both[0] | both[1])


def is_valid(schema: Any, value: Any) -> bool:
    return bool(Draft202012Validator(as_any_of(schema)).is_valid(value))


def as_any_of(part: Any) -> Any:
    """Blocks take what fits one of several, whether or not it fits another, too."""
    if isinstance(part, list):
        return [as_any_of(one) for one in part]
    if not isinstance(part, dict):
        return part
    return {
        {"oneOf": "anyOf"}.get(word, word): as_any_of(one) for word, one in part.items()
    }


def is_taken(schema: dict, value: Any) -> bool:
    """It is converted, and what becomes of it is within the limits."""
    coerce = coercer_for("pin", schema)
    try:
        return is_valid(schema, value if coerce is None else coerce(value))
    except BlockInputError:
        return False


@given(SCHEMAS, SCHEMAS, st.data())
def test_verdicts_agree_with_what_blocks_do(source, sink, data):
    verdict = check(source, sink)
    value = data.draw(values_of(source))
    assume(is_valid(source, value))
    note(f"{verdict}: {value!r}")
    taken = is_taken(sink, value)
    assert verdict.fit is Fit.MAYBE or taken is (verdict.fit is Fit.FITS)
