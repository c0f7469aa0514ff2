"""What waits leaves memory, comes back in time, and lingers where that is quicker."""

import asyncio

import pytest

from core.limits import Limits
from executions.engine.runner import LINGER_MS
from executions.engine.waits import EXPIRY_GRACE_S, PARK_ABOVE_MS
from tests.executions.ground import Ground, Stored
from tests.executions.short import const, out
from tests.executions.virtual_time import in_no_time, now
from tests.graphs_by_hand import graph
from tests.zoo import ECHO, TICKS
from tests.zoo_trouble import ACTS, ASKS, CALLS, NAPS, TRIES, acts

DAY = 24 * 3600
ABOVE = PARK_ABOVE_MS / 1000 + 1


def retried(delay_s: float, **constants):
    retry = {"max_attempts": 3, "delay_s": delay_s, "backoff": "fixed"}
    return (TRIES, constants, {"retry": retry | {"jitter": False}})


def asking(**constants):
    return (ASKS, {"data": 1, **constants})


SLEEPY = graph({"x": (NAPS, {"seconds": ABOVE})})


def played(agent, *, seconds: float = 0.0, **facts) -> Stored:
    """Until nothing more comes by itself, or for so long."""

    async def play() -> Stored:
        ground = Ground({"slow": SLEEPY}, **facts)
        it = ground.start(agent)
        await (ground.work(seconds) if seconds else ground.work())
        return it

    return in_no_time(play())


@pytest.mark.parametrize(
    ("nodes", "parks"),
    [
        pytest.param({"x": (NAPS, {"seconds": ABOVE})}, [("timer", ABOVE)], id="timer"),
        pytest.param({"x": (NAPS, {"seconds": 5})}, [], id="a short timer does not"),
        pytest.param({"x": retried(60)}, [("retry", 60.0)], id="retry"),
        pytest.param({"x": retried(5)}, [], id="a short pause before a retry does not"),
        pytest.param(
            {"x": (NAPS, {"seconds": 60}), "y": (NAPS, {"seconds": 20})},
            [("timer", 20.0), ("timer", 40.0)],
            id="until the first of several",
        ),
        pytest.param(
            {"x": (NAPS, {"seconds": 60}), "y": retried(20)},
            [("retry", 20.0), ("timer", 40.0)],
            id="a retry is named before a timer",
        ),
        pytest.param(
            {"x": (NAPS, {"seconds": 60}), "y": (NAPS, {"seconds": 3})},
            [("timer", 57.0)],
            id="not while something short is waited for",
        ),
        pytest.param(
            {"x": (NAPS, {"seconds": 60}), "y": (ACTS, {"seconds": 30})},
            [("timer", 30.0)],
            id="not while something works",
        ),
        pytest.param(
            {"x": (TICKS, {"seconds": 60})},
            [("timer", 60.0)] * 3,
            id="each of several waits of one node",
        ),
    ],
)
def test_a_run_parks(nodes, parks):
    it = played(graph(nodes))
    assert it.parks == parks
    assert it.outcome[0] == "COMPLETED"
    assert it.types().count("woken") == len(parks)


def test_a_question_parks_until_it_expires():
    it = played(graph({"x": asking()}), limits=Limits(review_seconds=DAY))
    assert it.parks == [("review", DAY + EXPIRY_GRACE_S)]
    assert it.outcome == ("FAILED", {}, ["review_expired"])


@pytest.mark.parametrize("reverse", [False, True])
def test_a_question_is_named_before_all_else(reverse):
    nodes = {"x": asking(), "y": (CALLS, {"graph_id": "slow"}), "z": retried(3600)}
    names = sorted(nodes, reverse=reverse)
    it = played(graph({name: nodes[name] for name in names}), seconds=1)
    assert [reason for reason, _ in it.parks] == ["review"]


def test_a_sub_agent_is_lingered_for_before_the_run_parks():
    calling = graph({"x": (CALLS, {"graph_id": "slow"})})
    it = played(calling)
    assert it.parks == [("agent", None)]
    (parked,) = it.of_type("execution.waiting")
    (called,) = it.of_type("node.called")
    assert LINGER_MS <= parked["at"] - called["at"] < LINGER_MS + 100
    assert it.outcome[0] == "COMPLETED"


def test_a_quick_sub_agent_costs_no_parking():
    async def play() -> Stored:
        ground = Ground({"quick": graph({"a": const(1)})})
        it = ground.start(graph({"x": (CALLS, {"graph_id": "quick"})}))
        await ground.work()
        return it

    assert in_no_time(play()).parks == []


def test_a_parked_run_begins_nothing_anew():
    acts.clear()
    agent = graph(
        {"a": (ACTS, {}), "x": (NAPS, {"seconds": 60}), "o": out()},
        "x.value -> o.value",
    )
    it = played(agent)
    assert len(acts) == 1
    attempts = [e["attempt"] for e in it.of_type("node.started") if e["node_id"] == "x"]
    assert attempts == [1, 1], "woken, it is still the first attempt"
    assert it.outcome == ("COMPLETED", {"out": ["rested"]}, [])


def test_the_time_of_a_park_does_not_count_as_wall_time():
    limits = Limits(run_seconds=100)
    agent = graph({"x": (NAPS, {"seconds": DAY, "works_s": 50})})
    assert played(agent, limits=limits).outcome[0] == "COMPLETED"
    agent = graph({"x": (NAPS, {"seconds": DAY, "works_s": 101})})
    assert played(agent, limits=limits).outcome[0] == "TIMED_OUT"


def test_a_signal_that_comes_while_it_parks_wakes_it_at_once():
    """It was in no inbox, so only the database can tell."""

    async def play() -> Stored:
        ground = Ground(by_itself=False)
        it = ground.start(graph({"x": (NAPS, {"seconds": DAY})}))
        ground.claim()
        await asyncio.sleep(1)
        ground.commit(1)  # not yet the park, which has been appended
        assert it.parks == []
        ground.runners.pop(it.id)
        ground.send(it, "cancel")
        began = now()
        ground.by_itself = True
        ground.commit()
        await ground.work()
        assert now() - began < 1
        return it

    assert in_no_time(play()).outcome[0] == "CANCELLED"


def test_waiting_values_survive_a_park():
    """What stood on pins and in queues is in the snapshot."""
    agent = graph(
        {"a": const(1), "x": (NAPS, {"seconds": 60}), "p": PAIRED, "o": out()},
        "a.value -> p.a",
        "x.value -> p.b",
        "p.value -> o.value",
    )
    it = played(agent)
    assert it.outcome == ("COMPLETED", {"out": [[1, "rested"]]}, [])
    assert it.node_executions == 4


PAIRED = "00000000-0000-4000-8000-000000000005"


def test_more_than_may_run_at_once_waits_its_turn_across_parks():
    nodes = {f"x{n}": (NAPS, {"seconds": 60}) for n in range(3)}
    nodes["e"] = (ECHO, {"value": 1})
    it = played(graph(nodes, settings={"max_parallel": 1}))
    assert it.parks == [("timer", 60.0)] * 3
    assert it.outcome[0] == "COMPLETED"
