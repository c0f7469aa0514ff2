"""Pin names that reach inside a value: reading, selecting, merging."""

import contextlib
import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blocks.dynamic_pins import (
    MAX_DEPTH,
    MAX_LIST_INDEX,
    MISSING,
    PinNameError,
    merge_inputs,
    parse_pin,
    select,
)
from blocks.errors import BlockInputError

NAMES = [
    pytest.param("result", "result", (), id="plain"),
    pytest.param("values_#_name", "values", ("name",), id="key"),
    pytest.param("list_$_0", "list", (0,), id="place"),
    pytest.param("list_$_-1", "list", (-1,), id="place-from-the-end"),
    pytest.param("object_@_field", "object", ("field",), id="field"),
    pytest.param("a_#_b_$_2_@_c", "a", ("b", 2, "c"), id="nested"),
    pytest.param("a_#_two words", "a", ("two words",), id="key-with-a-space"),
    pytest.param("a_#_", "a", ("",), id="empty-key"),
    pytest.param(
        "a_#__private", "a", ("_private",), id="key-may-start-with-underscore"
    ),
    pytest.param("a_b_c", "a_b_c", (), id="underscores-alone-mean-nothing"),
]


@pytest.mark.parametrize(("name", "base", "steps"), NAMES)
def test_name_is_read(name, base, steps):
    path = parse_pin(name)
    assert (path.base, path.steps) == (base, steps)


BAD_NAMES = [
    pytest.param("l_$_x", "index must be an integer", id="word"),
    pytest.param("l_$_1.5", "index must be an integer", id="fraction"),
    pytest.param("l_$_", "index must be an integer", id="nothing"),
    pytest.param("l_$_٣", "index must be an integer", id="other-digits"),
    pytest.param(f"l_$_{MAX_LIST_INDEX + 1}", "above", id="too-large"),
    pytest.param("o_@___class__", "may not start", id="private-field"),
    pytest.param("a" + "_#_k" * (MAX_DEPTH + 1), "levels deep", id="too-deep"),
]


@pytest.mark.parametrize(("name", "part"), BAD_NAMES)
def test_bad_name_is_refused(name, part):
    with pytest.raises(PinNameError, match=part):
        parse_pin(name)


SELECTED = [
    pytest.param([10, 20, 30], "result_$_1", 20, id="place"),
    pytest.param({"key1": [1, 2]}, "result_#_key1_$_1", 2, id="key-then-place"),
    pytest.param([10, 20, 30], "result_$_-1", 30, id="last"),
    pytest.param({"a": 1}, "result_@_a", 1, id="field"),
    pytest.param({"a": 0}, "result_#_a", 0, id="falsy-values-flow"),
    pytest.param([1, 2, 3], "result_$_5", MISSING, id="place-beyond-the-end"),
    pytest.param([1], "result_$_-2", MISSING, id="place-before-the-start"),
    pytest.param({"a": 1}, "result_#_b", MISSING, id="missing-key"),
    pytest.param({"a": None}, "result_#_a", MISSING, id="null-behind-a-selector"),
    pytest.param({"a": None}, "result_#_a_#_b", MISSING, id="null-on-the-way"),
    pytest.param([1], "result_#_a", MISSING, id="key-of-a-list"),
    pytest.param({"0": 1}, "result_$_0", MISSING, id="place-in-an-object"),
    pytest.param("abc", "result_$_0", MISSING, id="place-in-text"),
    pytest.param(None, "result", None, id="null-flows-whole"),
]


@pytest.mark.parametrize(("value", "name", "wanted"), SELECTED)
def test_part_is_selected(value, name, wanted):
    found = select(value, parse_pin(name))
    assert found is wanted if wanted is MISSING else found == wanted


MERGED = [
    pytest.param({"list_$_0": "a", "list_$_1": "b"}, {}, {"list": ["a", "b"]},
                 id="places"),
    pytest.param({"l_$_0_#_k1": 1, "l_$_0_#_k2": 2, "l_$_1_#_k3": 3}, {},
                 {"l": [{"k1": 1, "k2": 2}, {"k3": 3}]}, id="objects-in-a-list"),
    pytest.param({"d_#_k1_$_0": 1, "d_#_k1_$_1": 2}, {}, {"d": {"k1": [1, 2]}},
                 id="list-in-an-object"),
    pytest.param({"l_$_2": "c"}, {}, {"l": [None, None, "c"]}, id="gaps-are-null"),
    pytest.param({"a": 1, "b": 2}, {"b": 3}, {"a": 1, "b": 3},
                 id="link-beats-constant"),
    pytest.param({"d": {"a": 1, "b": 2}, "d_#_a": 9}, {}, {"d": {"a": 9, "b": 2}},
                 id="keys-go-on-top-of-the-whole"),
    pytest.param({"d_#_a": 1}, {"d_#_a": 2}, {"d": {"a": 2}},
                 id="linked-key-beats-constant-key"),
    pytest.param({"d_#_a": 1}, {"d": {"a": 2}}, {"d": {"a": 2}},
                 id="linked-whole-beats-constant-key"),
    pytest.param({"d_#_b": 1}, {"d": {"a": 2}}, {"d": {"a": 2, "b": 1}},
                 id="constant-key-fills-up-a-linked-whole"),
    pytest.param({"d": None, "d_#_a": 1}, {}, {"d": {"a": 1}}, id="null-is-no-whole"),
    pytest.param({"o_@_f": 1, "o_#_k": 2}, {}, {"o": {"f": 1, "k": 2}},
                 id="fields-and-keys-agree"),
    pytest.param({}, {}, {}, id="nothing"),
]  # fmt: skip


@pytest.mark.parametrize(("constants", "linked", "wanted"), MERGED)
def test_parts_are_merged(constants, linked, wanted):
    before = copy.deepcopy((constants, linked))
    assert merge_inputs(constants, linked) == wanted
    assert (constants, linked) == before


REFUSED = [
    pytest.param({"list_$_invalid": "v"}, "index must be an integer", id="bad-index"),
    pytest.param({"a_#_k": 1, "a_$_0": 2}, "needs a list", id="object-and-list"),
    pytest.param({"a_$_0": 1, "a_#_k": 2}, "needs an object", id="list-and-object"),
    pytest.param({"a": 5, "a_#_k": 1}, "a plain value", id="key-into-a-number"),
    pytest.param({"a_$_-1": 1}, "0 or more", id="negative-place"),
]


@pytest.mark.parametrize(("constants", "part"), REFUSED)
def test_parts_that_disagree_are_refused(constants, part):
    with pytest.raises(BlockInputError, match=part):
        merge_inputs(constants, {})


STEPS = st.lists(
    st.tuples(st.just("#"), st.text("abc", min_size=1, max_size=2))
    | st.tuples(st.just("$"), st.integers(0, 3).map(str)),
    min_size=1,
    max_size=5,
)
VALUES = st.integers() | st.text(max_size=3) | st.lists(st.integers(), max_size=2)


def pin_name(steps: list[tuple[str, str]]) -> str:
    return "pin" + "".join(f"_{kind}_{text}" for kind, text in steps)


@settings(deadline=None)
@given(STEPS, VALUES)
def test_selecting_gives_back_what_was_merged(steps, value):
    name = pin_name(steps)
    merged = merge_inputs({}, {name: value})
    assert select(merged["pin"], parse_pin(name)) == value


@settings(deadline=None)
@given(
    st.dictionaries(STEPS.map(pin_name) | st.just("pin"), VALUES, max_size=4),
    st.dictionaries(STEPS.map(pin_name) | st.just("pin"), VALUES, max_size=4),
)
def test_merging_never_changes_its_arguments(constants, linked):
    before = copy.deepcopy((constants, linked))
    with contextlib.suppress(BlockInputError):
        merge_inputs(constants, linked)
    assert (constants, linked) == before
