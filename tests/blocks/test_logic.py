"""Condition and StepThroughItems at their edges."""

import pytest

from blocks.library.logic import MAX_ITEMS, MAX_TEXT_BYTES
from tests.blocks.calls import emitted, failure

HELD = [
    pytest.param("10", ">", "9", True, id="numeric-text-as-numbers"),
    pytest.param("10", "==", 10, True, id="numeric-text-and-number"),
    pytest.param("1e1", "==", " 10.0 ", True, id="two-spellings-of-a-number"),
    pytest.param("10", ">", "abc", False, id="text-unless-both-are-numbers"),
    pytest.param(" a ", "==", "a", True, id="blanks-do-not-count"),
    pytest.param("a", "<", "b", True, id="text-by-order"),
    pytest.param("nan", "==", "nan", True, id="nan-is-a-word"),
    pytest.param("infinity", "==", "inf", False, id="infinity-is-a-word"),
    pytest.param("1_0", "==", "10", False, id="no-python-spelling"),
    pytest.param("9007199254740993", "==", "9007199254740992", False, id="long-ids"),
    pytest.param(True, "==", "1", True, id="true-is-one"),
    pytest.param([1, 2], "<", [1, 3], True, id="lists-by-order"),
    pytest.param({"a": 1}, "!=", {"a": 2}, True, id="objects"),
    pytest.param("a", "==", 1, False, id="text-is-no-number"),
    pytest.param(2, ">=", 2, True, id="greater-or-equal"),
    pytest.param(2, "<=", 1, False, id="less-or-equal"),
]


@pytest.mark.parametrize(("left", "operator", "right", "holds"), HELD)
async def test_condition_holds(left, operator, right, holds):
    inputs = {"value1": left, "operator": operator, "value2": right}
    assert (await emitted("Condition", inputs))[0] == ("result", holds)


SENT = [
    pytest.param({"yes_value": 0}, 1, ("yes_output", 0), id="falsy-value-is-sent"),
    pytest.param({}, 1, ("yes_output", 1.0), id="left-side-by-default"),
    pytest.param({}, 2, ("no_output", 2), id="right-side-by-default"),
    pytest.param({"no_value": ""}, 2, ("no_output", ""), id="empty-text-is-sent"),
]


@pytest.mark.parametrize(("extra", "right", "step"), SENT)
async def test_value_is_sent_on(extra, right, step):
    inputs = {"value1": "1", "operator": "==", "value2": right, **extra}
    assert (await emitted("Condition", inputs))[1:] == [step]


FAILED = [
    pytest.param(
        {"value2": {"a": 1}, "operator": "<"}, "Comparison failed", id="types"
    ),
    pytest.param({"value2": 1, "operator": "~"}, "operator", id="unknown-operator"),
    pytest.param({"value2": None, "operator": "=="}, "required", id="null"),
]


@pytest.mark.parametrize(("inputs", "part"), FAILED)
async def test_condition_fails_with_words(inputs, part):
    assert part in await failure("Condition", {"value1": "a", **inputs})


async def test_every_source_of_items_is_used_in_order():
    inputs = {"items_str": '{"k": 3}', "items_object": {"o": 2}, "items": [1]}
    found = await emitted("StepThroughItems", inputs)
    assert [value for pin, value in found if pin == "item"] == [1, 2, 3]
    assert [value for pin, value in found if pin == "key"] == [0, "o", "k"]


@pytest.mark.parametrize("inputs", [{}, {"items": []}, {"items_str": "[]"}])
async def test_nothing_to_step_through_emits_nothing(inputs):
    assert await emitted("StepThroughItems", inputs) == []


async def test_as_many_items_as_allowed_are_sent():
    found = await emitted("StepThroughItems", {"items": [0] * MAX_ITEMS})
    assert len(found) == 2 * MAX_ITEMS


REFUSED = [
    pytest.param({"items": [0] * MAX_ITEMS, "items_object": {"a": 1}},
                 "10,001 items are too many (limit 10,000)", id="items-in-all"),
    pytest.param({"items_str": '"' + "é" * (MAX_TEXT_BYTES // 2) + '"'},
                 "1,048,578 bytes are too many (limit 1,048,576)", id="bytes-of-text"),
    pytest.param({"items_str": "[1"}, "not JSON", id="no-json"),
    pytest.param({"items_str": "5"}, "list or object", id="json-number"),
]  # fmt: skip


@pytest.mark.parametrize(("inputs", "part"), REFUSED)
async def test_too_much_or_unreadable_is_refused_before_any_emission(inputs, part):
    [(pin, text)] = await emitted("StepThroughItems", inputs)
    assert pin == "error"
    assert part in text


MATCHES = [
    pytest.param("5", 5, True, id="number-as-text"),
    pytest.param("true", True, True, id="boolean-as-text"),
    pytest.param('{"a":1}', {"a": 1}, True, id="object-as-text"),
    pytest.param("a", "A", False, id="case-counts"),
    pytest.param(5, "5.0", True, id="text-as-number"),
    pytest.param(5, "5.5", False, id="nothing-is-cut-off"),
    pytest.param(0, "none", False, id="text-that-is-no-number-is-not-0"),
    pytest.param(2, [1, 2], False, id="list-is-not-its-length"),
    pytest.param(True, "TRUE", True, id="text-as-boolean"),
    pytest.param(False, "no", True, id="no-as-boolean"),
    pytest.param(False, "maybe", False, id="other-words-are-neither"),
    pytest.param(True, 1, True, id="number-as-boolean"),
    pytest.param([1], "[1]", True, id="json-as-list"),
    pytest.param([1], 1, True, id="one-item-as-list"),
    pytest.param({"a": 1}, '{"a": 1}', True, id="json-as-object"),
    pytest.param({"0": 7}, [7], True, id="list-as-object"),
]


@pytest.mark.parametrize(("value", "wanted", "is_it"), MATCHES)
async def test_value_is_the_one(value, wanted, is_it):
    inputs = {"input": value, "value": wanted, "yes_value": "yes", "no_value": "no"}
    sent = ("yes_output", "yes") if is_it else ("no_output", "no")
    assert await emitted("IfInputMatches", inputs) == [("result", is_it), sent]
