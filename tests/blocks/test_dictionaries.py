"""Blocks that change objects, at the edges."""

import pytest

from tests.blocks.calls import emitted, failure

ADDED = [
    pytest.param({}, {}, id="nothing"),
    pytest.param({"key": "a"}, {}, id="key-without-value"),
    pytest.param({"value": 1}, {}, id="value-without-key"),
    pytest.param({"key": "a", "value": ""}, {"a": ""}, id="falsy-value"),
    pytest.param({"dictionary": {"a": 1}, "entries": {"a": 2}}, {"a": 2},
                 id="entry-that-is-there"),
    pytest.param({"entries_#_x": 1, "dictionary_#_y": 2}, {"y": 2, "x": 1},
                 id="dynamic-pins"),
]  # fmt: skip


@pytest.mark.parametrize(("inputs", "wanted"), ADDED)
async def test_entries_are_added(inputs, wanted):
    assert await emitted("AddToDictionary", inputs) == [("updated_dictionary", wanted)]


async def test_number_finds_the_key_that_json_made_of_it():
    inputs = {"dictionary": {"7": "a"}, "key": 7, "value": "b"}
    replaced = [("updated_dictionary", {"7": "b"}), ("old_value", "a")]
    assert await emitted("ReplaceDictionaryValue", inputs) == replaced


async def test_order_of_entries_stays_when_one_is_replaced():
    inputs = {"dictionary": {"a": 1, "b": 2}, "key": "a", "value": 3}
    [(_, updated), _] = await emitted("ReplaceDictionaryValue", inputs)
    assert list(updated) == ["a", "b"]


@pytest.mark.parametrize("name", ["RemoveFromDictionary", "ReplaceDictionaryValue"])
async def test_missing_key_is_an_error_that_names_it(name):
    inputs = {"dictionary": {"a": 1}, "key": 7, "value": 1}
    assert await failure(name, inputs) == "Key '7' not found in dictionary"
