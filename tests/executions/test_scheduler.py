"""The rules of a run, case by case: what fires, with which values, and how it ends."""

import pytest

from core.limits import Limits
from executions.domain.events import (
    CancelRequested,
    Completed,
    Emitted,
    Failed,
    Finished,
    Started,
    TimeExceeded,
)
from executions.domain.status import ExecutionStatus
from graphs.domain.model import Graph, NodeId
from tests.executions import cases_firing, cases_values
from tests.executions.driver import Play, dump
from tests.executions.short import const, out
from tests.graphs_by_hand import graph
from tests.zoo import EACH, ECHO, FAILS, KEEP, PAIR


@pytest.mark.parametrize(
    ("agent", "outputs", "status", "more"),
    [
        *cases_firing.FIRING,
        *cases_firing.OUTPUTS,
        *cases_firing.INPUTS,
        *cases_firing.STATIC,
        *cases_values.DYNAMIC,
        *cases_values.FAILURES,
    ],
)
def test_a_run_ends_as_the_rules_say(agent: Graph, outputs, status, more):
    play = Play(agent, more.get("inputs")).run()

    assert play.outcome == (status, outputs)
    errors = [(e["node_id"], e["code"], e["message"]) for e in play.state.errors]
    assert errors == more.get("errors", [])
    if "count" in more:
        assert play.state.started == more["count"]


ONE_AT_A_TIME: tuple = (ECHO, {}, {"max_parallel": 1})


def two_sources(first: str, second: str) -> Graph:
    """`p` pairs what `s`, `t`, `u` send to `a` with `x`, `y`, `z` to `b`."""
    names = {name: const(name) for name in "stuxyz"}
    arrow = {"s": first, "t": second, "u": first}
    return graph(
        names | {"p": PAIR, "o": out()},
        *[f"{name}.value {arrow[name]} p.a" for name in "stu"],
        *[f"{name}.value -> p.b" for name in "xyz"],
        "p.value -> o.value",
    )


@pytest.mark.parametrize(
    ("arrows", "order", "pairs"),
    [
        # The first value was used; a fresh one is taken before the last is reused.
        pytest.param("=> =>", "sxtyz", ["sx", "ty", "tz"], id="refreshed-between"),
        # Those that came meanwhile are taken in order, one each.
        pytest.param("=> =>", "sxtuyz", ["sx", "ty", "uz"], id="refreshed-twice"),
        pytest.param("=> =>", "stxyz", ["sx", "ty", "tz"], id="both-before"),
        pytest.param("=> =>", "xyst", ["sx", "sy"], id="late-serves-all-waiting"),
        # A value that has been used serves again only as long as it is the last.
        pytest.param("=> =>", "sxytz", ["sx", "sy", "tz"], id="reused-then-refreshed"),
        # One static link makes the pin static: its last value stays, whoever sent it.
        pytest.param("=> ->", "sxtyz", ["sx", "ty", "tz"], id="mixed-in-order"),
        pytest.param("=> ->", "tsxyz", ["tx", "sy", "sz"], id="mixed-static-last"),
        pytest.param("=> ->", "txyz", ["tx", "ty", "tz"], id="mixed-no-static-value"),
        # Without any static link each value serves once.
        pytest.param("-> ->", "sxy", ["sx"], id="no-static-link"),
    ],
)
def test_static_pins_give_values_in_order_and_keep_the_last(arrows, order, pairs):
    play = Play(two_sources(*arrows.split()))
    for name in dict.fromkeys(order):
        play.finish(name)
    taken = [firing.inputs for firing in play.state.nodes[NodeId("p")].firings]
    assert [f"{pair['a']}{pair['b']}" for pair in taken] == pairs


@pytest.mark.parametrize(
    ("stop", "status", "code"),
    [
        (CancelRequested(), "CANCELLED", None),
        (TimeExceeded(3.5), "TIMED_OUT", "timed_out"),
    ],
)
@pytest.mark.parametrize("steps", range(7))
def test_nothing_runs_after_a_stop_at_any_stage(stop, status, code, steps):
    agent = graph(
        {"e": (EACH, {"items": [1, 2]}), "f": ECHO, "o": out()},
        "e.value -> f.value",
        "f.value -> o.value",
    )
    play = Play(agent)
    for _ in range(steps):
        play.step(*next(iter(play.under_way)))
    started = list(play.started)

    play.tell(stop)

    assert play.state.status == status
    assert [error["code"] for error in play.state.errors] == ([code] if code else [])
    end = play.log[-1]
    assert isinstance(end, Finished)
    assert (end.status, end.code) == (status, code or "")
    before = dump(play.state)
    for key in started:
        tell_late_news(play, *key)
    assert play.started == started
    assert dump(play.state) == before


def tell_late_news(play: Play, node_id: NodeId, number: int) -> None:
    for event in (
        Started(node_id, number, 2),
        Emitted(node_id, number, 0, "value", 9, b"9"),
        Failed(node_id, number, "failed", "late", False),
        Completed(node_id, number),
        CancelRequested(),
        TimeExceeded(1),
        Finished(ExecutionStatus.COMPLETED),
    ):
        play.tell(event)


def test_events_of_a_node_execution_that_ended_are_ignored():
    play = Play(graph({"a": const(1), "b": const(2), "o": out()}, "a.value -> o.value"))
    play.finish("a")
    before = dump(play.state)
    for event in (
        Emitted(NodeId("a"), 1, 1, "value", 9, b"9"),
        Completed(NodeId("a"), 1),
        Failed(NodeId("a"), 1, "failed", "late", False),
        Completed(NodeId("a"), 7),
    ):
        play.tell(event)
    assert dump(play.state) == before


def each_through(block_id: str, metadata: dict, count: int = 3) -> Graph:
    """Numbers from 1, each through a firing of `f`, into the output."""
    items = list(range(1, count + 1))
    return graph(
        {"e": (EACH, {"items": items}), "f": (block_id, {}, metadata), "o": out()},
        "e.value -> f.value",
        "f.value -> o.value",
        "f.error -> o.value",
    )


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        pytest.param({}, [1, 2, 3], id="in-start-order"),
        pytest.param({"unordered": True}, [3, 1, 2], id="unordered-as-they-come"),
    ],
)
def test_firings_that_end_out_of_order(metadata, expected):
    play = Play(each_through(ECHO, metadata))
    play.finish("e")
    for number in (3, 1, 2):
        play.finish("f", number)
    assert play.run().state.outputs == {"out": expected}


def test_a_later_firing_waits_for_the_end_of_the_earlier_not_for_its_first_value():
    play = Play(each_through(FAILS, {}))
    play.finish("e")
    play.finish("f", 2)
    assert play.state.nodes[NodeId("o")].fired == 0
    play.step("f", 1)
    assert play.state.nodes[NodeId("o")].fired == 1, (
        "the first one's value goes at once"
    )
    play.step("f", 1)
    assert play.run().state.outputs == {"out": [1, "no: 1", 2, "no: 2", 3, "no: 3"]}


def test_outputs_collect_in_start_order_though_output_nodes_end_out_of_order():
    play = Play(
        graph({"e": (EACH, {"items": [1, 2]}), "o": out()}, "e.value -> o.value")
    )
    play.finish("e")
    play.finish("o", 2)
    assert play.state.outputs == {}
    play.finish("o", 1)
    assert play.state.outputs == {"out": [1, 2]}


@pytest.mark.parametrize(
    ("of_graph", "limits", "metadata", "most"),
    [
        pytest.param({}, {}, {}, 9, id="all-at-once-by-default"),
        pytest.param({"max_parallel": 4}, {}, {}, 4, id="graph"),
        pytest.param({"max_parallel": 0}, {}, {}, 9, id="graph-zero-is-no-limit"),
        pytest.param({}, {"parallel_nodes": 3}, {}, 3, id="platform"),
        pytest.param(
            {"max_parallel": 50}, {"parallel_nodes": 3}, {}, 3, id="platform-is-lower"
        ),
        pytest.param({}, {}, {"max_parallel": 2}, 2, id="node"),
        pytest.param(
            {"max_parallel": 3}, {}, {"max_parallel": 2}, 2, id="node-below-graph"
        ),
        pytest.param(
            {"max_parallel": 2}, {}, {"max_parallel": 3}, 2, id="graph-below-node"
        ),
        pytest.param({"max_parallel": 1}, {}, {"max_parallel": 1}, 1, id="one"),
    ],
)
@pytest.mark.parametrize("last_first", [False, True])
def test_limits_of_parallel_node_executions_are_used_and_kept(
    of_graph, limits, metadata, most, last_first
):
    agent = graph(
        {"e": (EACH, {"items": [*range(9)]}), "f": (ECHO, {}, metadata), "o": out()},
        "e.value -> f.value",
        "f.value -> o.value",
        settings=of_graph,
    )
    play = Play(agent, limits=Limits(**limits))
    play.finish("e")
    seen = len(play.under_way)
    while "f" in {node for node, _ in play.under_way}:
        waiting = [key for key in play.under_way if key[0] == "f"]
        seen = max(seen, len(waiting))
        play.finish(*waiting[-1 if last_first else 0])
    assert seen == most
    assert play.run().outcome == ("COMPLETED", {"out": [*range(9)]})
    numbers = [number for node, number in play.started if node == "f"]
    assert numbers == sorted(numbers), "firings of a node begin in order"


def test_a_full_node_does_not_hold_up_others():
    agent = graph(
        {"e": (EACH, {"items": [1, 2, 3]}), "f": ONE_AT_A_TIME, "g": ECHO},
        "e.value -> f.value",
        "e.value -> g.value",
    )
    play = Play(agent)
    play.finish("e")
    assert set(play.under_way) == {("f", 1), ("g", 1), ("g", 2), ("g", 3)}


def test_firings_behind_both_limits_begin_in_order():
    agent = graph(
        {
            "e": (EACH, {"items": [*range(6)]}),
            "f": ONE_AT_A_TIME,
            "h": const(1),
            "g": ECHO,
        },
        "e.value -> f.value",
        "h.value -> g.value",
        settings={"max_parallel": 3},
    )
    play = Play(agent)
    play.step("e")
    play.step("e")
    play.finish("h")  # Firing 2 now waits behind the limit of `f`,
    play.step("e")  # and firing 3 behind the limit of the graph.
    play.run(lambda keys: next((key for key in keys if key == ("f", 1)), keys[0]))
    assert [n for node, n in play.started if node == "f"] == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    ("allowed", "status", "begun"),
    [
        pytest.param(6, "FAILED", 6, id="one-too-few"),
        pytest.param(7, "COMPLETED", 7, id="just-enough"),
    ],
)
def test_the_budget_of_node_executions_is_exact(allowed, status, begun):
    play = Play(each_through(ECHO, {}), limits=Limits(node_executions=allowed)).run()
    assert play.state.status == status
    assert play.state.started == len(play.started) == begun
    if status == "FAILED":
        (error,) = play.state.errors
        assert error["code"] == "limit_passed"
        message = str(error["message"])
        assert "it may have 6 node executions, and this would be 7" in message
        assert play.log[-1] == Finished(ExecutionStatus.FAILED, "limit_passed", message)


def test_a_budget_passed_at_once_counts_only_what_began():
    play = Play(
        graph({name: const(1) for name in "abc"}), limits=Limits(node_executions=2)
    )
    assert play.state.status == "FAILED"
    assert play.started == []
    assert play.state.started == 0


def test_a_loop_without_end_is_stopped_and_outputs_stay():
    agent = graph(
        {"a": const(1), "x": ECHO, "o": out()},
        "a.value -> x.value",
        "x.value -> x.value",
        "a.value -> o.value",
    )
    play = Play(agent, limits=Limits(node_executions=100)).run()
    assert play.outcome == ("FAILED", {"out": [1]})
    assert play.state.started == 100


@pytest.mark.parametrize(
    ("allowed", "status"),
    [
        pytest.param(3 + 3 + 3, "COMPLETED", id="just-enough"),  # 1 2 3, three times
        pytest.param(3 + 3 + 2, "FAILED", id="one-byte-too-few"),
    ],
)
def test_the_budget_of_bytes_is_exact(allowed, status):
    play = Play(each_through(ECHO, {}), limits=Limits(emitted_bytes=allowed)).run()
    assert play.state.status == status
    if status == "FAILED":
        (error,) = play.state.errors
        assert "8 bytes of output, and this would be 9" in str(error["message"])


def test_a_failed_first_firing_lets_the_second_out_after_its_error():
    play = Play(each_through(FAILS, {}, 2))
    play.finish("e")
    play.finish("f", 2)
    play.finish("f", 1)
    assert play.run().state.outputs == {"out": [1, "no: 1", 2, "no: 2"]}


def test_kept_values_outlive_the_firing_that_sent_them():
    agent = graph(
        {"c": const("s"), "k": KEEP, "a": const(1), "b": ECHO, "p": PAIR, "o": out()},
        "c.value -> k.value",
        "k.value -> p.a",
        "a.value -> b.value",
        "b.value -> p.b",
        "p.value -> o.value",
    )
    play = Play(agent)
    play.finish("c")
    play.finish("k")
    assert play.run().state.outputs == {"out": [["s", 1]]}
