"""Whole agents: nothing of them is lost, and those that need nothing run to the end."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from graphs.domain.bundle import check_document, unpack
from graphs.domain.suggestions import suggest
from graphs.exporting import exported
from graphs.services import graph_import
from tests.executions.running import run_here
from tests.factories import UNKNOWN, Json
from tests.graphs.shapes import ALL, gathering, template_of_2024, templated, two_levels

EACH = [pytest.param(make(), id=name) for name, make in ALL.items()]


def drawn(body: Json) -> dict[str, Any]:
    """What people drew, by the name of each agent; ids of agents and what the format
    computes aside."""
    return {
        one.get("name", ""): (
            {n["id"]: _constants(n) for n in one["nodes"]},
            {n["id"]: n["metadata"] for n in one["nodes"]},
            sorted(
                (e["source_id"], e["source_name"], e["sink_id"], e["sink_name"])
                for e in one["links"]
            ),
        )
        for one in [body, *body.get("sub_graphs", [])]
    }


def _constants(one: Json) -> Json:
    personal = {"user_id", "graph_id"}
    return {k: v for k, v in one["input_default"].items() if k not in personal}


@pytest.mark.django_db
@pytest.mark.parametrize("body", EACH)
def test_nothing_is_lost_on_the_way_in_and_out(body: Json, alice: User):
    once = exported(graph_import(user=alice, document=body).graph)
    assert drawn(once) == drawn(body)
    again = exported(graph_import(user=alice, document=once).graph)
    assert drawn(again) == drawn(once)


@pytest.mark.parametrize("body", EACH)
def test_each_can_be_judged(body: Json):
    rules = {one.rule for one in check_document(body) if one.severity == "error"}
    assert rules <= {"unknown-block"}
    assert isinstance(suggest(unpack(body).top), list)


@pytest.mark.parametrize(
    ("make", "inputs", "outputs"),
    [
        pytest.param(gathering, {"Word": "a"}, {"Words": [["a"] * 3]}, id="a loop"),
        pytest.param(two_levels, {"Primary Number": 2}, {"The Sum": [7]}, id="agents"),
        pytest.param(templated, {"A": "milk"}, {"Text": ["milk and tea"]}, id="pins"),
    ],
)
async def test_those_that_need_nothing_run(
    make: Callable[[], Json], inputs: Json, outputs: Json
):
    bundle = unpack(make())
    result = await run_here(bundle.top, inputs, others=bundle.parts)
    assert (result["errors"], result["outputs"]) == ([], outputs)


async def test_a_placeholder_keeps_the_agent_from_running():
    result = await run_here(unpack(template_of_2024()).top, {})
    assert result["status"] == "FAILED"
    assert UNKNOWN in str(result["errors"])
