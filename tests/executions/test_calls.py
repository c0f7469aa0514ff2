"""Sub-agents that a block calls while it runs: once each, whatever dies meanwhile."""

import asyncio
from typing import Any

from core.limits import Limits
from tests.executions.ground import Ground, Stored
from tests.executions.short import given, out
from tests.executions.virtual_time import in_no_time
from tests.graphs_by_hand import graph
from tests.zoo import FAILS
from tests.zoo_trouble import ACTS, MAPS, SPENDS

ECHOES = graph({"a": given("a"), "o": out()}, "a.result -> o.value")
FAILING = graph({"a": given("a"), "f": FAILS}, "a.result -> f.value")
SLOW = graph(
    {"a": given("a"), "x": (ACTS, {"seconds": 60}), "o": out()},
    "a.result -> x.after",
    "x.value -> o.value",
)
COSTLY = graph({"a": given("a"), "x": (SPENDS, {"value": 5})})
MAP = graph(
    {"m": (MAPS, {"items": [1, 2, 3]}), "o": out(), "e": out("error")},
    "m.value -> o.value",
    "m.error -> e.value",
)


def played(child: Any, *, crash_after: float | None = None) -> tuple[Stored, Ground]:
    async def play() -> tuple[Stored, Ground]:
        ground = Ground({"child": child}, limits=Limits(node_executions=100))
        it = ground.start(MAP)
        if crash_after is not None:
            await ground.work(crash_after)
            ground.crash()
        await ground.work()
        return it, ground

    return in_no_time(play())


def children(ground: Ground) -> list[Stored]:
    return [it for it in ground.executions.values() if it.parent is not None]


def test_each_is_called_once_and_answers_in_place():
    it, ground = played(ECHOES)
    assert it.outcome == ("COMPLETED", {"out": [[[1], [2], [3]]]}, [])
    assert it.types("m") == [
        "started", *["called_within"] * 3, *["child_ended"] * 3, "emitted", "completed",
    ]  # fmt: skip
    assert len(children(ground)) == 3
    assert it.node_executions == 1 + 1 + 3 * 2


def test_a_failed_one_is_a_result():
    it, _ = played(FAILING)
    assert it.outcome[0] == "COMPLETED"
    assert it.outcome[1]["error"] == ["ended ['FAILED', 'FAILED', 'FAILED']"]


def test_after_a_crash_those_under_way_are_waited_for():
    it, ground = played(SLOW, crash_after=30)
    assert it.outcome[1] == {"out": [[["done"], ["done"], ["done"]]]}
    assert len(children(ground)) == 3
    assert it.types("m").count("started") == 2


def test_after_a_crash_those_that_ended_are_not_run_again():
    async def play() -> tuple[Stored, Ground]:
        ground = Ground({"child": ECHOES, "slow": SLOW})
        both = graph({"m": (MAPS, {"items": [1]}), "o": out()}, "m.value -> o.value")
        it = ground.start(both)
        await ground.work(0)
        while it.node_executions < 3:  # the sub-agent has ended and was heard of
            await asyncio.sleep(0)
            ground.claim()
        ground.crash()
        await ground.work()
        return it, ground

    it, ground = in_no_time(play())
    assert it.outcome[1] == {"out": [[[1]]]}
    assert len(children(ground)) == 1


def test_a_cancel_reaches_them():
    async def play() -> tuple[Stored, Ground]:
        ground = Ground({"child": SLOW})
        it = ground.start(MAP)
        await ground.work(5)
        ground.send(it, "cancel")
        await ground.work()
        return it, ground

    it, ground = in_no_time(play())
    assert it.outcome[0] == "CANCELLED"
    assert [child.outcome[0] for child in children(ground)] == ["CANCELLED"] * 3


def test_what_they_cost_counts():
    it, _ = played(COSTLY)
    assert it.cost == 15
