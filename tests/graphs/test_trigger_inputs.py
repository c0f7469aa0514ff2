"""A webhook trigger in an agent: the input it asks for, and who is given it."""

from typing import Any

import pytest

from graphs.domain.interface import check_inputs, input_schema
from graphs.domain.model import Graph
from graphs.domain.parse import parse_graph
from graphs.domain.validation import validate
from tests.executions.running import run_here
from tests.factories import INPUT, OUTPUT, document, node

TRIGGER = "8fa8c167-2002-47ce-aba8-97572fc5d387"


def agent(**constants: Any) -> Graph:
    nodes = [
        node("hook", TRIGGER, **constants),
        node("in", INPUT, name="city", value="Oslo"),
        node("what", OUTPUT, name="what"),
        node("own", OUTPUT, name="own"),
    ]
    links = ["hook.payload -> what.value", "hook.constants -> own.value"]
    return parse_graph(document(nodes, links), strict_blocks=True)


def test_payload_is_an_input_that_need_not_be_given():
    schema = input_schema(agent())
    assert list(schema["properties"]) == ["payload", "city"]
    assert schema["properties"]["payload"]["type"] == "object"
    assert schema["required"] == []


GIVEN = [
    pytest.param({"payload": {"a": 1}}, {"a": 1}, id="what-was-sent"),
    pytest.param({"payload": '{"a": 1}'}, {"a": 1}, id="as-text"),
    pytest.param({}, {}, id="nothing"),
]


@pytest.mark.parametrize(("inputs", "wanted"), GIVEN)
async def test_run_begins_with_the_payload(inputs, wanted):
    result = await run_here(agent(constants={"shop": 7}), inputs)
    assert result["errors"] == []
    assert result["outputs"] == {"what": [wanted], "own": [{"shop": 7}]}


def test_payload_that_fits_no_object_is_refused():
    [fault] = check_inputs(agent(), {"payload": 7})
    assert (fault.field, fault.code) == ("inputs.payload", "wrong_value")


def test_agent_without_trigger_has_no_payload():
    graph = parse_graph(document(), strict_blocks=True)
    [fault] = check_inputs(graph, {"payload": {}})
    assert fault.code == "unknown_input"


def test_trigger_makes_an_agent_complete():
    assert [f for f in validate(agent()) if f.severity == "error"] == []
