"""Attempts: what comes of each way a block can behave, the first time and again."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor

import orjson
import pytest

from blocks.errors import BlockError
from executions.domain.events import (
    Begun,
    CancelRequested,
    Completed,
    Emitted,
    Event,
    Started,
    Waiting,
)
from executions.engine.journal import InMemoryJournal, LeaseLost, RunHandle
from graphs.domain.model import NodeId
from tests import zoo
from tests.executions.running import runner_of, types, written
from tests.executions.short import const, out
from tests.graphs_by_hand import graph
from tests.zoo import (
    AFTER_ERROR,
    BREAKS,
    BURNS,
    COUNTED,
    ECHO,
    FAILS,
    FICKLE,
    KEEPS_BACK,
    LOOSE,
    OUTPUT,
    PAUSES,
    QUITS,
    QUITS_LATER,
    SUSPENDS,
    TICKS,
    TIMER,
)

X = NodeId("x")


def emitted(index: int, value, number: int = 1) -> Emitted:
    return Emitted(X, number, index, "value", value, orjson.dumps(value))


def began(attempt: int = 1) -> Started:
    return Started(X, 1, attempt)


@pytest.fixture
def cpu_pool():
    with ThreadPoolExecutor(1) as pool:
        yield pool


@pytest.mark.parametrize(
    ("block", "value", "values", "failure"),
    [
        # What went out before the failure stays, in order, and the error is last.
        pytest.param(FAILS, 1, [1], ("failed", "no: 1"), id="raises"),
        pytest.param(
            BREAKS, 1, [], ("unexpected", "ZeroDivisionError: surprise"), id="surprises"
        ),
        pytest.param(
            LOOSE,
            1,
            [],
            ("bad_output", "Loose emitted on a pin it lacks: 'elsewhere'"),
            id="emits-elsewhere",
        ),
        pytest.param(
            AFTER_ERROR, 1, [1], ("failed", "no: 1"), id="goes-on-after-an-error"
        ),
        pytest.param(
            SUSPENDS,
            1,
            [1],
            ("unexpected", "RuntimeError: Suspends declares inline but suspended"),
            id="inline-that-suspends",
        ),
        # Nobody cancelled it: it says so itself. That is a failure like any other.
        pytest.param(QUITS, 1, [1], ("cancelled", "cancelled"), id="inline-that-quits"),
        pytest.param(
            QUITS_LATER, 1, [1], ("cancelled", "cancelled"), id="task-that-quits"
        ),
        pytest.param(BURNS, 1, [1, "done"], None, id="thread"),
        pytest.param(BURNS, "x", ["x"], ("failed", "no: x"), id="thread-that-fails"),
        pytest.param(
            ECHO, None, [], ("bad_input", "pin 'value' is required but got null"),
            id="null-on-a-required-pin",
        ),
    ],
)  # fmt: skip
async def test_whatever_a_block_does_becomes_events(
    block, value, values, failure, cpu_pool
):
    journal = InMemoryJournal()
    runner = runner_of(
        graph({"x": (block, {"value": value})}), journal=journal, cpu_pool=cpu_pool
    )
    async with asyncio.timeout(5):
        state = await runner.run()
    mine = [event for event in written(journal) if event.get("node_id") == "x"]
    assert [e["value"] for e in mine if e["type"] == "node.emitted"] == values
    last = mine[-1]
    if failure is None:
        assert last["type"] == "node.completed"
    else:
        assert (last["error"]["code"], last["error"]["message"]) == failure
        assert last["handled"] is False
    assert state.status == ("COMPLETED" if failure is None else "FAILED")


async def test_a_failure_whose_text_is_no_valid_text_is_told_all_the_same(monkeypatch):
    async def run(self, inputs, ctx):
        if inputs is not None:
            raise BlockError("half a letter: \ud800")
        yield "value", None

    monkeypatch.setattr(zoo.Echo, "run", run)
    journal = InMemoryJournal()
    state = await runner_of(graph({"x": (ECHO, {"value": 1})}), journal=journal).run()
    assert state.status == "FAILED"
    assert written(journal)[-2]["error"]["message"] == "half a letter: ?"


@pytest.mark.parametrize("fails", [False, True])
async def test_emissions_that_are_held_go_out_together_before_the_outcome(fails):
    journal = InMemoryJournal()
    agent = graph(
        {"x": (KEEPS_BACK, {"fails": fails}), "o": out(), "p": out("error")},
        "x.value -> o.value",
        "x.error -> p.value",
    )
    state = await runner_of(agent, journal=journal).run()
    assert state.status == "COMPLETED"
    assert state.outputs["out"] == [1, 2]
    assert state.outputs.get("error") == (["no"] if fails else None)
    assert types(journal, "x")[-1] == ("failed" if fails else "completed")


async def test_held_emissions_of_a_cancelled_attempt_never_go_out():
    journal = InMemoryJournal()
    runner = runner_of(graph({"x": KEEPS_BACK}), journal=journal)
    loop = asyncio.get_running_loop()
    loop.call_soon(loop.call_soon, runner.post, (CancelRequested(),))
    state = await runner.run()
    assert state.status == "CANCELLED"
    assert types(journal, "x") == ["started"]


class SlowJournal(InMemoryJournal):
    """Nothing is durable before `commit`."""

    def __init__(self) -> None:
        super().__init__()
        self.committed = asyncio.Event()
        self.asked = 0
        self.failure: Exception | None = None

    async def durable(self, run: RunHandle) -> None:
        self.asked += 1
        await self.committed.wait()
        if self.failure is not None:
            raise self.failure


@pytest.mark.parametrize(
    ("kind", "early"),
    [
        pytest.param("pure", True, id="pure-runs-ahead"),
        pytest.param("idempotent", False, id="idempotent-waits"),
        pytest.param("once", False, id="once-waits"),
    ],
)
async def test_what_is_not_pure_starts_only_after_all_before_it_is_durable(kind, early):
    zoo.ran.clear()
    journal = SlowJournal()
    agent = graph({"a": const(1), "x": (COUNTED, {"kind": kind})}, "a.value -> x.value")
    running = asyncio.create_task(runner_of(agent, journal=journal).run())
    for _ in range(20):
        await asyncio.sleep(0)
    assert bool(zoo.ran) is early
    assert types(journal, "x")[0] == "started", "it is written that it will start"
    journal.committed.set()
    await running
    assert zoo.ran == [("x", 1)]


async def test_nothing_starts_once_the_lease_is_lost():
    zoo.ran.clear()
    journal = SlowJournal()
    journal.failure = LeaseLost("gone")
    journal.committed.set()
    agent = graph({"x": (COUNTED, {"value": 1, "kind": "once"})})
    with pytest.raises(LeaseLost):
        await runner_of(agent, journal=journal).run()
    assert zoo.ran == []


def lost(*events: Event, attempts: int = 1) -> list[Event]:
    """A history in which the worker died during the last of these attempts."""
    return [Begun(), *(began(n + 1) for n in range(attempts)), *events]


@pytest.mark.parametrize(
    ("block", "past", "outputs", "code"),
    [
        # What repeating cannot harm is repeated.
        pytest.param((COUNTED, {"value": 1}), lost(), [1], None, id="idempotent"),
        pytest.param(
            (COUNTED, {"value": 1, "kind": "pure"}), lost(), [1], None, id="pure"
        ),
        # Nobody knows whether it took effect; it is never done again.
        pytest.param(
            (COUNTED, {"value": 1, "kind": "once"}), lost(), [], "outcome_unknown",
            id="once",
        ),
        pytest.param(
            (COUNTED, {"value": 1}), lost(attempts=2), [1], None, id="lost-twice"
        ),
        # It may be what kills the worker.
        pytest.param(
            (COUNTED, {"value": 1}), lost(attempts=3), [], "worker_lost",
            id="lost-three-times",
        ),
        pytest.param(
            (ECHO, {"value": 1}), lost(attempts=3), [], "worker_lost",
            id="inline-lost-three-times",
        ),
        # It has emitted: another attempt could emit something else.
        pytest.param(
            (COUNTED, {"value": 1}), lost(emitted(0, 1)), [1], "interrupted",
            id="idempotent-that-emitted",
        ),
        # Values that are out are skipped, the rest follows.
        pytest.param(
            (TICKS, {}), lost(Waiting(X, 1, 0, 5), emitted(1, 0)), [0, 1, 2], None,
            id="pure-goes-on-after-what-is-out",
        ),
        pytest.param(
            (PAUSES, {}), lost(Waiting(X, 1, 0, 5), emitted(1, 1)), [1, 2], None,
            id="a-wait-of-no-time-is-a-step-like-any-other",
        ),
        pytest.param(
            (PAUSES, {}),
            lost(
                Waiting(X, 1, 0, 5), emitted(1, 1), Waiting(X, 1, 2, 6), emitted(3, 2)
            ),
            [1, 2], None, id="everything-is-out-but-the-end",
        ),
        # Another value than before: the block is not what it says it is.
        pytest.param(
            (FICKLE, {"value": 0}), lost(emitted(0, 1)), [1], "bad_output",
            id="pure-that-is-not",
        ),
        pytest.param(
            (FICKLE, {"value": 0}), lost(emitted(0, 2), emitted(1, 3)), [2, 3],
            "bad_output", id="pure-that-does-less",
        ),
        pytest.param(
            (FICKLE, {"value": 0}), lost(Waiting(X, 1, 0, 5)), [], "bad_output",
            id="emits-where-it-waited",
        ),
    ],
)  # fmt: skip
async def test_a_lost_attempt(block, past, outputs, code):
    journal = InMemoryJournal()
    agent = graph({"x": block, "o": out()}, "x.value -> o.value")
    runner = runner_of(agent, journal=journal, past=past)
    async with asyncio.timeout(5):
        state = await runner.run()
    assert state.outputs == ({"out": outputs} if outputs else {})
    assert [error["code"] for error in state.errors] == ([code] if code else [])
    assert written(journal)[0]["seq"] == len(past) + 1
    (started,) = [
        e
        for e in written(journal)
        if e["type"] == "node.started" and e["node_id"] == "x"
    ]
    attempts = sum(isinstance(event, Started) for event in past)
    assert started["attempt"] == attempts + 1


async def test_a_zero_wait_is_written_so_that_a_repeat_finds_it():
    journal = InMemoryJournal()
    await runner_of(graph({"x": (PAUSES, {"seconds": 0})}), journal=journal).run()
    assert types(journal, "x") == [
        "started", "waiting", "emitted", "waiting", "emitted", "completed",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "ahead_s",
    [pytest.param(-5.0, id="time-has-come"), pytest.param(0.05, id="a-little-left")],
)
async def test_a_wait_goes_on_with_the_time_that_is_left(ahead_s):
    journal = InMemoryJournal()
    until = int((time.time() + ahead_s) * 1000)
    agent = graph({"x": (TIMER, {"seconds": 3600})})
    runner = runner_of(agent, journal=journal, past=lost(Waiting(X, 1, 0, until)))
    async with asyncio.timeout(5):
        state = await runner.run()
    assert state.status == "COMPLETED"
    assert types(journal, "x") == ["started", "emitted", "completed"]
    assert written(journal)[1]["at"] >= until


async def test_the_time_of_a_wait_comes_from_the_clock_of_the_run():
    journal = InMemoryJournal()
    agent = graph({"x": (TIMER, {"seconds": 0.01})})
    await runner_of(agent, journal=journal, clock=lambda: 1_000.0).run()
    (waiting,) = [e for e in written(journal) if e["type"] == "node.waiting"]
    assert waiting["until"] == 1_000_010
    assert waiting["at"] == 1_000_000


async def test_a_worker_that_dies_during_a_long_wait_is_not_held_against_the_node():
    journal = InMemoryJournal()
    until = int((time.time() + 0.05) * 1000)
    past = [Begun(), began(), Waiting(X, 1, 0, until), began(1), began(1), began(1)]
    agent = graph({"x": (TIMER, {"seconds": 3600})})
    async with asyncio.timeout(5):
        state = await runner_of(agent, journal=journal, past=past).run()
    assert state.status == "COMPLETED"
    assert written(journal)[0]["attempt"] == 1, "still the attempt that waits"


async def test_a_firing_that_ended_is_not_begun_again():
    zoo.ran.clear()
    journal = InMemoryJournal()
    agent = graph({"x": (COUNTED, {"value": 1}), "o": OUTPUT}, "x.value -> o.value")
    past = [*lost(), emitted(0, 1), Completed(X, 1)]
    await runner_of(agent, journal=journal, past=past).run()
    assert zoo.ran == []
    assert types(journal, "x") == []


async def test_a_long_error_text_is_cut_and_says_so():
    journal = InMemoryJournal()
    agent = graph({"x": (FAILS, {"value": "n" * 50_000})})
    await runner_of(agent, journal=journal).run()
    message = written(journal)[-2]["error"]["message"]
    assert len(message) < 10_100
    assert message.endswith("(cut: 50,004 characters in all)")


@pytest.mark.parametrize(
    ("block", "is_held_back"),
    [
        # Others may hold the lease by now, and have begun what this would do twice.
        pytest.param(KEEPS_BACK, True, id="has-effects"),
        pytest.param(ECHO, False, id="pure"),
    ],
)
async def test_effects_wait_for_a_lease_that_is_good(block, is_held_back):
    leases: list[bool] = [False]
    journal = InMemoryJournal()
    runner = runner_of(
        graph({"x": (block, {"value": 1})}),
        journal=journal,
        may_act=lambda: leases[-1],
    )
    async with asyncio.timeout(5):
        run = asyncio.create_task(runner.run())
        while "started" not in types(journal, "x"):
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)
        assert ("completed" not in types(journal, "x")) is is_held_back
        leases.append(True)
        await run
    assert types(journal, "x")[-1] == "completed"
