"""Money: what attempts cost, and where it ends."""

import pytest

from core.limits import Limits
from executions.domain.events import Parked, Paused, Resumed, Spent, Woken
from executions.domain.plan import make_plan
from executions.domain.scheduler import Finish, Start, advance, begin
from executions.domain.status import ExecutionStatus
from graphs.domain.model import NodeId
from tests.executions.driver import Play
from tests.executions.ground import Ground, Stored
from tests.executions.short import const, out
from tests.executions.virtual_time import in_no_time
from tests.graphs_by_hand import graph
from tests.zoo import ADD, EACH, ECHO, zoo
from tests.zoo_trouble import ACTS, SPENDS

SPREE = graph(
    {"e": (EACH, {"items": [3, 4, 5]}), "s": SPENDS, "o": out()},
    "e.value -> s.value",
    "s.value -> o.value",
)


def played(agent, **limits) -> Stored:
    async def play() -> Stored:
        ground = Ground(limits=Limits(**limits))
        it = ground.start(agent)
        await ground.work()
        return it

    return in_no_time(play())


def test_what_is_spent_adds_up():
    it = played(SPREE)
    assert it.outcome == ("COMPLETED", {"out": [3, 4, 5]}, [])
    assert it.cost == 12
    assert [event["amount"] for event in it.of_type("node.spent")] == [3, 4, 5]


@pytest.mark.parametrize(
    ("allowed", "status", "cost"),
    [(12, "COMPLETED", 12), (11, "FAILED", 12), (6, "FAILED", 7), (0, "FAILED", 3)],
)
def test_a_run_ends_as_soon_as_it_has_spent_more(allowed, status, cost):
    it = played(SPREE, cost=allowed)
    assert (it.outcome[0], it.cost) == (status, cost)
    if status == "FAILED":
        (error,) = it.end.errors
        assert error["code"] == "limit_passed"
        assert f"{allowed:,} millionths of money" in error["message"]
        assert f"would be {cost:,}" in error["message"]


def test_what_was_spent_before_a_crash_counts():
    async def play() -> Stored:
        ground = Ground(limits=Limits(cost=6))
        agent = graph(
            {"s": (SPENDS, {"value": 5}), "x": (ACTS, {"seconds": 9})}
            | {"t": (SPENDS, {"value": 2})},
            "x.value -> t.after",
        )
        it = ground.start(agent)
        await ground.work(1)
        ground.crash()
        await ground.work()
        return it

    it = in_no_time(play())
    assert (it.cost, it.outcome[2]) == (7, ["limit_passed"])


def test_a_loop_that_does_not_end_is_stopped():
    loop = graph(
        {"a": const(0), "b": (ADD, {"limit": 10**9})},
        "a.value -> b.value",
        "b.less -> b.value",
    )
    it = played(loop, node_executions=50)
    assert it.outcome[2] == ["limit_passed"]
    assert it.node_executions == 50
    assert "50 node executions" in it.end.errors[0]["message"]


# --- The rules ------------------------------------------------------------------------


def test_a_pause_holds_back_what_has_not_begun():
    play = Play(graph({"a": const(1), "b": ECHO, "o": out()}, "a.value -> b.value"))
    play.tell(Paused())
    play.finish("a")
    assert [key[0] for key in play.under_way] == ["o"]
    play.finish("o")
    assert not play.state.status.is_final
    play.tell(Resumed())
    assert [key[0] for key in play.under_way] == ["b"]
    assert play.run().outcome[0] == "COMPLETED"


def test_a_paused_run_with_nothing_left_ends():
    play = Play(graph({"a": const(1)}))
    play.tell(Paused())
    play.finish("a")
    assert play.state.status is ExecutionStatus.COMPLETED


def test_time_parked_is_added_up():
    state, _ = begin(make_plan(graph({"a": const(1)}), zoo), {}, Limits())
    for since, waited in ((1_000, 5), (2_000, 70)):
        advance(state, Parked("timer", since, None))
        assert state.parked_since == since
        advance(state, Woken(waited))
        assert state.parked_since is None
    assert state.waited_ms == 75


def test_money_ends_a_run_in_the_midst():
    plan = make_plan(graph({"a": const(1), "b": const(2)}), zoo)
    state, commands = begin(plan, {}, Limits(cost=9))
    assert [type(command) for command in commands] == [Start, Start]
    assert advance(state, Spent(NodeId("a"), 1, 9)) == []
    (finish,) = advance(state, Spent(NodeId("b"), 1, 1))
    assert isinstance(finish, Finish)
    assert finish.event.code == "limit_passed"
    assert advance(state, Spent(NodeId("a"), 1, 5)) == [], "it has ended"


def test_outputs_are_told_in_the_order_in_which_they_came():
    nodes = {"e": (EACH, {"items": [1, 2]}), "o": out("x"), "p": out("y")}
    play = Play(graph(nodes, "e.value -> p.value", "e.value -> o.value")).run(
        lambda keys: keys[-1]
    )
    assert sorted(play.state.fresh_outputs) == [("x", 1), ("x", 2), ("y", 1), ("y", 2)]
    for name in "xy":
        told = [value for n, value in play.state.fresh_outputs if n == name]
        assert told == play.state.outputs[name] == [1, 2]
