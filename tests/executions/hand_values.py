"""Agents by hand: nulls, numbers and what blocks make of values."""

import pytest

from .hand_builder import (
    ADD_TO_LIST,
    CALCULATOR,
    COMBINE,
    CONVERT,
    COUNT,
    CREATE_DICT,
    FIND,
    STEP,
    TEMPLATE,
    agent,
    answers,
    block,
    calc,
    completed,
    failed,
    given,
    one,
    out,
    step,
    when,
)

NULL = block(FIND, input={"a": None}, key="a")


NULLS = [
    # A null flows on an exact pin into one that may be null.
    pytest.param(
        agent("n.output > o.value", n=NULL, o=out()), {}, answers(None), id="to_output"
    ),
    pytest.param(
        agent(
            "n.output > a.position\na.updated_list > o.value",
            n=NULL,
            a=block(ADD_TO_LIST, list=[1], entry=2),
            o=out(),
        ),
        {},
        completed({"o": [[1, 2]]}, ran=3),
        id="to_optional_pin",
    ),
    # On a required pin it is an input error.
    pytest.param(
        agent("n.output > c.a", n=NULL, c=calc(b=1)),
        {},
        failed("a", ran=2),
        id="required",
    ),
    # An element may be null: it is stepped through like the others.
    pytest.param(
        agent("s.item > o.value", s=step(1, None, 2), o=out()),
        {},
        answers(1, None, 2),
        id="element",
    ),
    # A key of an object may hold it.
    pytest.param(
        agent(
            "n.output > d.values_#_k\nd.dictionary > o.value",
            n=NULL,
            d=block(CREATE_DICT),
            o=out(),
        ),
        {},
        completed({"o": [{"k": None}]}, ran=3),
        id="to_key",
    ),
]

NUMBERS = [
    # Dividing by zero is infinite, a root of -1 is no number: null in JSON, both.
    pytest.param(
        one(
            CALCULATOR,
            "result",
            operation="Divide",
            a=1,
            b=0,
        ),
        {},
        answers(None),
        id="infinity",
    ),
    pytest.param(
        one(
            CALCULATOR,
            "result",
            operation="Power",
            a=-1,
            b=0.5,
        ),
        {},
        answers(None),
        id="not_a_number",
    ),
    # Constants are coerced like values of links.
    pytest.param(
        agent("c.result > o.value", c=calc(a="1", b=" 2 "), o=out()),
        {},
        answers(3.0),
        id="numeric_text_constant",
    ),
    # Words that only a programmer reads as numbers are none.
    *(
        pytest.param(
            agent("x.result > c.a", x=given(), c=calc(b=1)),
            {"x": text},
            failed(text, ran=2),
            id=f"number {text}",
        )
        for text in ("inf", "nan", "1_000", "0x10", "1,5")
    ),
    # Numeric text compares as numbers, and goes on as one.
    pytest.param(
        agent("w.yes_output > o.value", w=when(">", "9", value1="10"), o=out()),
        {},
        answers(10.0),
        id="numeric_text_compared",
    ),
    # Only the branch that was taken emits.
    pytest.param(
        agent(
            "w.yes_output > y.value\nw.no_output > n.value\nw.result > r.value",
            w=when(">", 9, value1=1, yes_value="Y", no_value="N"),
            y=out("y"),
            n=out("n"),
            r=out("r"),
        ),
        {},
        completed({"n": ["N"], "r": [False]}, ran=3),
        id="branch_not_taken",
    ),
    # A calculator answers a float, also inside a text.
    pytest.param(
        agent(
            "c.result > t.values_#_x\nt.output > o.value",
            c=calc(a=40, b=2),
            t=block(TEMPLATE, format="{{ x }}"),
            o=out(),
        ),
        {},
        completed({"o": ["42.0"]}, ran=3),
        id="float_in_text",
    ),
]

BLOCKS = [
    # A name the template does not know renders empty.
    pytest.param(
        one(TEMPLATE, "output", values={}, format="[{{ nope }}]"),
        {},
        answers("[]"),
        id="template_unknown_name",
    ),
    pytest.param(
        agent(t=block(TEMPLATE, values={}, format="{{ x")),
        {},
        failed("t", ran=1),
        id="template_broken",
    ),
    # Text, objects and lists can all be stepped through.
    pytest.param(
        one(STEP, "item", items_str="[10, 20]"), {}, answers(10, 20), id="step_text"
    ),
    pytest.param(
        one(STEP, "key", items_object={"a": 1, "b": 2}),
        {},
        answers("a", "b"),
        id="step_object_keys",
    ),
    # All that is there is stepped through: list, object, text.
    pytest.param(
        one(STEP, "item", items=[1], items_object={"a": 2}, items_str="[3]"),
        {},
        answers(1, 2, 3),
        id="step_all_three",
    ),
    pytest.param(one(STEP, "item", items=[]), {}, answers(), id="step_nothing"),
    # Text on a list pin: a JSON list is read, other text is one element.
    pytest.param(
        agent(
            "x.result > s.items\ns.item > o.value", x=given(), s=block(STEP), o=out()
        ),
        {"x": "[1, 2]"},
        completed({"o": [1, 2]}, ran=4),
        id="json_text_as_list",
    ),
    pytest.param(
        agent(
            "x.result > s.items\ns.item > o.value", x=given(), s=block(STEP), o=out()
        ),
        {"x": "abc"},
        completed({"o": ["abc"]}, ran=3),
        id="plain_text_as_list",
    ),
    # Dictionaries: JSON text, plucked lists, and what is not there.
    pytest.param(
        one(FIND, "output", input='{"a": 5}', key="a"),
        {},
        answers(5),
        id="find_in_text",
    ),
    pytest.param(
        one(FIND, "output", input=[{"a": 1}, {"a": 2}], key="a"),
        {},
        answers([1, 2]),
        id="find_plucks",
    ),
    # Plucking leaves out the elements without the key.
    pytest.param(
        one(FIND, "output", input=[{"a": 1}, {"b": 2}], key="a"),
        {},
        answers([1]),
        id="find_plucks_some",
    ),
    pytest.param(
        one(FIND, "missing", input={"a": 1}, key="b"),
        {},
        answers({"a": 1}),
        id="find_not",
    ),
    pytest.param(
        one(FIND, "missing", input=[1, 2], key=-1),
        {},
        answers([1, 2]),
        id="find_negative",
    ),
    # What cannot be counted is -1.
    pytest.param(
        one(COUNT, "count", collection=42), {}, answers(-1), id="count_number"
    ),
    pytest.param(
        one(CONVERT, "value", value="[1, 2]", type="list"),
        {},
        answers([1, 2]),
        id="to_list",
    ),
    pytest.param(
        one(CONVERT, "value", value=5, type="string"), {}, answers("5"), id="to_text"
    ),
    pytest.param(
        one(COMBINE, "output", input=[1, "b"]), {}, answers("1b"), id="combine_numbers"
    ),
    pytest.param(
        one(CREATE_DICT, "dictionary", values={}),
        {},
        answers({}),
        id="empty_dictionary",
    ),
]
