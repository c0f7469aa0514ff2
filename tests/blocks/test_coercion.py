"""Coercion changes the form of a value, never what it says."""

import json
from typing import Any

import orjson
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from blocks.coercion import coercer_for
from blocks.errors import BlockInputError

TEXT = {"type": "string"}
NUMBER = {"type": "number"}
INTEGER = {"type": "integer"}
BOOLEAN = {"type": "boolean"}
LIST = {"type": "array"}
OBJECT = {"type": "object"}
NUMBERS = {"type": "array", "items": NUMBER}
TABLE = {"type": "object", "additionalProperties": INTEGER}
INTEGER_OR_TEXT = {"anyOf": [INTEGER, TEXT]}
OPTIONAL_NUMBER = {"anyOf": [NUMBER, {"type": "null"}]}

CHANGED = [
    pytest.param(TEXT, "a", "a", id="text-stays"),
    pytest.param(TEXT, 5, "5", id="number-to-text"),
    pytest.param(TEXT, True, "true", id="boolean-to-text"),
    pytest.param(TEXT, {"a": [1]}, '{"a":[1]}', id="object-to-its-json"),
    pytest.param(NUMBER, "5", 5, id="whole-text-to-number"),
    pytest.param(NUMBER, " -5.5e1 ", -55.0, id="text-with-blanks-to-number"),
    pytest.param(NUMBER, True, 1, id="boolean-to-number"),
    pytest.param(NUMBER, 1.5, 1.5, id="number-stays"),
    pytest.param(INTEGER, "7", 7, id="text-to-integer"),
    pytest.param(INTEGER, 7.0, 7, id="whole-float-to-integer"),
    pytest.param(BOOLEAN, "True", True, id="true-in-any-case"),
    pytest.param(BOOLEAN, " 0 ", False, id="zero-text"),
    pytest.param(BOOLEAN, 1, True, id="one"),
    pytest.param(LIST, "[1, 2]", [1, 2], id="json-text-to-list"),
    pytest.param(LIST, "a", ["a"], id="text-to-list-of-it"),
    pytest.param(LIST, "[a", ["[a"], id="half-a-list-is-text"),
    pytest.param(LIST, "[a]", ["[a]"], id="not-json-is-text"),
    pytest.param(LIST, 5, [5], id="number-to-list-of-it"),
    pytest.param(LIST, {"a": 1}, [["a", 1]], id="object-to-pairs"),
    pytest.param(OBJECT, '{"a": 1}', {"a": 1}, id="json-text-to-object"),
    pytest.param(OBJECT, [7, 8], {"0": 7, "1": 8}, id="list-to-object-by-place"),
    pytest.param(NUMBERS, ["1", 2], [1, 2], id="items-are-coerced"),
    pytest.param(TABLE, {"a": "1"}, {"a": 1}, id="entries-are-coerced"),
    pytest.param(INTEGER_OR_TEXT, "5", "5", id="exact-type-of-a-union-wins"),
    pytest.param(INTEGER_OR_TEXT, 5.0, 5, id="first-fitting-type-of-a-union"),
    pytest.param(INTEGER_OR_TEXT, [1], "[1]", id="next-type-of-a-union"),
    pytest.param(OPTIONAL_NUMBER, None, None, id="null-stays-null"),
    pytest.param(OPTIONAL_NUMBER, "2", 2, id="optional-number"),
]


@pytest.mark.parametrize(("schema", "value", "wanted"), CHANGED)
def test_value_takes_the_form_of_the_pin(schema, value, wanted):
    found = coerce(schema, value)
    assert found == wanted
    assert type(found) is type(wanted)


REFUSED = [
    pytest.param(NUMBER, "abc", "is not a number", id="no-zero-for-bad-text"),
    pytest.param(NUMBER, "", "is not a number", id="no-zero-for-no-text"),
    pytest.param(NUMBER, "nan", "is not a number", id="nan"),
    pytest.param(NUMBER, "inf", "is not a number", id="infinity"),
    pytest.param(NUMBER, "1e999", "too large", id="overflow"),
    pytest.param(NUMBER, [1, 2], "is not a number", id="no-length-of-a-list"),
    pytest.param(NUMBER, {"a": 1}, "is not a number", id="no-length-of-an-object"),
    pytest.param(INTEGER, 1.5, "not a whole number", id="no-rounding"),
    pytest.param(INTEGER, "1.5", "not a whole number", id="no-rounding-of-text"),
    pytest.param(INTEGER, 2.0**63, "too large", id="beyond-64-bits"),
    pytest.param(BOOLEAN, "yes", "neither true nor false", id="no-false-for-a-word"),
    pytest.param(BOOLEAN, 2, "neither true nor false", id="no-true-for-two"),
    pytest.param(BOOLEAN, [], "neither true nor false", id="no-truth-of-a-list"),
    pytest.param(TEXT, None, "null", id="no-text-for-null"),
    pytest.param(LIST, None, "null", id="no-list-for-null"),
    pytest.param(OBJECT, 5, "is not an object", id="no-wrapped-number"),
    pytest.param(OBJECT, "a", "is not an object", id="no-wrapped-text"),
    pytest.param(NUMBERS, [1, "x"], "at 1", id="place-of-a-bad-item"),
    pytest.param(TABLE, {"k": "x"}, "at 'k'", id="key-of-a-bad-entry"),
]


@pytest.mark.parametrize(("schema", "value", "part"), REFUSED)
def test_value_that_does_not_fit_is_refused_loudly(schema, value, part):
    with pytest.raises(BlockInputError) as caught:
        coerce(schema, value)
    assert part in str(caught.value)
    assert "pin 'p'" in str(caught.value)


@pytest.mark.parametrize("schema", [{}, {"anyOf": [TEXT, {}]}, {"description": "any"}])
def test_pin_for_anything_coerces_nothing(schema):
    assert coercer_for("p", schema) is None


def coerce(schema: dict[str, Any], value: Any) -> Any:
    convert = coercer_for("p", schema)
    assert convert is not None
    return convert(value)


SCHEMAS = st.sampled_from(
    [TEXT, NUMBER, INTEGER, BOOLEAN, LIST, OBJECT, NUMBERS, TABLE, INTEGER_OR_TEXT]
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.sampled_from(["1", "1.5", "true", "[1]", '{"a": 1}', " 7 ", "1e3"])
)
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)


def coerced_or_skipped(schema: dict[str, Any], value: Any) -> Any:
    try:
        return coerce(schema, value)
    except BlockInputError:
        assume(False)


@settings(deadline=None)
@given(SCHEMAS, JSON)
def test_coercing_twice_is_coercing_once(schema, value):
    once = coerced_or_skipped(schema, value)
    assert coerce(schema, once) == once


@settings(deadline=None)
@given(SCHEMAS, JSON)
def test_value_is_left_as_it_was(schema, value):
    before = orjson.dumps(value)
    coerced_or_skipped(schema, value)
    assert orjson.dumps(value) == before


@settings(deadline=None)
@given(SCHEMAS, JSON)
def test_every_leaf_of_the_result_comes_from_the_value(schema, value):
    """Nothing is invented and nothing lost: both say the same once read as JSON."""
    found = coerced_or_skipped(schema, value)
    if isinstance(value, list) and isinstance(found, dict):
        assert list(found) == [str(place) for place in range(len(value))]
        found = list(found.values())
    assert leaves(found) == leaves(value)


def leaves(value: Any) -> list[str]:
    """What a value says, without the form it says it in."""
    if isinstance(value, str):
        return leaves_of_text(value)
    if isinstance(value, dict):
        return leaves([*value.keys(), *value.values()])
    if isinstance(value, list):
        return sorted(leaf for part in value for leaf in leaves(part))
    return ["null" if value is None else repr(float(value))]


def leaves_of_text(text: str) -> list[str]:
    for read in (float, lambda text: json.loads(text.strip().lower()), json.loads):
        try:
            found = read(text)
        except ValueError:
            continue
        if not isinstance(found, str | list | dict) or read is json.loads:
            return [text] if isinstance(found, str) else leaves(found)
    return [text]
