"""AddToList and FindInDictionary at their edges."""

import pytest

from tests.blocks.calls import emitted, failure

ADDED = [
    pytest.param({}, [], id="nothing-to-nothing"),
    pytest.param({"list": [1], "entry": False}, [1, False], id="false-is-an-entry"),
    pytest.param({"list": [1], "entry": None}, [1], id="null-is-no-entry"),
    pytest.param({"list": [1, 2], "entry": 0, "position": 0}, [0, 1, 2], id="at-start"),
    pytest.param(
        {"list": [1, 2], "entry": 0, "position": -1}, [1, 0, 2], id="from-end"
    ),
    pytest.param(
        {"list": [1], "entry": 0, "position": 99}, [1, 0], id="beyond-the-end"
    ),
    pytest.param({"list": "[1]", "entries": [2]}, [1, 2], id="list-as-json"),
]


@pytest.mark.parametrize(("inputs", "wanted"), ADDED)
async def test_entries_are_added(inputs, wanted):
    assert await emitted("AddToList", inputs) == [("updated_list", wanted)]


ROWS = [{"x": 1}, {"y": 2}, "text", {"x": None}]

FOUND = [
    pytest.param({"a": None}, "a", None, id="null-is-found"),
    pytest.param({"1": "a"}, 1, "a", id="number-as-key"),
    pytest.param([7, 8], "1", 8, id="numeric-text-as-place"),
    pytest.param([7, 8], 0, 7, id="first-place"),
    pytest.param(ROWS, "x", [1, None], id="key-of-every-object-that-has-it"),
    pytest.param([{"1": "a"}, {"1": "b"}], "1", ["a", "b"], id="key-before-place"),
    pytest.param("[1, 2]", 1, 2, id="json-text"),
]


@pytest.mark.parametrize(("value", "key", "wanted"), FOUND)
async def test_key_is_found(value, key, wanted):
    inputs = {"input": value, "key": key}
    assert await emitted("FindInDictionary", inputs) == [("output", wanted)]


MISSING = [
    pytest.param({"a": 1}, "b", id="no-such-key"),
    pytest.param([1, 2], -1, id="negative-place"),
    pytest.param([1, 2], "-1", id="negative-place-as-text"),
    pytest.param([1, 2], 2, id="place-beyond-the-end"),
    pytest.param([1, 2], "9" * 5000, id="place-of-many-digits"),
    pytest.param([{"y": 1}, {"x": 1}], "x", id="first-object-lacks-it"),
    pytest.param([], "x", id="empty-list"),
    pytest.param("words", "x", id="text-that-is-no-json"),
    pytest.param('{"a": 1}', "b", id="input-is-given-back-as-it-came"),
    pytest.param(5, "x", id="number"),
]


@pytest.mark.parametrize(("value", "key"), MISSING)
async def test_key_is_missing(value, key):
    inputs = {"input": value, "key": key}
    assert await emitted("FindInDictionary", inputs) == [("missing", value)]


async def test_values_that_are_no_object_are_refused():
    assert "not an object" in await failure("CreateDictionary", {"values": 5})
