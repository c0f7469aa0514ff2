"""Agents by hand: dynamic pins, on the source and on the sink."""

from typing import Any

import pytest

from .hand_builder import (
    ADD_TO_LIST,
    COMBINE,
    CREATE_DICT,
    STORE,
    TEMPLATE,
    agent,
    answers,
    block,
    completed,
    given,
    one,
    out,
    refused,
    step,
)


def select(pin: str, value: dict[str, Any]) -> dict[str, Any]:
    links = f"d.dictionary{pin} > o.value"
    return agent(links, d=block(CREATE_DICT, values=value), o=out())


SELECTORS = [
    pytest.param(select("_#_a", {"a": 1}), {}, answers(1), id="key"),
    pytest.param(
        select("_#_a_#_b_$_1", {"a": {"b": [10, 20]}}), {}, answers(20), id="nested"
    ),
    # -1 is the last element.
    pytest.param(select("_#_l_$_-1", {"l": [1, 2, 3]}), {}, answers(3), id="negative"),
    # An attribute reads the key of an object.
    pytest.param(select("_@_name", {"name": "n"}), {}, answers("n"), id="attribute"),
    # A path that is not there does not fire.
    pytest.param(select("_#_b", {"a": 1}), {}, answers(), id="missing_key"),
    pytest.param(select("_#_l_$_5", {"l": [1]}), {}, answers(), id="missing_index"),
    pytest.param(
        select("_#_a_#_b", {"a": 1}), {}, answers(), id="missing_below_number"
    ),
    # A null does not flow through a selector.
    pytest.param(select("_#_a", {"a": None}), {}, answers(), id="null_by_selector"),
    # Values that are false do.
    pytest.param(select("_#_a", {"a": 0}), {}, answers(0), id="zero_by_selector"),
    pytest.param(select("_#_a", {"a": ""}), {}, answers(""), id="empty_by_selector"),
    # Names that start with `_` are refused, not read.
    pytest.param(
        select("_@___class__", {"a": 1}), {}, refused("__class__"), id="private"
    ),
    # Only the items that have the key fire.
    pytest.param(
        agent("s.item_#_id > o.value", s=step({"id": 1}, {}, {"id": 3}), o=out()),
        {},
        answers(1, 3),
        id="key_of_some_items",
    ),
]

MERGES = [
    # Upstream's sample graph, with an output behind it.
    pytest.param(
        agent(
            "a.result >> t.values_#_a\nb.result >> t.values_#_b\nt.output > s.input\n"
            "s.output > o.value",
            a=given("a"),
            b=given("b"),
            t=(TEMPLATE, {"format": "{{a}}, {{b}}{{c}}", "values_#_c": "!!!"}),
            s=block(STORE),
            o=out(),
        ),
        {"a": "Hello", "b": "World"},
        completed({"o": ["Hello, World!!!"]}, ran=5),
        id="sample_graph",
    ),
    # Text pieces by index.
    pytest.param(
        agent(
            "a.result > c.input_$_0\nb.result > c.input_$_1\nc.output > o.value",
            a=given("a"),
            b=given("b"),
            c=block(COMBINE, delimiter="-"),
            o=out(),
        ),
        {"a": "x", "b": 7},
        completed({"o": ["x-7"]}, ran=4),
        id="list_pins",
    ),
    # Gaps of a list become null.
    pytest.param(
        one(ADD_TO_LIST, "updated_list", **{"entries_$_2": "c", "entries_$_0": "a"}),
        {},
        answers(["a", None, "c"]),
        id="list_gap",
    ),
    # Lists in objects and objects in lists.
    pytest.param(
        one(
            CREATE_DICT,
            "dictionary",
            **{"values_#_a_#_b_$_0": 1, "values_#_a_#_b_$_1_#_k": 2, "values_#_c": 3},
        ),
        {},
        answers({"a": {"b": [1, {"k": 2}]}, "c": 3}),
        id="nested_merge",
    ),
    # Constants: whole value first, keys on top.
    pytest.param(
        one(CREATE_DICT, "dictionary", **{"values": {"a": 1, "b": 2}, "values_#_b": 9}),
        {},
        answers({"a": 1, "b": 9}),
        id="key_over_whole_constant",
    ),
    # Links: whole value first, keys on top.
    pytest.param(
        agent(
            "w.dictionary > d.values\nx.result > d.values_#_b\nd.dictionary > o.value",
            x=given(),
            w=block(CREATE_DICT, values={"a": 1, "b": 2}),
            d=block(CREATE_DICT),
            o=out(),
        ),
        {"x": 9},
        completed({"o": [{"a": 1, "b": 9}]}, ran=4),
        id="key_over_whole_link",
    ),
    # A link beats a default: the linked whole value stands over a constant key.
    pytest.param(
        agent(
            "x.result > d.values\nd.dictionary > o.value",
            x=given(),
            d=block(CREATE_DICT, **{"values_#_b": 9}),
            o=out(),
        ),
        {"x": {"a": 1, "b": 2}},
        completed({"o": [{"a": 1, "b": 2}]}, ran=3),
        id="whole_link_over_constant_key",
    ),
    # A link beats a default on the same key.
    pytest.param(
        agent(
            "x.result > d.values_#_b\nd.dictionary > o.value",
            x=given(),
            d=block(CREATE_DICT, **{"values_#_b": 1, "values_#_c": 2}),
            o=out(),
        ),
        {"x": 9},
        completed({"o": [{"b": 9, "c": 2}]}, ran=3),
        id="link_over_constant_key",
    ),
    # The value of an output can be put together, too.
    pytest.param(
        agent(
            "x.result > o.value_#_a\ny.result > o.value_#_b",
            x=given("x"),
            y=given("y"),
            o=out(),
        ),
        {"x": 1, "y": 2},
        completed({"o": [{"a": 1, "b": 2}]}, ran=3),
        id="output_of_parts",
    ),
    # A linked key is waited for like any linked pin.
    pytest.param(
        agent(
            "x.result > d.values_#_b\nd.dictionary > o.value",
            x=given(),
            d=block(CREATE_DICT, **{"values_#_c": 2}),
            o=out(),
        ),
        {},
        completed({}, ran=1),
        id="linked_key_awaited",
    ),
    # Selector on one end, key on the other.
    pytest.param(
        agent(
            "x.result_#_in_$_0 > d.values_#_out\nd.dictionary > o.value",
            x=given(),
            d=block(CREATE_DICT),
            o=out(),
        ),
        {"x": {"in": ["v"]}},
        completed({"o": [{"out": "v"}]}, ran=3),
        id="both_ends",
    ),
    # Kinds mixed on one path, and an index that is none, are found before the run.
    pytest.param(
        one(CREATE_DICT, "dictionary", **{"values_#_a": 1, "values_$_0": 2}),
        {},
        refused("values"),
        id="mixed_kinds",
    ),
    pytest.param(
        one(ADD_TO_LIST, "updated_list", **{"entries_$_first": 1}),
        {},
        refused("first"),
        id="index_no_integer",
    ),
]
