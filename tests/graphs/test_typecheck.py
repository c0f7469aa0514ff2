"""The verdicts agree with what coercion does, for values of every type."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
        pytest.param({"enum": ["a"]}, OBJECT, Fit.MAYBE, id="no type is anything"),
    ],
)
def test_verdicts(source, sink, fit):
    assert check(source, sink).fit is fit


def test_the_reason_says_both_types():
    assert check(LIST, NUMBER).reason == "a list cannot become a number"
    assert check(TEXT, NUMBER).reason == "text may not become a number"
    assert check(TEXT, TEXT).reason == ""


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


SCALARS = st.sampled_from([TEXT, WHOLE, NUMBER, TRUTH, NULL, LIST, OBJECT, {}])
SCHEMAS = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        inner.map(list_of),
        inner.map(object_of),
        st.dictionaries(st.sampled_from("ab"), inner, max_size=2).map(
            lambda properties: OBJECT | {"properties": properties}
        ),
        st.lists(inner, min_size=1, max_size=3).map(lambda options: either(*options)),
    ),
    max_leaves=4,
)

TEXTS = st.sampled_from(
    ["", "a", "1", " 2.5 ", "true", "[]", "[1]", "[null]", "{}", '{"a": 1}', "0"]
)
NUMBERS = st.integers(-3, 3) | st.sampled_from([0.0, 1.0, 0.5, -2.5])
ANY = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from("abc"), inner, max_size=2)
    ),
    max_leaves=4,
)
PLAIN = {
    "string": TEXTS,
    "integer": st.integers(-3, 3),
    "number": NUMBERS,
    "boolean": st.booleans(),
    "null": st.none(),
}


def values_of(schema: dict) -> st.SearchStrategy:
    if "anyOf" in schema:
        return st.one_of([values_of(option) for option in schema["anyOf"]])
    kind: Any = schema.get("type")
    if kind == "array":
        return st.lists(values_of(schema.get("items", {})), max_size=3)
    if kind == "object":
        named = {
            key: values_of(part) for key, part in schema.get("properties", {}).items()
        }
        extra = schema.get("additionalProperties", {})
        others = st.dictionaries(st.sampled_from("cd"), values_of(extra), max_size=2)
        known = st.fixed_dictionaries({}, optional=named)
        return st.tuples(known, others).map(lambda both: both[0] | both[1])
    return PLAIN.get(kind, ANY)


def is_taken(schema: dict, value: Any) -> bool:
    coerce = coercer_for("pin", schema)
    try:
        if coerce is not None:
            coerce(value)
    except BlockInputError:
        return False
    return True


@given(SCHEMAS, SCHEMAS, st.data())
def test_verdicts_agree_with_coercion(source, sink, data):
    fit = check(source, sink).fit
    taken = is_taken(sink, data.draw(values_of(source)))
    assert fit is Fit.MAYBE or taken is (fit is Fit.FITS)
