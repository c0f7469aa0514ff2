"""Agents by hand: what inputs and outputs make of the values they are given."""

from typing import Any

import pytest

from .hand_builder import (
    COUNT,
    COUNTDOWN,
    NOW,
    WEB,
    agent,
    block,
    calc,
    completed,
    failed,
    given,
    out,
    refused,
    step,
)

ADDS_34 = agent("x.result > c.a\nc.result > o.value", x=given(), c=calc(b=34), o=out())
ECHO = agent("x.result > o.value", x=given(), o=out())


def echo(kind: str, **constants: Any) -> dict[str, Any]:
    return agent("x.result > o.value", x=given("x", kind, **constants), o=out())


def asks(url: str) -> dict[str, Any]:
    links = "w.error > e.value"
    return agent(links, w=block(WEB, url=url, method="GET"), e=out("e"))


def nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


GIVEN = [
    # The one agent upstream ships that needs nothing: 8 + 34.
    pytest.param(ADDS_34, {"x": 8}, completed({"o": [42.0]}, ran=3), id="number"),
    # Numeric text becomes a number.
    pytest.param(ADDS_34, {"x": "8"}, completed({"o": [42.0]}, ran=3), id="text_8"),
    pytest.param(
        ADDS_34, {"x": "1e2"}, completed({"o": [134.0]}, ran=3), id="text_1e2"
    ),
    # Other text is an input error, never 0.
    pytest.param(ADDS_34, {"x": "eight"}, failed("eight", ran=2), id="text_eight"),
    # A container is not its length.
    pytest.param(ADDS_34, {"x": [1, 2]}, failed("list", ran=2), id="list_as_number"),
    # 0 is a value.
    pytest.param(ADDS_34, {"x": 0}, completed({"o": [34.0]}, ran=3), id="zero"),
    # An input without a value emits nothing; what waits on it never fires.
    pytest.param(ADDS_34, {}, completed({}, ran=1), id="not_given"),
    pytest.param(ADDS_34, {"x": None}, completed({}, ran=1), id="given_null"),
    # Values that are false are values.
    pytest.param(ECHO, {"x": ""}, completed({"o": [""]}, ran=2), id="empty_text"),
    pytest.param(ECHO, {"x": []}, completed({"o": [[]]}, ran=2), id="empty_list"),
    pytest.param(ECHO, {"x": {}}, completed({"o": [{}]}, ran=2), id="empty_object"),
    pytest.param(ECHO, {"x": False}, completed({"o": [False]}, ran=2), id="false"),
    # Integers beyond 2^53 are exact where no block computes with them.
    pytest.param(
        ECHO, {"x": 2**53 + 1}, completed({"o": [2**53 + 1]}, ran=2), id="big_int"
    ),
    # Letters outside ASCII are kept.
    pytest.param(
        ECHO,
        {"x": "kůň 🐎\u0000"},
        completed({"o": ["kůň 🐎\u0000"]}, ran=2),
        id="unicode",
    ),
    # The constant of the input stands when the run gives nothing.
    pytest.param(
        echo("any", value=5), {}, completed({"o": [5]}, ran=2), id="constant_of_input"
    ),
    # What the run gives beats the constant.
    pytest.param(
        echo("any", value=5), {"x": 0}, completed({"o": [0]}, ran=2), id="given_beats"
    ),
]

KINDS = [
    # Number inputs are integers: whole numbers and their text pass.
    pytest.param(echo("number"), {"x": 3}, completed({"o": [3]}, ran=2), id="int"),
    pytest.param(
        echo("number"), {"x": "3"}, completed({"o": [3]}, ran=2), id="int_text"
    ),
    pytest.param(echo("number"), {"x": 0}, completed({"o": [0]}, ran=2), id="int_zero"),
    pytest.param(echo("number"), {}, completed({}, ran=1), id="int_not_given"),
    # Cutting 3.5 down would drop data. A value that does not fit is told at the start.
    pytest.param(echo("number"), {"x": 3.5}, refused("3.5"), id="int_fraction"),
    # Dates and times travel as ISO text and are checked.
    pytest.param(
        echo("date"),
        {"x": "2024-02-29"},
        completed({"o": ["2024-02-29"]}, ran=2),
        id="date",
    ),
    pytest.param(
        echo("date"), {"x": "2023-02-30"}, refused("wrong_value"), id="date_wrong"
    ),
    pytest.param(
        echo("time"),
        {"x": "09:30:00"},
        completed({"o": ["09:30:00"]}, ran=2),
        id="time",
    ),
    pytest.param(echo("time"), {"x": "25:00"}, refused("wrong_value"), id="time_wrong"),
    # A toggle has the value false unless switched, and false is a value.
    pytest.param(
        echo("toggle"), {}, completed({"o": [False]}, ran=2), id="toggle_not_given"
    ),
    pytest.param(
        echo("toggle"), {"x": True}, completed({"o": [True]}, ran=2), id="toggle_on"
    ),
    pytest.param(
        echo("toggle"), {"x": "true"}, completed({"o": [True]}, ran=2), id="toggle_text"
    ),
    # Text that says neither true nor false is not false.
    pytest.param(echo("toggle"), {"x": "maybe"}, refused("maybe"), id="toggle_wrong"),
    # A table without a value is an empty table.
    pytest.param(
        echo("table"), {}, completed({"o": [[]]}, ran=2), id="table_not_given"
    ),
    pytest.param(
        echo("table", column_headers=["a"]),
        {"x": [{"a": "1"}]},
        completed({"o": [[{"a": "1"}]]}, ran=2),
        id="table",
    ),
    pytest.param(
        echo("table"), {"x": "rows"}, refused("wrong_value"), id="table_wrong"
    ),
    # The options of a dropdown only shape the form.
    pytest.param(
        echo("dropdown", options=["A"]),
        {"x": "Z"},
        completed({"o": ["Z"]}, ran=2),
        id="dropdown_other",
    ),
    # Anything becomes text.
    pytest.param(
        echo("short"), {"x": 5}, completed({"o": ["5"]}, ran=2), id="number_as_text"
    ),
    pytest.param(
        echo("long"), {"x": "a\nb"}, completed({"o": ["a\nb"]}, ran=2), id="long_text"
    ),
]

OUTPUTS = [
    # The outputs of a run hold the value of the pin: a format does not touch them.
    pytest.param(
        agent("x.result > o.value", x=given(), o=out(format="{{ o }}!")),
        {"x": 7},
        completed({"o": [7]}, ran=2),
        id="format",
    ),
    # An output nobody feeds is an entry node: its constant goes out.
    pytest.param(
        agent(o=out(value=7)), {}, completed({"o": [7]}, ran=1), id="unlinked"
    ),
    # One input under two outputs, and any letters in the names.
    pytest.param(
        agent(
            "x.result > a.value\nx.result > b.value",
            x=given("vstup 🐎"),
            a=out("výstup 🐎"),
            b=out("b b"),
        ),
        {"vstup 🐎": 1},
        completed({"výstup 🐎": [1], "b b": [1]}, ran=3),
        id="names",
    ),
    # Two outputs of one name share one list.
    pytest.param(
        agent(
            "x.result > a.value\na.output > b.value", x=given(), a=out("o"), b=out("o")
        ),
        {"x": 1},
        completed({"o": [1, 1]}, ran=3),
        id="one_name_twice",
    ),
    # Without a value it gives null: its pin is optional.
    pytest.param(agent(o=out()), {}, completed({"o": [None]}, ran=1), id="no_value"),
    # The pins of an output can be linked on.
    pytest.param(
        agent(
            "x.result > a.value\na.name > b.value",
            x=given(),
            a=out("first"),
            b=out("second"),
        ),
        {"x": 1},
        completed({"first": [1], "second": ["first"]}, ran=3),
        id="name_pin",
    ),
    # Its format shows on its own pin.
    pytest.param(
        agent(
            "x.result > a.value\na.output > b.value",
            x=given(),
            a=out("first", format="<{{ first }}>"),
            b=out("second"),
        ),
        {"x": 1},
        completed({"first": [1], "second": ["<1>"]}, ran=3),
        id="format_on_pin",
    ),
    # No list of outputs is cut: upstream loses those after the thousandth.
    pytest.param(
        agent("s.item > o.value", s=step(*range(1001)), o=out()),
        {},
        completed({"o": list(range(1001))}, ran=1002),
        id="1001_outputs",
    ),
    # A text of a million letters goes through.
    pytest.param(
        agent(
            "x.result > c.collection\nc.count > o.value",
            x=given(),
            c=block(COUNT),
            o=out(),
        ),
        {"x": "é" * 1_000_000},
        completed({"o": [1_000_000]}, ran=3),
        id="million_letters",
    ),
    # A value of fifty levels comes back as it went in.
    pytest.param(
        ECHO,
        {"x": nested(50)},
        completed({"o": [nested(50)]}, ran=2),
        id="deep",
    ),
]

WORLD = [
    # Private addresses are closed: the refusal is the node's error.
    *(
        pytest.param(asks(url), {}, completed({"e": ["*"]}, ran=2), id=f"asks {url}")
        for url in (
            "http://127.0.0.1:1/",
            "http://localhost:1/",
            "http://[::1]/",
            "http://169.254.169.254/latest/",
            "http://10.0.0.1/",
            "http://2130706433/",
            "file:///etc/passwd",
        )
    ),
    pytest.param(
        agent(w=block(WEB, url="http://127.0.0.1/", method="GET")),
        {},
        failed("127.0.0.1", ran=1),
        id="private_address_unhandled",
    ),
    # A countdown of nothing repeats its message.
    pytest.param(
        agent(
            "t.output_message > o.value",
            t=block(COUNTDOWN, input_message="hi", repeat=3),
            o=out(),
        ),
        {},
        completed({"o": ["hi", "hi", "hi"]}, ran=4),
        id="countdown",
    ),
    pytest.param(
        agent(t=block(COUNTDOWN, seconds="-1")),
        {},
        failed("non-negative", ran=1),
        id="countdown_negative",
    ),
    # Every firing asks the clock once.
    pytest.param(
        agent(
            "x.result > n.trigger\nn.date_time > o.value",
            x=given(),
            n=block(NOW),
            o=out(),
        ),
        {"x": "go"},
        completed({"o": ["*"]}, ran=3),
        id="now",
    ),
]
