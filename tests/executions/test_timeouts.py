"""How long a node may work and a run may take."""

import pytest

from core.limits import Limits
from executions.domain.plan import make_plan
from graphs.domain.model import NodeId
from tests.executions.ground import Ground, Stored
from tests.executions.short import const, out
from tests.executions.virtual_time import in_no_time
from tests.graphs_by_hand import graph
from tests.zoo import ECHO, zoo
from tests.zoo_trouble import ACTS, NAPS, STREAMS, acts


def played(agent, **limits) -> Stored:
    async def play() -> Stored:
        ground = Ground(limits=Limits(**limits))
        it = ground.start(agent)
        await ground.work()
        return it

    acts.clear()
    return in_no_time(play())


def took(it: Stored) -> float:
    return (it.events[-1]["at"] - it.events[0]["at"]) / 1000


def acting(seconds: float, **metadata):
    return graph(
        {"x": (ACTS, {"seconds": seconds}, metadata), "e": out("error")},
        "x.error -> e.value",
    )


@pytest.mark.parametrize(
    ("metadata", "allowed"),
    [
        pytest.param({"timeout_s": 10}, 10, id="of the node"),
        pytest.param({"timeout_s": 0.5}, 0.5, id="less than a second"),
        pytest.param({"timeout_s": 90}, 90, id="more than the limit"),
        *[
            pytest.param({"timeout_s": value}, 60, id=f"nonsense: {value!r}")
            for value in (0, -1, "10", None, True, [])
        ],
        pytest.param({}, 60, id="of the limits"),
    ],
)
def test_an_attempt_may_work_so_long(metadata, allowed):
    it = played(acting(1_000, **metadata), node_seconds=60)
    text = f"the node took longer than the {allowed:g} s it may take"
    assert it.outcome == ("COMPLETED", {"error": [text]}, [])
    assert took(it) == pytest.approx(allowed, abs=0.1)


def test_one_that_is_done_in_time_is_not_bothered():
    assert played(acting(9, timeout_s=10)).outcome == ("COMPLETED", {}, [])


def test_a_wait_through_the_engine_does_not_count():
    for waits, works in ((3, 4), (4.5, 1)):
        facts = {"seconds": waits, "works_s": works}
        agent = graph({"x": (NAPS, facts, {"timeout_s": works + 0.5})})
        assert played(agent).outcome[0] == "COMPLETED"
    agent = graph({"x": (NAPS, {"seconds": 3, "works_s": 6}, {"timeout_s": 5})})
    it = played(agent)
    assert it.outcome == ("FAILED", {}, ["timeout"])
    assert took(it) == pytest.approx(8, abs=0.1)


def test_each_attempt_has_the_time_anew():
    retry = {"max_attempts": 3, "delay_s": 0, "jitter": False}
    it = played(acting(1_000, timeout_s=10, retry=retry))
    assert len(acts) == 3
    assert took(it) == pytest.approx(30, abs=0.2)


def test_what_was_out_before_stays():
    agent = graph(
        {"x": (STREAMS, {"seconds": 60}, {"timeout_s": 5}), "o": out()},
        "x.value -> o.value",
    )
    assert played(agent).outcome == ("FAILED", {"out": ["1a"]}, ["timeout"])


@pytest.mark.parametrize(
    ("wanted", "allowed", "seconds"),
    [
        pytest.param(20, 100, 20, id="the graph's"),
        pytest.param(500, 100, 100, id="but no more than is allowed"),
        pytest.param("x", 100, 100, id="nonsense"),
        pytest.param(0, 100, 100, id="nor none at all"),
    ],
)
def test_a_run_may_take_so_long(wanted, allowed, seconds):
    agent = graph({"x": (ACTS, {"seconds": 999})}, settings={"timeout_s": wanted})
    it = played(agent, run_seconds=allowed)
    assert it.outcome == ("TIMED_OUT", {}, ["timed_out"])
    assert took(it) == pytest.approx(seconds, abs=0.1)
    assert f"than the {seconds} s" in it.end.errors[0]["message"]


def test_a_crash_does_not_set_the_clock_back():
    async def play() -> Stored:
        ground = Ground(limits=Limits(run_seconds=100))
        it = ground.start(graph({"x": (ACTS, {"seconds": 70})}))
        await ground.work(50)
        ground.crash()
        await ground.work()
        return it

    it = in_no_time(play())
    assert it.outcome[0] == "TIMED_OUT"
    assert took(it) == pytest.approx(100, abs=0.2)


@pytest.mark.parametrize(
    ("settings_of_graph", "limits", "status"),
    [
        pytest.param({"max_node_executions": 3}, {}, "COMPLETED", id="enough"),
        pytest.param({"max_node_executions": 2}, {}, "FAILED", id="too few"),
        pytest.param({"max_node_executions": 9}, {"node_executions": 2}, "FAILED",
                     id="the tighter one"),
        pytest.param({"max_output_bytes": 12}, {}, "COMPLETED", id="enough bytes"),
        pytest.param({"max_output_bytes": 11}, {}, "FAILED", id="too few bytes"),
        pytest.param({"max_cost": -3}, {}, "COMPLETED", id="nonsense"),
    ],
)  # fmt: skip
def test_budgets_of_the_graph(settings_of_graph, limits, status):
    nodes = {"a": const("ab"), "b": ECHO, "c": ECHO}
    links = ["a.value -> b.value", "b.value -> c.value"]
    it = played(graph(nodes, *links, settings=settings_of_graph), **limits)
    assert it.outcome[0] == status
    assert it.outcome[2] == ([] if status == "COMPLETED" else ["limit_passed"])


def test_limits_of_nodes_are_read_once():
    plan = make_plan(acting(1, timeout_s=2.5), zoo)
    assert plan.nodes[NodeId("x")].timeout_s == 2.5
