"""Taking a run up again from its history alone."""

import pytest

from core.limits import Limits
from executions.domain.events import Begun, CancelRequested, Finished
from executions.domain.scheduler import Finish, Start
from executions.domain.status import ExecutionStatus
from executions.engine.journal import InMemoryJournal
from executions.engine.run import replay
from graphs.domain.model import Graph
from tests.executions.driver import Play, stored
from tests.executions.running import run_of, runner_of, written
from tests.executions.short import const, out
from tests.graphs_by_hand import graph
from tests.zoo import ADD, EACH, ECHO, FAILS, PAIR

AGENTS = {
    "loop": graph(
        {"a": const(0), "c": (ADD, {"limit": 4}), "o": out()},
        "a.value -> c.value",
        "c.less -> c.value",
        "c.done -> o.value",
    ),
    "fan-out": graph(
        {"e": (EACH, {"items": [1, 2, 3]}), "f": ECHO, "p": PAIR, "o": out()},
        "e.value -> f.value",
        "f.value -> p.a",
        "e.value -> p.b",
        "p.value -> o.value",
    ),
    "failures": graph(
        {"e": (EACH, {"items": [1, 2]}), "f": FAILS, "g": ECHO, "o": out()},
        "e.value -> f.value",
        "f.value -> o.value",
        "f.error -> g.value",
        "g.value -> o.value",
    ),
    "limits": graph(
        {"e": (EACH, {"items": [1, 2, 3, 4]}), "f": (ECHO, {}, {"max_parallel": 2})}
        | {"o": out()},
        "e.value -> f.value",
        "f.value -> o.value",
        settings={"max_parallel": 3},
    ),
}


def everywhere() -> list:
    return [
        pytest.param(agent, cut, id=f"{name}-after-{cut}")
        for name, agent in AGENTS.items()
        for cut in range(1, len(Play(agent).run().log) - 1)
    ]


@pytest.mark.parametrize(("agent", "cut"), everywhere())
async def test_the_engine_takes_a_run_up_after_any_event(agent: Graph, cut: int):
    whole = Play(agent).run()
    journal = InMemoryJournal()
    past = stored(whole.log[:cut])
    state = await runner_of(agent, journal=journal, past=past).run()

    assert sorted(map(repr, state.outputs["out"])) == sorted(
        map(repr, whole.state.outputs["out"])
    )
    assert (state.status, state.errors) == (whole.state.status, whole.state.errors)
    assert state.started == whole.state.started
    assert [e["seq"] for e in written(journal)] == [
        *range(cut + 1, cut + 1 + len(written(journal)))
    ]


def test_what_had_ended_is_not_started_again():
    play = Play(AGENTS["fan-out"])
    play.finish("e")
    play.finish("f", 1)
    _, commands = replay(run_of(AGENTS["fan-out"], past=stored(play.log)))
    started = {
        (command.execution.node.id, command.execution.number)
        for command in commands
        if isinstance(command, Start)
    }
    assert started == {("f", 2), ("f", 3), ("p", 1)}


def test_a_history_of_nothing_but_the_beginning():
    state, commands = replay(run_of(AGENTS["loop"], past=[Begun()]))
    (command,) = commands
    assert isinstance(command, Start)
    assert command.execution.node.id == "a"
    assert state.status is ExecutionStatus.RUNNING


@pytest.mark.parametrize("now", [1, 2, 100])
def test_other_limits_than_before_do_not_undo_what_has_begun(now):
    agent = graph(
        {"e": (EACH, {"items": [1, 2, 3, 4, 5]}), "f": ECHO, "o": out()},
        "e.value -> f.value",
        "f.value -> o.value",
    )
    play = Play(agent, limits=Limits(parallel_nodes=4))
    play.finish("e")
    for number in (4, 2):
        play.step("f", number)  # Emitted, not ended.
    play.finish("f", 3)
    again = Play(agent, limits=Limits(parallel_nodes=now), past=stored(play.log))
    assert again.state.emitted_bytes == play.state.emitted_bytes
    begun = again.started[: len(again.under_way)]
    assert ("f", 3) not in begun
    again.run()
    assert again.outcome == ("COMPLETED", {"out": [1, 2, 3, 4, 5]})
    assert again.state.started == 11


def test_a_stop_in_the_history_ends_it_there():
    play = Play(AGENTS["loop"])
    play.tell(CancelRequested())
    assert play.log[-1] == Finished(ExecutionStatus.CANCELLED)
    past = stored(play.log[:-1])
    state, commands = replay(run_of(AGENTS["loop"], past=past))
    assert state.status is ExecutionStatus.CANCELLED
    assert commands == [Finish(Finished(ExecutionStatus.CANCELLED))]
