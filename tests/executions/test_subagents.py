"""Agents that run agents: news, failure, cancel, cost and how deep it may go."""

from typing import Any

import pytest

from core.limits import Limits
from graphs.domain.model import Graph
from tests.executions.ground import Ground, Stored
from tests.executions.short import const, given, out
from tests.executions.virtual_time import in_no_time
from tests.graphs_by_hand import graph
from tests.zoo import EACH, FAILS
from tests.zoo_trouble import ACTS, CALLS, NAPS, SPENDS

CALLING = graph(
    {
        "x": (CALLS, {"graph_id": "child", "inputs": {"a": "set"}}),
        "o": out(),
        "e": out("error"),
    },
    "x.out -> o.value",
    "x.error -> e.value",
)
UNHANDLED = graph({"x": (CALLS, {"graph_id": "child"}), "o": out()}, "x.out -> o.value")
ECHOES = graph({"a": given("a"), "o": out()}, "a.result -> o.value")
FAILING = graph(
    {"a": const(1), "f": FAILS, "o": out()},
    "a.value -> f.value",
    "f.value -> o.value",
)
SLOW = graph({"x": (ACTS, {"seconds": 60}), "o": out()}, "x.value -> o.value")
ASLEEP = graph({"x": (NAPS, {"seconds": 3600})})
ITSELF = graph({"x": (CALLS, {"graph_id": "itself"})})


def played(agent, child, **facts: Any) -> tuple[Stored, Ground]:
    async def play() -> tuple[Stored, Ground]:
        ground = Ground({"child": child, "itself": ITSELF}, **facts)
        it = ground.start(agent)
        await ground.work()
        return it, ground

    return in_no_time(play())


def children(ground: Ground) -> list[Stored]:
    return [it for it in ground.executions.values() if it.parent is not None]


def test_what_is_set_in_the_node_reaches_it():
    it, _ = played(CALLING, ECHOES)
    assert it.outcome == ("COMPLETED", {"out": ["set"]}, [])
    assert it.types("x") == [
        "started", "called", "emitted", "child_ended", "completed",
    ]  # fmt: skip


def test_what_comes_along_a_link_goes_before_what_is_set():
    agent = graph(
        {"c": const(7), "x": (CALLS, {"graph_id": "child", "inputs": {"a": "set"}})}
        | {"o": out()},
        "c.value -> x.a",
        "x.out -> o.value",
    )
    it, _ = played(agent, ECHOES)
    assert it.outcome[1] == {"out": [7]}


def test_outputs_come_as_they_are_emitted_and_in_order():
    child = graph(
        {"e": (EACH, {"items": [1, 2, 3]}), "o": out()}
        | {"x": (ACTS, {"seconds": 9}), "p": out()},
        "e.value -> o.value",
        "x.value -> p.value",
    )
    it, _ = played(UNHANDLED, child)
    assert it.outcome[1] == {"out": [1, 2, 3, "done"]}
    times = [e["at"] for e in it.of_type("node.emitted") if e["node_id"] == "x"]
    assert times[2] - times[0] < 100
    assert times[3] - times[2] > 8_000


@pytest.mark.parametrize("agent", [CALLING, UNHANDLED])
def test_a_failure_reaches_the_error_pin_after_what_came_before(agent):
    it, _ = played(agent, FAILING)
    status, outputs, codes = it.outcome
    text = "the sub-agent ended FAILED: no: 1"
    if agent is CALLING:
        assert (status, codes) == ("COMPLETED", [])
        assert outputs == {"out": [1], "error": [text]}
    else:
        assert (status, codes, outputs) == ("FAILED", ["agent_failed"], {"out": [1]})


def test_an_agent_that_is_not_there_fails_the_node():
    agent = graph({"x": (CALLS, {"graph_id": "nobody"})})
    assert played(agent, ECHOES)[0].outcome == ("FAILED", {}, ["unknown_agent"])


def test_inputs_that_are_no_object_fail_the_node():
    agent = graph({"x": (CALLS, {"graph_id": "child", "inputs": [1]})})
    assert played(agent, ECHOES)[0].outcome == ("FAILED", {}, ["bad_input"])


def test_cost_and_counts_roll_up():
    child = graph({"s": (SPENDS, {"value": 5}), "t": const(1)})
    middle = graph({"x": (CALLS, {"graph_id": "bottom"}), "s": (SPENDS, {"value": 7})})

    async def play() -> Stored:
        ground = Ground({"middle": middle, "bottom": child})
        nodes = {"x": (CALLS, {"graph_id": "middle"}), "s": (SPENDS, {"value": 1})}
        it = ground.start(graph(nodes))
        await ground.work()
        return it

    it = in_no_time(play())
    assert (it.cost, it.node_executions) == (13, 2 + 2 + 2)


@pytest.mark.parametrize(
    ("settings_of_graph", "outcome"),
    [
        pytest.param({"max_cost": 5}, ("COMPLETED", []), id="enough money"),
        pytest.param({"max_cost": 4}, ("FAILED", ["limit_passed"]), id="too little"),
        pytest.param({"max_node_executions": 4}, ("COMPLETED", []), id="enough"),
        pytest.param(
            {"max_node_executions": 3}, ("FAILED", ["limit_passed"]), id="too many"
        ),
    ],
)
def test_what_a_child_used_counts_against_the_budget(settings_of_graph, outcome):
    agent = graph(
        {"x": (CALLS, {"graph_id": "child"}), "o": (NAPS, {"seconds": 1})},
        "x.made -> o.after",
        settings=settings_of_graph,
    )
    child = graph({"s": (SPENDS, {"value": 5}), "o": out("made")}, "s.value -> o.value")
    it, _ = played(agent, child)
    assert (it.outcome[0], it.outcome[2]) == outcome


def test_calls_may_be_nested_only_so_deep():
    it, ground = played(ITSELF, ECHOES, limits=Limits(agent_depth=3))
    assert len(children(ground)) == 3
    deepest = children(ground)[-1]
    assert deepest.outcome == ("FAILED", {}, ["too_deep"])
    assert it.outcome == ("FAILED", {}, ["agent_failed"])
    assert "levels deep" in it.end.errors[0]["message"]


@pytest.mark.parametrize(
    ("child", "runs"),
    [
        pytest.param(SLOW, 2, id="at work"),
        pytest.param(ASLEEP, 2, id="parked"),
        pytest.param(graph({"x": (CALLS, {"graph_id": "slow"})}), 3, id="calling"),
    ],
)
def test_a_cancel_goes_all_the_way_down(child, runs):
    async def play() -> Ground:
        ground = Ground({"child": child, "slow": SLOW})
        it = ground.start(UNHANDLED)
        await ground.work(2)
        ground.send(it, "cancel")
        await ground.work(5)
        return ground

    ground = in_no_time(play())
    ends = [it.outcome[0] for it in ground.executions.values()]
    assert ends == ["CANCELLED"] * runs


def test_a_crash_makes_no_second_child():
    async def play() -> Ground:
        ground = Ground({"child": SLOW})
        it = ground.start(CALLING)
        for _ in range(2):
            await ground.work(1)
            ground.crash()
        await ground.work()
        assert it.outcome == ("COMPLETED", {"out": ["done"]}, [])
        return ground

    assert len(children(in_no_time(play()))) == 1


def test_news_of_a_child_that_is_not_awaited_any_more_mean_nothing():
    async def play() -> Stored:
        ground = Ground({"child": SLOW})
        it = ground.start(CALLING)
        await ground.work(1)
        body = {"node_id": "x", "number": 1, "child_id": "another", "status": "FAILED"}
        body |= {"outputs": [["out", "wrong"]], "errors": [], "cost": 99}
        ground.send(it, "child", body | {"node_executions": 9})
        await ground.work()
        return it

    it = in_no_time(play())
    assert it.outcome == ("COMPLETED", {"out": ["done"]}, [])
    assert it.signals == []


def test_outputs_are_told_once_though_the_child_is_taken_up_again():
    child = graph(
        {"e": (EACH, {"items": [1, 2]}), "o": out(), "x": (ACTS, {"seconds": 60})},
        "e.value -> o.value",
    )

    async def play() -> Stored:
        ground = Ground({"child": child})
        it = ground.start(UNHANDLED)
        for _ in range(2):
            await ground.work(1)
            ground.crash()
        await ground.work()
        return it

    assert in_no_time(play()).outcome == ("COMPLETED", {"out": [1, 2]}, [])


def retrying(**retry: object) -> Graph:
    again = {"max_attempts": 3, "delay_s": 2, "retry_on": ["agent_failed"]} | retry
    return graph(
        {"x": (CALLS, {"graph_id": "child"}, {"retry": again}), "o": out("error")},
        "x.error -> o.value",
    )


def test_one_that_failed_is_called_again_where_the_node_says_so():
    child = graph({"a": const(1), "f": FAILS}, "a.value -> f.value")
    it, ground = played(retrying(), child)
    assert it.types("x").count("called") == len(children(ground)) == 3
    assert it.types("x").count("retrying") == 2
    assert it.outcome[0] == "COMPLETED"  # the failure of the last one was handled
    assert len(it.outcome[1]["error"]) == 1


@pytest.mark.parametrize(
    ("retry", "child"),
    [
        # The outputs of it went on to other nodes: they cannot be taken back.
        pytest.param({}, FAILING, id="has-emitted"),
        pytest.param(
            {"retry_on": []},
            graph({"a": const(1), "f": FAILS}, "a.value -> f.value"),
            id="not-asked-for",
        ),
    ],
)
def test_one_that_failed_is_not_called_again(retry, child):
    it, ground = played(retrying(**retry), child)
    assert len(children(ground)) == 1
    assert it.outcome[0] == "COMPLETED"
