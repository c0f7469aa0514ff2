"""Blocks of one list at the edges."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blocks.testing import FakeContext, run_block_inline
from tests.blocks.calls import emitted, failure, named

SPLIT = [
    pytest.param({"values": [], "max_size": 1}, [[]], id="nothing-is-one-empty-list"),
    pytest.param({"values": [1, 2], "max_size": 2}, [[1, 2]], id="just-fits"),
    pytest.param({"values": ["x" * 40, "a"], "max_tokens": 2}, [["x" * 40], ["a"]],
                 id="a-heavy-value-stands-alone"),
    pytest.param({"values": [1, 2, 3], "max_tokens": 2, "max_size": 1},
                 [[1], [2], [3]], id="the-tighter-limit-holds"),
    pytest.param({"values": [{"a": 1}, None], "max_tokens": 3},
                 [[{"a": 1}, None]], id="values-weigh-what-their-json-does"),
    pytest.param({"values": ["北北", "a"], "max_tokens": 2}, [["北北"], ["a"]],
                 id="bytes-and-not-characters"),
]  # fmt: skip


@pytest.mark.parametrize(("inputs", "lists"), SPLIT)
async def test_list_is_split(inputs, lists):
    assert await emitted("CreateList", inputs) == [("list", part) for part in lists]


@given(st.lists(st.integers(0, 9) | st.text("ü1", max_size=20)), st.integers(1, 5))
def test_no_value_is_lost_or_moved_by_splitting(values, limit):
    for name in ("max_size", "max_tokens"):
        inputs = {"values": values, name: limit}
        result = run_block_inline(named("CreateList"), inputs, FakeContext())
        assert [v for _, part in result.outputs for v in part] == values


@pytest.mark.parametrize("limit", [0, -1])
async def test_limit_below_one_is_refused(limit):
    assert "max_size" in await failure("CreateList", {"values": [1], "max_size": limit})


FOUND = [
    pytest.param([1, 2], 3, [("found", False), ("not_found_value", 3)], id="missing"),
    pytest.param([], "a", [("found", False), ("not_found_value", "a")], id="empty"),
    pytest.param([{"a": [1]}], {"a": [1]}, [("index", 0), ("found", True)], id="deep"),
    pytest.param(["1", 1], 1, [("index", 1), ("found", True)], id="text-is-no-number"),
]


@pytest.mark.parametrize(("items", "value", "wanted"), FOUND)
async def test_value_is_looked_for(items, value, wanted):
    assert await emitted("FindInList", {"list": items, "value": value}) == wanted


@pytest.mark.parametrize("place", [2, -3])
@pytest.mark.parametrize("name", ["GetListItem", "ReplaceListItem"])
async def test_place_outside_is_an_error(name, place):
    inputs = {"list": [1, 2], "index": place, "value": 0}
    assert await failure(name, inputs) == "Index out of range"


async def test_place_is_counted_from_the_end():
    inputs = {"list": [1, 2], "index": -2, "value": 0}
    replaced = [("updated_list", [0, 2]), ("old_item", 1)]
    assert await emitted("ReplaceListItem", inputs) == replaced


REMOVED = [
    pytest.param({"list": ["a", "b"], "index": 0, "value": "b"}, ["b"],
                 id="place-wins"),
    pytest.param({"list": [1, 2], "index": "-1"}, [1], id="numeric-text"),
    pytest.param({"list": [0, False, ""], "value": ""}, [0, False], id="falsy-value"),
]  # fmt: skip


@pytest.mark.parametrize(("inputs", "left"), REMOVED)
async def test_item_is_removed(inputs, left):
    assert await emitted("RemoveFromList", inputs) == [("updated_list", left)]


NOT_REMOVED = [
    pytest.param({"list": [1], "index": 1, "value": 1}, id="place-outside"),
    pytest.param({"list": [1], "index": -2}, id="place-before-the-start"),
    pytest.param({"list": [None]}, id="nothing-named"),
]


@pytest.mark.parametrize("inputs", NOT_REMOVED)
async def test_what_is_not_there_cannot_be_removed(inputs):
    assert await failure("RemoveFromList", inputs) == "Index or value not found"


async def test_object_on_the_pin_is_its_pairs():
    wanted = [("reversed_list", [["b", 2], ["a", 1]])]
    assert await emitted("ReverseListOrder", {"input_list": {"a": 1, "b": 2}}) == wanted
