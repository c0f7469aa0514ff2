"""Expressions: what they mean, how they fail, and that none takes long."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blocks.errors import BlockError, BlockInputError
from blocks.expressions import Budget, compile_expression
from blocks.values import encode

NAMES = {
    "n": 4, "s": "Ann", "items": [1, 2, 3], "o": {"a": {"b": [5]}, "odd key": 1},
    "none": None,
}  # fmt: skip

VALUES = [
    pytest.param("1 + 2 * 3", 7, id="multiplication-binds-tighter"),
    pytest.param("(1 + 2) * 3", 9, id="brackets"),
    pytest.param("10 - 3 - 2", 5, id="from-left-to-right"),
    pytest.param("7 / 2", 3.5, id="division-is-exact"),
    pytest.param("6 / 2", 3, id="whole-stays-whole"),
    pytest.param("-n + 1", -3, id="sign"),
    pytest.param("!(n > 3) || s == 'Ann'", True, id="or"),
    pytest.param("n > 5 && missing.x", False, id="the-right-side-is-left-alone"),
    pytest.param("n > 3 ? 'yes' : missing", "yes", id="the-other-choice-too"),
    pytest.param("o.a.b[0]", 5, id="path"),
    pytest.param("o['odd key']", 1, id="key"),
    pytest.param("items[-1]", 3, id="from-the-end"),
    pytest.param("2 in items && 'a' in o", True, id="in"),
    pytest.param("true == 1", False, id="true-is-not-one"),
    pytest.param("[1] == [1.0]", True, id="one-is-one"),
    pytest.param("{'a': [1]} == {'a': [true]}", False, id="also-inside"),
    pytest.param("has(o.a) && !has(o.z)", True, id="has"),
    pytest.param("o.get('z', 9)", 9, id="get"),
    pytest.param("items.filter(i, i > 1).map(i, i * n)", [8, 12], id="filter-and-map"),
    pytest.param("items.all(i, i > 0)", True, id="all"),
    pytest.param("items.exists(i, i > 5)", False, id="exists"),
    pytest.param("items.exists_one(i, i == 2)", True, id="exists-one"),
    pytest.param("o.map(key, key)", ["a", "odd key"], id="keys-of-an-object"),
    pytest.param("s.lower().startsWith('a')", True, id="texts"),
    pytest.param("'a-b'.split('-').join('+')", "a+b", id="split-and-join"),
    pytest.param("'x1'.matches('[0-9]$')", True, id="matches"),
    pytest.param(r"'\u00e9\n\''", "é\n'", id="escapes"),
    pytest.param("size(s) + items.size()", 6, id="size"),
    pytest.param("sum(items) + max(items) + min(1, 2)", 10, id="numbers-of-lists"),
    pytest.param("round(2.345, 2)", 2.35, id="round"),
    pytest.param("int('9007199254740993')", 9007199254740993, id="long-ids-stay-exact"),
    pytest.param("double('1.5') + int(2.9)", 3.5, id="from-text"),
    pytest.param("string(o)", '{"a":{"b":[5]},"odd key":1}', id="to-text"),
    pytest.param("type(none)", "null", id="type"),
    pytest.param("{s: n}", {"Ann": 4}, id="object"),
    pytest.param("null", None, id="null"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "value"), VALUES)
def test_value(text, value):
    found = compile_expression(text).evaluate(NAMES)
    assert (found, type(found)) == (value, type(value))


MALFORMED = [
    pytest.param("", "ends too early", id="empty"),
    pytest.param("1 +", "character 4", id="unfinished"),
    pytest.param("1 2", "2 is not expected", id="two-values"),
    pytest.param("f(1)", "no function f", id="unknown-function"),
    pytest.param("'a", "no meaning", id="open-text"),
    pytest.param(r"'\q'", r"escape \q", id="unknown-escape"),
    pytest.param("size()", "number of arguments", id="too-few"),
    pytest.param("has(1)", "wants one field", id="has-of-a-value"),
    pytest.param("1e999", "too large", id="infinite"),
    pytest.param("9" * 30, "64 bits", id="long-number"),
    pytest.param("(" * 60 + "1" + ")" * 60, "50 levels", id="deep"),
    pytest.param("+".join("1" * 60), "50 levels", id="long-chain"),
    pytest.param("!" * 10_000, "50 levels", id="many-signs"),
    pytest.param("a" * 10_001, "longer than", id="long"),
    pytest.param("import os", "os is not expected", id="python"),
    pytest.param("x = 1", "no meaning", id="assignment"),
    pytest.param("lambda: 1", "not expected", id="lambda"),
]


@pytest.mark.parametrize(("text", "part"), MALFORMED)
def test_malformed(text, part):
    with pytest.raises(BlockInputError, match=part.replace("\\", "\\\\")) as caught:
        compile_expression(text)
    assert caught.value.code == "bad_expression"


FAILING = [
    pytest.param("missing", "no name 'missing'", id="unknown-name"),
    pytest.param("o.z", "no field 'z'", id="unknown-field"),
    pytest.param("s.__class__", "a text has no field", id="attribute"),
    pytest.param("o.__class__", "no field '__class__'", id="attribute-of-an-object"),
    pytest.param("items[9]", "no such place", id="beyond-the-end"),
    pytest.param("items[true]", "no such place", id="true-is-no-place"),
    pytest.param("'a' + 1", "a text \\+ a number", id="text-and-number"),
    pytest.param("'a' * 9", "a text \\* a number", id="text-times"),
    pytest.param("1 / 0", "division by zero", id="by-zero"),
    pytest.param("1e308 * 10", "no finite number", id="infinite"),
    pytest.param("4611686018427387904 * 4", "64 bits", id="large"),
    pytest.param("'a' < 1", "no order", id="order"),
    pytest.param("n && true", "true or false", id="no-truth"),
    pytest.param("sum(['a'])", "a number is wanted", id="sum-of-texts"),
    pytest.param("max([])", "empty list", id="nothing-is-greatest"),
    pytest.param("{1: 2}", "must be a text", id="number-as-key"),
    pytest.param("'a'.matches('(')", "pattern", id="bad-pattern"),
]


@pytest.mark.parametrize(("text", "part"), FAILING)
def test_failure(text, part):
    with pytest.raises(BlockError, match=part):
        compile_expression(text).evaluate(NAMES)


def test_a_condition_must_be_true_or_false():
    with pytest.raises(BlockError, match="must be true or false"):
        compile_expression("n").holds(NAMES)


TEN = "[0,1,2,3,4,5,6,7,8,9]"
COSTLY = [
    pytest.param("[1]" + ".map(x, [x, x])" * 40, id="list-that-doubles"),
    pytest.param("'aaaa'" + ".replace('a', 'aaaa')" * 40, id="text-that-grows"),
    pytest.param(
        f"{TEN}.map(a, {TEN}.map(b, {TEN}.map(c, {TEN}.map(d, {TEN}.map(e, {TEN})))))",
        id="nested-loops",
    ),
    pytest.param(
        "[1]" + ".map(x, [x, x])" * 40 + " == [1]" + ".map(x, [x, x])" * 40,
        id="comparison-of-lists-that-double",
    ),
    pytest.param("string([1]" + ".map(x, [x, x])" * 40 + ")", id="text-of-such-a-list"),
]


@pytest.mark.parametrize("text", COSTLY)
def test_no_expression_takes_long(text):
    with pytest.raises(BlockError) as caught:
        compile_expression(text).evaluate({}, Budget(20_000))
    assert caught.value.code == "expression_budget"


@given(st.text(alphabet="ab1.[](){}'\"+-*/%<>=!&|?:, \\in", max_size=60))
def test_any_text_is_read_or_refused_and_gives_json(text):
    try:
        value = compile_expression(text).evaluate({"a": [1], "b": {}}, Budget(1_000))
    except BlockError:
        return
    assert encode(value).value == value


@given(st.integers(-(10**6), 10**6), st.integers(-(10**6), 10**6))
def test_whole_numbers_as_in_arithmetic(a, b):
    names = {"a": a, "b": b}
    assert compile_expression("a * b + a - b").evaluate(names) == a * b + a - b
    assert compile_expression("a < b").evaluate(names) is (a < b)
