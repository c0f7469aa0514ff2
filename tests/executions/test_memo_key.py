"""Under which key a result is kept to be used again."""

import pytest

from blocks.registry import registry
from blocks.spec import BlockSpec, Kind
from blocks.values import JsonValue
from executions.domain.plan import make_plan
from executions.domain.state import NodeExecution
from executions.engine.outside import memo_key
from graphs.domain.model import NodeId
from tests.graphs_by_hand import graph

SPECS = [
    pytest.param(spec, id=spec.name) for spec in registry if spec.kind is Kind.STANDARD
]
FILL = "db7d8f02-2f44-4c55-ab7a-eae0941f0c30"
STORE = "1ff065e9-88e8-4358-9d82-8dc91f622ba9"


def key_of(block_id: str, number: int = 1, **inputs: JsonValue) -> str:
    plan = make_plan(graph({"a": block_id}))
    return memo_key(NodeExecution(plan.nodes[NodeId("a")], number, dict(inputs)))


@pytest.mark.parametrize("spec", SPECS)
def test_every_block_has_a_key(spec: BlockSpec):
    assert len(key_of(spec.id)) == 64


def test_the_same_block_with_the_same_inputs_has_the_same_key():
    assert key_of(FILL, 1, x=1, y=2) == key_of(FILL, 2, y=2, x=1)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(key_of(FILL, x=2), id="another value"),
        pytest.param(key_of(FILL, y=1), id="another pin"),
        pytest.param(key_of(FILL, x="1"), id="another type"),
        pytest.param(key_of(STORE, x=1), id="another block"),
    ],
)
def test_anything_else_has_another_key(other: str):
    assert key_of(FILL, x=1) != other
