"""The recorded inputs and outputs again, by `runblock --batch`: no server, the real
clock, and one process for all of them."""

import io
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.core.management import call_command

from blocks.registry import registry
from blocks.testing import outputs_match
from tests.blocks.test_vectors import CHECKS, VECTORS

OF_THE_CLOCK = ("now", "today", "characters with", "contains 'T'")
CALLS = [vector for vector in VECTORS if registry.get(vector["block_id"])]


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    path: Path = tmp_path_factory.mktemp("vectors") / "calls.jsonl"
    calls = [{name: call[name] for name in ("block_id", "inputs")} for call in CALLS]
    path.write_bytes(b"\n".join(map(orjson.dumps, calls)))
    out = io.StringIO()
    call_command("runblock", "--batch", str(path), stdout=out)
    return [orjson.loads(line)["outputs"] for line in out.getvalue().splitlines()]


def expected(value: Any) -> object:
    if not (isinstance(value, dict) and "$check" in value):
        return value
    words = value["$check"]
    if any(word in words for word in OF_THE_CLOCK):
        return lambda found: isinstance(found, str) and bool(found)
    return CHECKS[words]


def test_every_call_has_its_line(answers):
    assert len(answers) == len(CALLS)


@pytest.mark.parametrize(
    ("number", "vector"),
    [
        pytest.param(number, vector, id=f"{vector['class_name']}-{number}")
        for number, vector in enumerate(CALLS)
    ],
)
def test_batch_does_what_was_recorded(answers, number: int, vector: dict[str, Any]):
    wanted = [(pin, expected(value)) for pin, value in vector["outputs"]]
    found = [(pin, value) for pin, value in answers[number]]
    assert outputs_match(found, wanted), found
