"""The measured agents are sound and do the work that the figures' names promise."""

import orjson
import pytest

from benchmarks import agents
from graphs.domain.findings import Severity
from graphs.domain.transfer import import_agent
from graphs.domain.validation import validate
from tests.executions.running import run_here

ITEMS = list(range(100))

CASES = [
    # document, inputs, outputs, node executions
    pytest.param(agents.chain(3), {}, {"result": [2]}, 3, id="three nodes"),
    pytest.param(agents.chain(10), {"n": 5}, {"result": [13]}, 10, id="ten nodes"),
    pytest.param(
        agents.fan_out(),
        {"items": ITEMS},
        {"result": [item + 1 for item in ITEMS]},
        2 + 2 * len(ITEMS),
        id="each item is a node execution",
    ),
    pytest.param(
        agents.processed(),
        {"items": list(range(1_002))},
        {"result": [list(range(0, 2_000, 4)), [2_000]]},
        2 + 2 * 5,
        id="chunks are processed",
    ),
    pytest.param(agents.grid(3, 4), {}, {"result": [5]}, 14, id="chains side by side"),
    pytest.param(
        agents.waits(0, times=2, calculators=3), {}, {"result": [7]}, 10, id="timers"
    ),
]


@pytest.mark.parametrize(("document", "inputs", "outputs", "count"), CASES)
async def test_a_measured_agent_does_its_work(document, inputs, outputs, count):
    graph, _ = import_agent(orjson.loads(orjson.dumps(document)))
    assert [f for f in validate(graph) if f.severity is Severity.ERROR] == []

    found = await run_here(graph, inputs)

    assert found["status"] == "COMPLETED"
    assert found["outputs"] == outputs
    assert found["node_executions"] == count


def test_the_big_graph_has_ten_thousand_nodes_between_its_ends():
    assert len(agents.grid(100, 100)["nodes"]) == 10_000 + 2
