"""Results that were had before: of a run that is repeated, and of cacheable nodes."""

from itertools import count
from typing import Any

import pytest

from executions.domain.plan import make_plan
from executions.domain.state import NodeExecution
from executions.engine.outside import memo_key
from executions.engine.resolver import Remembered
from graphs.domain.model import NodeId
from tests.executions.ground import Ground, Stored
from tests.executions.short import const, out
from tests.executions.virtual_time import in_no_time
from tests.graphs_by_hand import graph
from tests.zoo import EACH, zoo
from tests.zoo_trouble import ACTS, NAPS, acts

EARLIER = "01890a5d-ac96-774b-bcce-b302099a8057"
CACHEABLE = {"cacheable": True}


@pytest.fixture(autouse=True)
def _no_acts() -> None:
    acts.clear()


def chain(**facts: Any):
    return graph(
        {"a": const(1), "x": (ACTS, facts), "o": out()},
        "a.value -> x.value",
        "x.value -> o.value",
    )


def repeated(agent, known: dict[tuple[str, int], list[Any]], *nodes: str) -> Stored:
    async def play() -> Stored:
        ground = Ground()
        ground.outputs_of = {
            key: Remembered(EARLIER, [("value", value) for value in values])
            for key, values in known.items()
        }
        it = ground.start(agent, reuse=frozenset(map(NodeId, nodes)))
        await ground.work()
        return it

    return in_no_time(play())


def test_what_is_stored_stands_in_for_an_attempt():
    it = repeated(chain(), {("a", 1): [5], ("x", 1): [6, 7]}, "a", "x")
    assert it.outcome == ("COMPLETED", {"out": [6, 7]}, [])
    assert acts == []
    assert it.types("x") == ["reused", "emitted", "emitted", "completed"]
    rows = {row.node_id: row for row in it.rows.values()}
    assert str(rows[NodeId("x")].reused_from) == EARLIER
    assert (rows[NodeId("x")].attempt, rows[NodeId("o")].reused_from) == (0, None)
    assert it.node_executions == 4


def test_what_is_not_to_be_reused_runs():
    it = repeated(chain(), {("a", 1): [5], ("x", 1): [6]}, "a")
    assert it.outcome == ("COMPLETED", {"out": [5]}, [])
    assert [act.node_id for act in acts] == ["x"]


def test_where_nothing_is_stored_the_node_runs():
    it = repeated(chain(), {("a", 1): [5]}, "a", "x")
    assert it.outcome == ("COMPLETED", {"out": [5]}, [])
    assert it.types("x") == ["started", "emitted", "completed"]


def test_each_firing_has_its_own_result():
    agent = graph(
        {"e": (EACH, {"items": [1, 2]}), "x": ACTS, "o": out()},
        "e.value -> x.value",
        "x.value -> o.value",
    )
    it = repeated(agent, {("x", 2): ["known"]}, "x")
    assert it.outcome[1] == {"out": [1, "known"]}
    assert [act.number for act in acts] == [1]


def test_a_look_up_that_breaks_off_is_made_again():
    async def play() -> Stored:
        ground = Ground(by_itself=False)
        ground.outputs_of = {("x", 1): Remembered(EARLIER, [("value", 6)])}
        it = ground.start(chain(), reuse=frozenset({NodeId("x")}))
        ground.claim()
        ground.crash()
        ground.by_itself = True
        await ground.work()
        return it

    assert in_no_time(play()).outcome[1] == {"out": [6]}


# --- Cacheable nodes ------------------------------------------------------------------


def computed(ground: Ground, **facts: Any) -> Stored:
    nodes = {"x": (ACTS, facts, CACHEABLE), "o": out()}
    return ground.start(graph(nodes, "x.value -> o.value"))


@pytest.mark.parametrize(
    ("first", "second", "begun"),
    [
        pytest.param({"value": 1}, {"value": 1}, 1, id="the same"),
        pytest.param({"value": 1}, {"value": 2}, 2, id="another value"),
        pytest.param({"value": 1}, {"value": 1.5}, 2, id="another kind of number"),
        pytest.param(
            {"value": {"a": 1, "b": 2}}, {"value": {"b": 2, "a": 1}}, 1, id="order"
        ),
    ],
)
def test_the_same_inputs_are_computed_once(first, second, begun):
    async def play() -> tuple[Stored, Stored]:
        ground = Ground()
        runs = []
        for facts in (first, second):
            runs.append(computed(ground, **facts))
            await ground.work()
        return runs[0], runs[1]

    one, two = in_no_time(play())
    assert len(acts) == begun
    assert two.outcome == ("COMPLETED", {"out": [second["value"]]}, [])
    assert ("reused" in two.types("x")) == (begun == 1)
    if begun == 1:
        (reused,) = two.of_type("node.reused")
        assert reused["execution_id"] == str(one.id)


def test_what_was_reused_is_not_kept_again():
    async def play() -> Ground:
        ground = Ground()
        for _ in range(3):
            computed(ground, value=1)
            await ground.work()
        return ground

    ground = in_no_time(play())
    (kept,) = ground.memos.values()
    assert kept.execution_id == str(next(iter(ground.executions)))


@pytest.mark.parametrize(
    ("metadata", "facts"),
    [
        pytest.param({}, {}, id="nobody wants it"),
        pytest.param({"cacheable": "yes"}, {}, id="nor is that a yes"),
    ],
)
def test_nothing_is_kept_unless_it_is_wanted(metadata, facts):
    async def play() -> Ground:
        ground = Ground()
        ground.start(graph({"x": (ACTS, facts, metadata)}))
        return await ground.work()

    assert in_no_time(play()).memos == {}


def test_a_failure_is_not_kept():
    async def play() -> Ground:
        ground = Ground()
        ground.start(graph({"x": (ACTS, {"effect": "nonsense"}, CACHEABLE)}))
        return await ground.work()

    assert in_no_time(play()).memos == {}


def test_a_result_that_was_parked_for_is_right_whether_kept_or_not():
    async def play() -> list[Stored]:
        ground = Ground()
        agent = graph({"x": (NAPS, {}, CACHEABLE), "o": out()}, "x.value -> o.value")
        runs = []
        for _ in range(2):
            runs.append(ground.start(agent))
            await ground.work()
        return runs

    assert [it.outcome[1] for it in in_no_time(play())] == [{"out": ["rested"]}] * 2


def test_the_key_names_block_and_inputs_and_nothing_else():
    def key(block: str, node_id: str = "x", **constants: Any) -> str:
        plan = make_plan(graph({node_id: (block, constants)}), zoo)
        execution = NodeExecution(plan.nodes[NodeId(node_id)], next(numbers), {})
        return memo_key(execution)

    numbers = count(1)
    same = {key(ACTS, value=1), key(ACTS, value=1), key(ACTS, "y", value=1)}
    assert len(same) == 1
    others = {key(ACTS, value=2), key(NAPS, value=1), key(ACTS, value="1")}
    assert len(same | others) == 4
