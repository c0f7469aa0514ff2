"""Runs without server or database."""

from pathlib import Path

import orjson
import pytest

from core.limits import Limits
from graphs.domain.model import Graph
from graphs.domain.transfer import import_agent
from tests.executions.running import run_here

FOLDER = Path(__file__).parents[2] / "examples"


def calculator(**changes) -> Graph:
    document = orjson.loads((FOLDER / "calculator.json").read_bytes())
    document.update(changes)
    return import_agent(document)[0]


async def test_it_answers_with_the_four_facts_of_a_run():
    result = await run_here(calculator(), {"First number": 1})
    assert result == {
        "status": "COMPLETED",
        "outputs": {"Sum": [9]},
        "errors": [],
        "node_executions": 4,
    }


async def test_a_graph_with_errors_does_not_run():
    broken = calculator(links=[])
    result = await run_here(broken, {})
    assert (result["status"], result["outputs"]) == ("FAILED", {})
    assert result["node_executions"] == 0
    assert result["errors"], "its findings"
    for error in result["errors"]:
        assert {"code", "message", "node_id", "pin", "hint"} == set(error)


@pytest.mark.parametrize(
    ("inputs", "code"),
    [
        pytest.param({"Nope": 1}, "unknown_input", id="unknown"),
        pytest.param({"First number": "x"}, "wrong_value", id="wrong"),
    ],
)
async def test_inputs_that_do_not_fit_are_said_before_anything_runs(inputs, code):
    result = await run_here(calculator(), inputs)
    assert result["status"] == "FAILED"
    assert [error["code"] for error in result["errors"]] == [code]
    assert result["node_executions"] == 0


async def test_limits_hold_here_too():
    result = await run_here(calculator(), {}, Limits(node_executions=3))
    assert result["status"] == "FAILED"
    assert [error["code"] for error in result["errors"]] == ["limit_passed"]
    assert result["node_executions"] == 3
