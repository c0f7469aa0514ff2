"""Recorded inputs and outputs of the blocks that agents from elsewhere rely on."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from blocks.registry import registry
from blocks.spec import BlockSpec
from blocks.testing import CLOCK, FakeContext, outputs_match, run_block

HERE = Path(__file__)
VECTORS = json.loads(HERE.with_name("vectors.json").read_text())
SIBLINGS = json.loads(HERE.with_name("siblings.json").read_text())
"""Unusual values for the same blocks: what must not change unnoticed."""

WEEK_AGO = CLOCK - timedelta(days=7)


def contains(text: str) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and text in value


CHECKS: dict[str, Callable[[Any], bool]] = {
    "positive infinity (JSON null after serialisation)": lambda value: value is None,
    "error text contains 'Comparison failed'": contains("Comparison failed"),
    "error text contains 'exceeds max' (cumulative)": contains("exceeds max"),
    "error text contains 'non-negative'": contains("non-negative"),
    "error text contains 'JSON Decoding Error'": contains("JSON Decoding Error"),
    "error text contains 'Unclosed tag'": contains("Unclosed tag"),
    "isinstance str (a stored file reference)": contains("workspace://"),
    "ISO 8601 with offset within 10 s of now": lambda value: (
        value == CLOCK.isoformat(timespec="seconds") and value.endswith("+00:00")
    ),
    "YYYY/MM/DD within 1 day of today": lambda value: (
        value == CLOCK.strftime("%Y/%m/%d")
        and re.fullmatch(r"\d{4}/\d\d/\d\d", value) is not None
    ),
    "10 characters with '-' at index 4 and 7": lambda value: (
        len(value) == 10 and value[4] == value[7] == "-"
    ),
    "YYYY-MM-DD within 8 days of today": lambda value: (
        value == WEEK_AGO.strftime("%Y-%m-%d")
    ),
    "equals now in UTC as HH:MM:SS": lambda value: value == CLOCK.strftime("%H:%M:%S"),
    "contains 'T' and ('+' or 'Z')": lambda value: value == "T12:30:45+00:00",
}


def expected(outputs: list[list[Any]]) -> list[tuple[str, object]]:
    return [(pin, predicate(value)) for pin, value in outputs]


def predicate(value: Any) -> object:
    if isinstance(value, dict) and "$check" in value:
        return CHECKS[value["$check"]]
    return value


CASES = [
    pytest.param(spec, vector, id=f"{vector['class_name']}-{number}")
    for number, vector in enumerate(VECTORS + SIBLINGS)
    if (spec := registry.get(vector["block_id"]))
]


@pytest.mark.parametrize(("spec", "vector"), CASES)
async def test_block_does_what_was_recorded(spec: BlockSpec, vector: dict[str, Any]):
    result = await run_block(spec, vector["inputs"], FakeContext())
    emitted = list(result.outputs)
    if result.error is not None:
        emitted.append(("error", str(result.error)))
    assert outputs_match(emitted, expected(vector["outputs"])), emitted


def test_library_has_every_recorded_block_under_its_name():
    recorded = {vector["block_id"]: vector["class_name"] for vector in VECTORS}
    here = {spec.id: spec.name for spec in registry if spec.id in recorded}
    assert here == recorded
