"""The loop of a run: numbering, entries, stops, deadlines and fairness."""

import asyncio
import time

import pytest

from core.limits import Limits
from executions.domain.events import CancelRequested
from executions.domain.scheduler import advance, begin
from executions.domain.status import NodeStatus
from executions.domain.wire import from_json
from executions.engine import crew
from executions.engine.journal import InMemoryJournal
from graphs.domain.model import Graph, NodeId
from tests.executions import cases_firing, cases_values
from tests.executions.driver import dump
from tests.executions.running import runner_of, types, written
from tests.executions.short import const, out
from tests.graphs_by_hand import graph
from tests.zoo import (
    ADD,
    EACH,
    ECHO,
    FAILS,
    FLOODS,
    KEEPS_BACK,
    NOTE,
    SLEEPS,
    STUBBORN,
    TIMER,
)

CASES = [
    *cases_firing.FIRING,
    *cases_firing.OUTPUTS,
    *cases_firing.INPUTS,
    *cases_firing.STATIC,
    *cases_values.DYNAMIC,
    *cases_values.FAILURES,
]


@pytest.mark.parametrize(("agent", "outputs", "status", "more"), CASES)
async def test_the_engine_ends_each_case_as_the_rules_say(
    agent: Graph, outputs, status, more
):
    journal = InMemoryJournal()
    runner = runner_of(agent, more.get("inputs"), journal=journal)
    state = await runner.run()

    assert (state.status, state.outputs) == (status, outputs)
    assert state.started == more.get("count", state.started)
    events = written(journal)
    assert [event["seq"] for event in events] == [*range(1, len(events) + 1)]
    assert events[0]["type"] == "execution.started"
    assert events[-1]["type"] == "execution.finished"
    assert [event["type"] for event in events].count("execution.finished") == 1
    check_entries(journal)
    replayed, _ = begin(state.plan, more.get("inputs", {}), state.limits)
    for document in events:
        event = from_json(document)
        assert event is not None
        advance(replayed, event)
    assert dump(replayed) == dump(state)


def check_entries(journal: InMemoryJournal) -> None:
    """Each entry says its last number, and only the last one says the end."""
    seq = 0
    for entry in journal.entries:
        seq += len(entry.events)
        assert entry.last_seq == seq
        assert (entry.end is not None) == (entry is journal.entries[-1])


@pytest.mark.parametrize(
    "block",
    [
        pytest.param((EACH, {"items": [*range(200)]}), id="inline"),
        pytest.param(KEEPS_BACK, id="held-until-success"),
        pytest.param((KEEPS_BACK, {"fails": True}), id="held-until-failure"),
    ],
)
async def test_an_entry_never_splits_what_belongs_together(block):
    journal = InMemoryJournal()
    agent = graph({"e": block, "f": ECHO}, "e.value -> f.value")
    await runner_of(agent, journal=journal).run()
    homes = [
        number
        for number, entry in enumerate(journal.entries)
        for event in entry.events
        if b'"node_id":"e"' in event and b'"node.started"' not in event
    ]
    assert len(homes) > 2
    assert len(set(homes)) == 1


async def test_rows_tell_the_same_as_the_events():
    journal = InMemoryJournal()
    agent = graph(
        {"a": const(1), "f": FAILS, "t": (TIMER, {"value": 2}), "o": out()},
        "a.value -> f.value",
        "f.value -> o.value",
        "t.value -> o.value",
    )
    await runner_of(agent, journal=journal).run()
    rows = {}
    for entry in journal.entries:
        for row in entry.rows:
            assert row.is_new == (row.id not in rows)
            rows[row.id] = row
    shown = {(row.node_id, row.number): row for row in rows.values()}
    assert len(shown) == len(rows) == 5
    failed = shown[NodeId("f"), 1]
    assert failed.status is NodeStatus.FAILED
    assert failed.error == {"code": "failed", "message": "no: 1"}
    assert failed.inputs == b'{"value":1}'
    assert failed.outputs == b'[["value",1]]'
    assert all(row.ended_at is not None for row in rows.values())
    others = [row.status for key, row in shown.items() if key != ("f", 1)]
    assert set(others) == {NodeStatus.COMPLETED}


SLOW = graph({"s": (SLEEPS, {"value": 3600})})


@pytest.mark.parametrize(
    "agent",
    [
        pytest.param(SLOW, id="something-would-run"),
        pytest.param(graph({}), id="nothing-would-run"),
        pytest.param(graph({"n": NOTE}), id="a-note"),
    ],
)
async def test_a_cancel_before_the_beginning(agent):
    journal = InMemoryJournal()
    runner = runner_of(agent, journal=journal)
    runner.post((CancelRequested(),))
    async with asyncio.timeout(5):
        state = await runner.run()
    assert state.status.is_final
    assert types(journal)[-1] == "finished"
    assert "started" not in types(journal, "s")


async def test_a_cancel_with_the_first_commands_passing_a_limit():
    journal = InMemoryJournal()
    agent = graph({"a": const(1), "b": const(2)})
    runner = runner_of(agent, journal=journal, limits=Limits(node_executions=1))
    runner.post((CancelRequested(),))
    async with asyncio.timeout(5):
        assert (await runner.run()).status == "FAILED"


async def test_a_cancel_stops_what_runs():
    journal = InMemoryJournal()
    runner = runner_of(SLOW, journal=journal)
    asyncio.get_running_loop().call_later(0.01, runner.post, (CancelRequested(),))
    async with asyncio.timeout(2):
        state = await runner.run()
    assert state.status == "CANCELLED"
    assert types(journal) == ["started", "started", "cancel_requested", "finished"]
    (row,) = journal.entries[-1].rows
    assert row.status is NodeStatus.CANCELLED
    assert row.ended_at is not None


async def test_a_cancel_does_not_wait_for_a_block_that_refuses(monkeypatch):
    monkeypatch.setattr(crew, "GOODBYE_S", 0.05)
    journal = InMemoryJournal()
    runner = runner_of(graph({"s": (STUBBORN, {"value": 2})}), journal=journal)
    asyncio.get_running_loop().call_later(0.01, runner.post, (CancelRequested(),))
    async with asyncio.timeout(2):
        state = await runner.run()
    assert state.status == "CANCELLED"
    count = len(journal.events)
    (left,) = asyncio.all_tasks() - {asyncio.current_task()}
    left.cancel()
    await asyncio.wait([left])
    assert len(journal.events) == count, "nothing is written after the end"


async def test_the_wall_time_ends_a_run():
    journal = InMemoryJournal()
    runner = runner_of(SLOW, journal=journal, limits=Limits(run_seconds=0.02))
    async with asyncio.timeout(2):
        state = await runner.run()
    assert state.status == "TIMED_OUT"
    (error,) = state.errors
    assert error["message"] == "The run took longer than the 0.02 s it may take."
    assert types(journal)[-2:] == ["time_exceeded", "finished"]


async def test_wall_time_counts_from_the_first_claim():
    journal = InMemoryJournal()
    runner = runner_of(SLOW, journal=journal, started_at=time.time() - 24 * 3600 - 1)
    async with asyncio.timeout(2):
        assert (await runner.run()).status == "TIMED_OUT"


@pytest.mark.parametrize(
    ("nodes", "links", "count"),
    [
        pytest.param(
            {"e": (EACH, {"items": [*range(10_000)]}), "f": ECHO},
            ["e.value -> f.value"],
            10_001,
            id="fan-out",
        ),
        pytest.param(
            {"a": (ADD, {"value": 0, "limit": 9_999}), "b": (ADD, {"limit": 9_999})},
            ["a.less -> b.value", "b.less -> b.value"],
            9_999,
            id="loop",
        ),
    ],
)
async def test_a_large_run_lets_others_have_the_loop(nodes, links, count):
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            ticks += 1
            await asyncio.sleep(0)

    other = asyncio.create_task(tick())
    limits = Limits(node_executions=20_000)
    runner = runner_of(graph(nodes, *links), journal=InMemoryJournal(), limits=limits)
    state = await runner.run()
    other.cancel()
    assert state.started == count
    assert ticks > count / 200


async def test_a_task_that_emits_a_lot_is_heard_in_parts():
    journal = InMemoryJournal()
    agent = graph({"x": (FLOODS, {"count": 5_000}), "f": ECHO}, "x.value -> f.value")
    state = await runner_of(agent, journal=journal).run()
    assert state.started == 5_001
    assert max(len(entry.events) for entry in journal.entries) < 1_000


async def test_outputs_keep_the_order_of_firings_that_end_in_reverse():
    agent = graph(
        {"e": (EACH, {"items": [0.03, 0.02, 0.01]}), "s": SLEEPS, "o": out()},
        "e.value -> s.value",
        "s.value -> o.value",
    )
    state = await runner_of(agent, journal=InMemoryJournal()).run()
    assert state.outputs == {"out": [0.03, 0.02, 0.01]}


async def test_an_interrupt_from_the_keyboard_is_not_a_failure_of_the_node(monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(crew, "drive_inline", interrupted)
    with pytest.raises(KeyboardInterrupt):
        await runner_of(graph({"a": const(1)}), journal=InMemoryJournal()).run()
