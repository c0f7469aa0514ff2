"""Agents written by hand, each with the answer that the rules of a run give it.

The tables are in the `hand_*` modules beside this one. The expected values were derived
from the rules, not from what the engine happened to say.
"""

import re
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import orjson
import pytest

from core.limits import LIMITS_BY_NAME, Limits
from graphs.domain.faults import GraphFormatError
from graphs.domain.transfer import import_agent

from . import hand_cycles, hand_files, hand_firing, hand_inputs, hand_pins, hand_values
from .hand_builder import Expected, Json, agent, calc, out, step
from .running import run_here

TABLE = [
    *hand_inputs.GIVEN,
    *hand_inputs.KINDS,
    *hand_inputs.OUTPUTS,
    *hand_inputs.WORLD,
    *hand_firing.PAIRING,
    *hand_firing.STATIC,
    *hand_cycles.CYCLES,
    *hand_cycles.FAILURES,
    *hand_pins.SELECTORS,
    *hand_pins.MERGES,
    *hand_values.NULLS,
    *hand_values.NUMBERS,
    *hand_values.BLOCKS,
    *hand_files.FAULTS,
    *hand_files.FILES,
]
LIMITS = Limits(node_executions=2000)


@pytest.mark.parametrize(("document", "inputs", "expected"), TABLE)
async def test_an_agent_answers_what_the_rules_say(document, inputs, expected):
    result = await answer(document, inputs)
    assert result["status"] == expected.status, result["errors"]
    assert_like(result["outputs"], expected.outputs)
    assert result["node_executions"] == expected.ran
    assert_errors(result["errors"], expected)


async def test_ten_thousand_items_pass_within_the_relaxed_limits():
    items = list(range(10_000))
    document = agent(
        "s.item > c.a\nc.result > o.value", s=step(*items), c=calc(b=1), o=out()
    )
    result = await run_here(import_agent(document)[0], {}, LIMITS_BY_NAME["relaxed"])
    assert result["outputs"] == {"o": [item + 1 for item in items]}
    assert result["node_executions"] == 20_001


async def answer(document: Json, inputs: dict[str, Json]) -> dict[str, Any]:
    """As a reader of the printed answer sees it: infinities have become null."""
    try:
        graph, _ = import_agent(orjson.loads(orjson.dumps(document)))
    except GraphFormatError as fault:
        errors = [asdict(error) for error in fault.errors]
        return {
            "status": "FAILED",
            "outputs": {},
            "errors": errors,
            "node_executions": 0,
        }
    printed = orjson.dumps(await run_here(graph, inputs, LIMITS))
    return dict(orjson.loads(printed))


def assert_like(outputs: Json, expected: Json) -> None:
    """Equal, save that an expected text with `*` is a pattern."""
    assert outputs.keys() == expected.keys()
    for name, values in expected.items():
        assert len(outputs[name]) == len(values), outputs[name]
        for value, wanted in zip(outputs[name], values, strict=True):
            assert value == wanted or matches(value, wanted)


def matches(value: Json, wanted: Json) -> bool:
    if not (isinstance(value, str) and isinstance(wanted, str)):
        return False
    pattern = re.escape(wanted).replace(r"\*", ".*")
    return re.fullmatch(pattern, value, re.DOTALL) is not None


def assert_errors(errors: Sequence[Json], expected: Expected) -> None:
    assert len(errors) == len(expected.errors), errors
    for error, text in zip(errors, expected.errors, strict=True):
        assert text in orjson.dumps(error).decode()
