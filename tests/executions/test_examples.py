"""The agents that ship with the project import, are sound, and do what they say."""

from collections.abc import Callable
from pathlib import Path

import orjson
import pytest

from graphs.domain.findings import Severity
from graphs.domain.model import Graph
from graphs.domain.transfer import import_agent
from graphs.domain.validation import validate
from tests.executions.running import run_here

FOLDER = Path(__file__).parents[2] / "examples"
FILES = sorted(FOLDER.glob("*.json"))
DOUBLED = [[2 * number for number in range(1, 101)]]

TEXT_IS_NO_NUMBER = "pin 'a': \"twelve\" is not a number"


def expected(case_id, inputs, outputs, count=None, status="COMPLETED", errors=()):
    return pytest.param(case_id, inputs, outputs, count, status, errors, id=case_id)


CASES = [
    expected("calculator", {}, {"Sum": [42]}, 4),
    expected("greeting", {}, {"Message": ["Hello, World!"]}, 4),
    expected(
        "word-collector", {}, {"Words": [["agent"] * 5]}, 16
    ),
    expected("hundred-at-once", {}, {"Doubled": DOUBLED}, count=None),
    expected(
        "handled-error",
        {},
        {"Problem": [f"Could not calculate: {TEXT_IS_NO_NUMBER}"]},
        4,
    ),
    expected(
        "unhandled-error",
        {},
        {"Announcement": ["Doubling twelve"]},
        4,
        "FAILED",
        [TEXT_IS_NO_NUMBER],
    ),
    expected(
        "slow-breakfast",
        {},
        {"Breakfast": ["Breakfast for Ada: tea, toast, a boiled egg."]},
        7,
    ),
]  # fmt: skip


def quick(document: dict) -> dict:
    """The agent with timers that ring at once."""
    for node in document["nodes"]:
        if "seconds" in node["input_default"]:
            node["input_default"]["seconds"] = 0
    return document


def load(name: str, change: Callable[[dict], dict] = quick) -> Graph:
    graph, report = import_agent(change(orjson.loads((FOLDER / name).read_bytes())))
    assert not report.blocks_missing
    return graph


def test_every_example_has_an_expected_end():
    assert {case.id for case in CASES} == {file.stem for file in FILES}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_an_example_has_no_error_findings(file):
    findings = validate(load(file.name, lambda document: document))
    assert [f for f in findings if f.severity is Severity.ERROR] == []


@pytest.mark.parametrize(
    ("name", "inputs", "outputs", "count", "status", "errors"), CASES
)
async def test_an_example_does_what_it_says(
    name, inputs, outputs, count, status, errors
):
    result = await run_here(load(f"{name}.json"), inputs)
    assert result["outputs"] == outputs
    assert result["status"] == status
    assert [error["message"] for error in result["errors"]] == list(errors)
    if count is not None:
        assert result["node_executions"] == count


async def test_an_example_takes_inputs():
    inputs = {"Greeting": "Welcome", "Name": "Ada"}
    result = await run_here(load("greeting.json"), inputs)
    assert result["outputs"] == {"Message": ["Welcome, Ada!"]}
