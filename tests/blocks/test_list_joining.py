"""Blocks that make one list of several or compare two: edges and laws."""

from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blocks.testing import FakeContext, run_block_inline
from tests.blocks.calls import emitted, failure, named

ITEMS = st.lists(st.none() | st.integers(0, 3) | st.text("ab", max_size=1), max_size=6)
LISTS = st.lists(ITEMS, max_size=4)
NESTED = st.lists(
    st.recursive(st.integers(0, 9), lambda inner: st.lists(inner), max_leaves=10)
)


def given_by(name, **inputs):
    return dict(run_block_inline(named(name), inputs, FakeContext()).outputs)


@given(LISTS)
def test_concatenated_list_has_all_items_in_order(lists):
    made = given_by("ConcatenateLists", lists=lists)
    assert made == {
        "concatenated_list": list(chain(*lists)),
        "length": sum(map(len, lists)),
    }


@given(LISTS)
def test_interleaved_list_has_the_same_items(lists):
    made = given_by("InterleaveLists", lists=lists)["interleaved_list"]
    assert sorted(made, key=repr) == sorted(chain(*lists), key=repr)


@given(st.lists(ITEMS, min_size=1, max_size=4))
def test_zipped_lists_are_as_long_as_asked(lists):
    lengths = [len(one) for one in lists]
    assert given_by("ZipLists", lists=lists)["length"] == min(lengths)
    padded = given_by("ZipLists", lists=lists, pad_to_longest=True)
    assert padded["length"] == max(lengths)
    assert all(len(group) == len(lists) for group in padded["zipped_list"])


@given(NESTED)
def test_flat_list_has_no_list_in_it(nested):
    made = given_by("FlattenList", nested_list=nested)
    assert not any(isinstance(item, list) for item in made["flattened_list"])
    again = given_by("FlattenList", nested_list=made["flattened_list"])
    assert again["flattened_list"] == made["flattened_list"]
    assert again["original_depth"] == 1


@given(ITEMS, ITEMS)
def test_difference_and_intersection_part_a_list(one, other):
    difference = given_by("ListDifference", list_a=one, list_b=other)["difference"]
    common = given_by("ListIntersection", list_a=one, list_b=other)["intersection"]
    assert [item for item in one if item in common] == [
        item for item in one if item not in difference
    ]
    assert len(common) == len({repr(item) for item in common})


EDGES = [
    pytest.param("ConcatenateLists", {"lists": [None, [None], None]},
                 [("concatenated_list", [None]), ("length", 1)], id="null-list"),
    pytest.param("ConcatenateLists",
                 {"lists": [[1, True, 1.0, "1", [1], [True]]], "deduplicate": True},
                 [("concatenated_list", [1, "1", [1]]), ("length", 3)],
                 id="true-is-1"),
    pytest.param("ConcatenateLists",
                 {"lists": [[{"a": 1, "b": 2}, {"b": 2, "a": 1}]], "deduplicate": True},
                 [("concatenated_list", [{"a": 1, "b": 2}]), ("length", 1)],
                 id="order-of-keys-does-not-count"),
    pytest.param("FlattenList", {"nested_list": [[[1]]], "max_depth": 0},
                 [("flattened_list", [[[1]]]), ("length", 1), ("original_depth", 3)],
                 id="no-level"),
    pytest.param("FlattenList", {"nested_list": [[[]]]},
                 [("flattened_list", []), ("length", 0), ("original_depth", 3)],
                 id="empty-lists-have-depth"),
    pytest.param("ZipLists", {"lists": []}, [("zipped_list", []), ("length", 0)],
                 id="nothing-to-zip"),
    pytest.param("ListDifference",
                 {"list_a": [1], "list_b": [[2], [2]], "symmetric": True},
                 [("difference", [1, [2], [2]]), ("length", 3)], id="both-sides"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "inputs", "wanted"), EDGES)
async def test_lists_are_made(name, inputs, wanted):
    assert await emitted(name, inputs) == wanted


NO_LISTS = [
    pytest.param("text", "text", id="text"),
    pytest.param(1, "a number", id="number"),
    pytest.param(True, "true or false", id="boolean"),
    pytest.param({}, "an object", id="object"),
]


@pytest.mark.parametrize(("value", "noun"), NO_LISTS)
@pytest.mark.parametrize("name", ["ConcatenateLists", "InterleaveLists", "ZipLists"])
async def test_what_is_no_list_is_named(name, value, noun):
    assert f"at index 1 of pin 'lists': expected a list, got {noun}" in await failure(
        name, {"lists": [[], value]}
    )


@pytest.mark.parametrize("name", ["InterleaveLists", "ZipLists"])
async def test_null_has_no_place_beside_lists(name):
    assert "at index 0 of pin 'lists': expected a list, got null" in await failure(
        name, {"lists": [None, [1]]}
    )


async def test_very_deep_list_is_refused():
    nested: list = []
    for _ in range(1_001):
        nested = [nested]
    assert "more than 1,000" in await failure("FlattenList", {"nested_list": nested})
