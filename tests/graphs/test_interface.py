from typing import Any

import pytest

from graphs.domain.interface import check_inputs, input_schema, output_schema
from graphs.domain.parse import parse_graph
from tests.factories import INPUT, NUMBER_INPUT, OUTPUT, UNKNOWN, document, node

SHORT_TEXT = "7fcd3bcb-8e1b-4e69-903d-32d3d4a92158"
LONG_TEXT = "90a56ffb-7024-4b2b-ab50-e26c5e5ab8ba"
DATE = "7e198b09-4994-47db-8b4d-952d98241817"
TIME = "2a1c757e-86cf-4c7e-aacf-060dc382e434"
CHOICE = "655d6fdf-a334-421c-b733-520549c07cd1"
TOGGLE = "cbf36ab5-df4a-43b6-8a7f-f7ed8652116e"
TABLE = "5603b273-f41e-4020-af7d-fbc9c6a8d928"

PLAIN = {"title": "x", "advanced": False, "secret": False}


def graph_of(*nodes):
    return parse_graph(document(list(nodes)), strict_blocks=False)


@pytest.mark.parametrize(
    ("block", "constants", "expected", "is_required"),
    [
        pytest.param(INPUT, {}, {}, True, id="any kind"),
        pytest.param(INPUT, {"value": 0}, {"default": 0}, False, id="0 is a value"),
        pytest.param(INPUT, {"value": ""}, {"default": ""}, False, id="so is no text"),
        pytest.param(
            SHORT_TEXT, {}, {"type": "string", "format": "short-text"}, True, id="short"
        ),
        pytest.param(
            LONG_TEXT, {}, {"type": "string", "format": "long-text"}, True, id="long"
        ),
        pytest.param(NUMBER_INPUT, {}, {"type": "integer"}, True, id="number"),
        pytest.param(
            NUMBER_INPUT, {"value": ""}, {"type": "integer"}, True, id="no number"
        ),
        pytest.param(
            DATE, {"value": ""}, {"type": "string", "format": "date"}, True, id="date"
        ),
        pytest.param(TIME, {}, {"type": "string", "format": "time"}, True, id="time"),
        pytest.param(
            CHOICE,
            {"options": ["S", "M"]},
            {"type": "string", "enum": ["S", "M"]},
            True,
            id="choice",
        ),
        pytest.param(
            CHOICE,
            {"placeholder_values": ["old"]},
            {"type": "string", "enum": ["old"]},
            True,
            id="choice of an old agent",
        ),
        pytest.param(
            TOGGLE, {}, {"type": "boolean", "default": False}, False, id="toggle"
        ),
        pytest.param(
            TABLE,
            {"column_headers": ["A"]},
            {
                "type": "array",
                "format": "table",
                "items": {"type": "object", "properties": {"A": {"type": "string"}}},
            },
            True,
            id="table",
        ),
        pytest.param(
            INPUT,
            {"title": "Title", "description": "Help.", "advanced": True},
            {"title": "Title", "description": "Help.", "advanced": True},
            True,
            id="words for the form",
        ),
    ],
)
def test_an_input(block, constants, expected, is_required):
    schema = input_schema(graph_of(node("i", block, name="x", **constants)))
    assert schema == {
        "type": "object",
        "properties": {"x": PLAIN | expected},
        "required": ["x"] if is_required else [],
    }


def test_inputs_come_in_order_and_once_each():
    schema: Any = input_schema(
        graph_of(
            node("1", INPUT, name="b", value=1),
            node("2", INPUT, name="a"),
            node("3", INPUT, name="b", value=2),
            node("4", INPUT),
            node("5", UNKNOWN, name="c"),
            node("6", OUTPUT, name="d"),
        )
    )
    assert list(schema["properties"]) == ["b", "a"]
    assert schema["properties"]["b"]["default"] == 1


def test_outputs_have_the_same_shape():
    schema = output_schema(graph_of(node("o", OUTPUT, name="x"), node("i", INPUT)))
    assert schema == {"type": "object", "properties": {"x": PLAIN}, "required": ["x"]}


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        pytest.param({}, [], id="none: an input may be left out"),
        pytest.param({"count": 3, "any": [1]}, [], id="good"),
        pytest.param({"count": "3"}, [], id="numeric text"),
        pytest.param({"count": None}, [], id="null is no value"),
        pytest.param({"count": "x"}, [("inputs.count", "wrong_value")], id="no number"),
        pytest.param({"count": ""}, [("inputs.count", "wrong_value")], id="no text"),
        pytest.param({"nope": 1}, [("inputs.nope", "unknown_input")], id="unknown"),
        pytest.param(
            {"nope": 1, "count": {}},
            [("inputs.nope", "unknown_input"), ("inputs.count", "wrong_value")],
            id="all at once",
        ),
    ],
)
def test_inputs_of_a_run(inputs, expected):
    graph = graph_of(
        node("1", NUMBER_INPUT, name="count"), node("2", INPUT, name="any")
    )
    faults = check_inputs(graph, inputs)
    assert [(fault.field, fault.code) for fault in faults] == expected


def test_an_unknown_input_is_told_what_there_is():
    (fault,) = check_inputs(graph_of(node("1", INPUT, name="city")), {"town": 1})
    assert fault.message == "the agent has no input 'town'; it has 'city'"
