"""Runs that a worker lets go of on purpose: nothing of them counts as lost."""

import asyncio

import pytest

from blocks.spec import Effect
from tests.executions.ground import Ground, Stored
from tests.executions.short import out
from tests.executions.virtual_time import in_no_time
from tests.graphs_by_hand import graph
from tests.zoo_trouble import ACTS, NAPS, acts


@pytest.fixture(autouse=True)
def _no_acts() -> None:
    acts.clear()


def acting(effect: str, seconds: float = 60, **settings):
    return graph(
        {"x": (ACTS, {"effect": effect, "seconds": seconds}), "o": out()},
        "x.value -> o.value",
        settings=settings,
    )


@pytest.mark.parametrize("effect", ["pure", "idempotent"])
def test_what_is_handed_over_counts_for_nothing(effect):
    async def play() -> Stored:
        ground = Ground()
        it = ground.start(acting(effect))
        for _ in range(5):
            await ground.work(1)
            await ground.hand_over()
        await ground.work()
        return it

    it = in_no_time(play())
    assert it.outcome == ("COMPLETED", {"out": ["done"]}, [])
    assert it.types().count("retrying") == 5
    assert it.types("x").count("started") == 6
    assert [event["type"] for event in it.events].count("execution.started") == 1


def test_what_had_not_begun_is_not_lost_when_it_is_handed_over():
    """Its start was recorded by the worker that stopped, which never came to it."""

    async def play() -> Stored:
        ground = Ground(by_itself=False)
        agent = graph(
            {"a": (ACTS, {"effect": "pure"}), "x": (ACTS, {"effect": "once"})},
            "a.value -> x.value",
        )
        it = ground.start(agent)
        ground.claim()
        runner, _ = ground.runners[it.id]
        while not acts:
            await asyncio.sleep(0)
        runner.hand_over()
        ground.by_itself = True
        await ground.hand_over()
        ground.commit()
        await ground.work()
        return it

    assert in_no_time(play()).outcome[0] == "COMPLETED"
    assert [act.effect for act in acts].count(Effect.ONCE) == 1


def test_a_wait_goes_on_elsewhere_as_the_same_attempt():
    async def play() -> Stored:
        ground = Ground()
        it = ground.start(graph({"x": (NAPS, {"seconds": 4})}))
        await ground.work(1)
        await ground.hand_over()
        await asyncio.sleep(10)  # its time comes while nobody holds it
        await ground.work()
        return it

    it = in_no_time(play())
    assert it.outcome[0] == "COMPLETED"
    assert [event["attempt"] for event in it.of_type("node.started")] == [1, 1]
