"""Pausing: nothing begins, what runs goes on, and nothing is lost by it."""

import asyncio

import pytest

from core.limits import Limits
from tests.executions.ground import Ground, Stored
from tests.executions.short import const, out
from tests.executions.virtual_time import in_no_time, now
from tests.graphs_by_hand import graph
from tests.zoo import ECHO
from tests.zoo_trouble import ACTS, ASKS, CALLS, NAPS, TRIES, acts

DAY = 24 * 3600
RETRY = {"retry": {"max_attempts": 2, "delay_s": 3, "jitter": False}}


@pytest.fixture(autouse=True)
def _no_acts() -> None:
    acts.clear()


def paused(agent, *, after_s: float = 1.0, for_s: float = DAY, **facts):
    """The run, and how many had begun at the end of the pause."""

    async def play() -> tuple[Stored, int]:
        ground = Ground({"child": graph({"o": out(value=1)})}, **facts)
        it = ground.start(agent)
        if after_s:
            await ground.work(after_s)
        ground.send(it, "pause")
        until = now() + for_s
        await ground.work(for_s)
        await asyncio.sleep(until - now())
        begun = len(acts)
        assert it.end is None
        assert it.waiting_for == "paused"
        assert it.parks[-1] == ("paused", None)
        ground.send(it, "resume")
        await ground.work()
        assert it.events[-1]["at"] / 1000 >= until - 0.001
        return it, begun

    return in_no_time(play())


CHAIN = graph(
    {"a": (ACTS, {"seconds": 10}), "b": (ACTS, {"seconds": 10}), "o": out()},
    "a.value -> b.value",
    "b.value -> o.value",
)


def test_what_runs_goes_on_and_what_follows_waits():
    it, begun = paused(CHAIN)
    assert begun == 1
    assert it.outcome == ("COMPLETED", {"out": ["done"]}, [])
    types = it.types()
    assert types.index("paused") < types.index("waiting") < types.index("resumed")


def test_a_run_that_is_paused_before_it_begins_begins_no_node():
    it, begun = paused(CHAIN, after_s=0)
    assert begun == 0
    assert it.outcome[0] == "COMPLETED"


@pytest.mark.parametrize(
    ("agent", "attempts"),
    [
        pytest.param(graph({"x": (TRIES, {}, RETRY)}), 2, id="alone"),
        pytest.param(
            graph({"x": (TRIES, {}, RETRY), "y": (ACTS, {"seconds": 60})}),
            3,
            id="while something else works",
        ),
    ],
)
def test_the_next_attempt_of_what_failed_waits_too(agent, attempts):
    """Also where its time comes while the run is in memory."""
    it, begun = paused(agent)
    assert begun == attempts - 1
    assert len(acts) == attempts
    assert it.outcome[0] == "COMPLETED"


@pytest.mark.parametrize(
    "node",
    [
        pytest.param((NAPS, {"seconds": 60}), id="timer"),
        pytest.param((NAPS, {"seconds": DAY * 2}), id="timer that is longer"),
        pytest.param((CALLS, {"graph_id": "child"}), id="sub-agent"),
    ],
)
def test_what_waits_comes_to_its_end_afterwards(node):
    agent = graph(
        {"c": const(1), "a": (ACTS, {"seconds": 3}), "x": node, "y": ECHO},
        "a.value -> x.after",
        "c.value -> y.value",
    )
    it, _ = paused(agent)
    assert it.outcome[0] == "COMPLETED"
    assert it.types("x")[-1] == "completed"


def test_an_answer_during_a_pause_is_heard_and_what_follows_waits():
    async def play() -> Stored:
        ground = Ground()
        agent = graph(
            {"x": (ASKS, {"data": 1}), "y": ACTS}, "x.approved_data -> y.value"
        )
        it = ground.start(agent)
        await ground.work(1)
        ground.send(it, "pause")
        await ground.work(10)
        ground.answer(it)
        await ground.work(10)
        assert (it.types("x")[-1], acts) == ("completed", [])
        ground.send(it, "resume")
        await ground.work()
        return it

    assert in_no_time(play()).outcome[0] == "COMPLETED"
    assert len(acts) == 1


def test_a_pause_does_not_count_as_wall_time():
    it, _ = paused(CHAIN, limits=Limits(run_seconds=100))
    assert it.outcome[0] == "COMPLETED"


@pytest.mark.parametrize("crashes", [1, 2])
def test_it_is_still_paused_after_a_crash(crashes):
    async def play() -> Stored:
        ground = Ground()
        it = ground.start(CHAIN)
        await ground.work(1)
        ground.send(it, "pause")
        for _ in range(crashes):
            await ground.work(1)
            ground.crash()
        await ground.work(DAY)
        assert it.waiting_for == "paused"
        assert {act.node_id for act in acts} == {"a"}
        ground.send(it, "resume")
        await ground.work()
        return it

    assert in_no_time(play()).outcome[0] == "COMPLETED"


def test_asking_twice_is_asking_once():
    async def play() -> Stored:
        ground = Ground()
        it = ground.start(CHAIN)
        await ground.work(1)
        for kind in ("resume", "pause", "pause"):
            ground.send(it, kind)
        await ground.work(60)
        for _ in range(2):
            ground.send(it, "resume")
        await ground.work()
        return it

    it = in_no_time(play())
    assert it.outcome[0] == "COMPLETED"
    assert (it.types().count("paused"), it.types().count("resumed")) == (1, 1)
    assert it.signals == []


def test_a_paused_run_can_be_cancelled():
    async def play() -> Stored:
        ground = Ground()
        it = ground.start(CHAIN)
        await ground.work(1)
        ground.send(it, "pause")
        await ground.work(DAY)
        ground.send(it, "cancel")
        await ground.work()
        return it

    assert in_no_time(play()).outcome == ("CANCELLED", {}, [])
    assert len(acts) == 1


def test_a_pause_that_is_heard_while_it_is_handed_over_parks_it_once():
    async def play() -> Stored:
        ground = Ground()
        it = ground.start(graph({"x": (NAPS, {"seconds": 4})}))
        await ground.work(1)
        ground.send(it, "pause")
        await ground.hand_over()
        assert it.parks == [("paused", None)]
        ground.send(it, "resume")
        await ground.work()
        return it

    assert in_no_time(play()).outcome[0] == "COMPLETED"
