"""The loop that runs many executions, with a store and a journal in memory."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from core.ids import new_id
from executions.domain.status import ExecutionStatus
from executions.engine import worker as module
from executions.engine.context import RunIdentity
from executions.engine.journal import (
    Entry,
    Extras,
    InMemoryJournal,
    LeaseLost,
    News,
    Parent,
    RunHandle,
)
from executions.engine.worker import Claim, Worker
from graphs.domain.model import Graph
from tests.executions.memory_store import MemoryStore
from tests.executions.running import NO_HTTP, run_of
from tests.graphs_by_hand import graph
from tests.zoo import ECHO, INPUT, OUTPUT, SLEEPS
from tests.zoo_trouble import ACTS, STREAMS, acts

COMPLETED, FAILED = ExecutionStatus.COMPLETED, ExecutionStatus.FAILED


class Journal(InMemoryJournal):
    """Commits at once, but for those whose lease another has."""

    def __init__(self) -> None:
        super().__init__()
        self.refuses: dict[Any, str] = {}
        self.is_slow = False

    def append(self, entry: Entry) -> None:
        run = entry.run
        why = self.refuses.get(run.execution_id, "")
        if why and not _is_engine_error(entry):
            run.lost, run.refused = True, why
            return
        if not run.lost:
            super().append(entry)
            run.committed = entry.last_seq

    async def durable(self, run: RunHandle) -> None:
        if self.is_slow:
            await asyncio.sleep(60)
        if run.lost:
            raise LeaseLost(str(run.execution_id))

    def end_of(self, claim: Claim) -> Any:
        id_ = claim.handle.execution_id
        ends = [e.end for e in self.entries if e.run.execution_id == id_ and e.end]
        assert len(ends) <= 1
        return ends[0] if ends else None

    def park_of(self, claim: Claim) -> Any:
        (park,) = [extras.park for extras in self.extras_of(claim) if extras.park]
        return park

    def folded_of(self, claim: Claim) -> list[int]:
        return [id_ for extras in self.extras_of(claim) for id_ in extras.folded]

    def extras_of(self, claim: Claim) -> list[Extras]:
        id_ = claim.handle.execution_id
        mine = [entry for entry in self.entries if entry.run.execution_id == id_]
        return [entry.extras for entry in mine if entry.extras is not None]

    def numbers_of(self, claim: Claim) -> list[int]:
        return [
            orjson.loads(event)["seq"]
            for entry in self.entries
            if entry.run.execution_id == claim.handle.execution_id
            for event in entry.events
        ]


def _is_engine_error(entry: Entry) -> bool:
    return any(b"engine_error" in event for event in entry.events)


def quick() -> Graph:
    return graph(
        {"a": (ECHO, {"value": 1}), "out": (OUTPUT, {"name": "out"})},
        "a.value -> out.value",
    )


def slow(seconds: float = 60) -> Graph:
    return graph({"a": (SLEEPS, {"value": seconds})})


def acting(effect: str, seconds: float) -> Graph:
    return graph({"a": (ACTS, {"effect": effect, "seconds": seconds})})


def claim_of(agent: Graph) -> Claim:
    run = run_of(agent)
    return Claim(run.handle, RunIdentity(), run)


class World:
    def __init__(self) -> None:
        self.store, self.journal = MemoryStore(), Journal()
        self.worker = Worker(
            store=self.store, journal=self.journal, http=NO_HTTP, clock=lambda: 1.0
        )

    async def until(self, is_so: Callable[[], bool], within_s: float = 5) -> None:
        async with asyncio.timeout(within_s):
            while not is_so():
                await asyncio.sleep(0.002)

    async def accept(self, *agents: Graph) -> list[Claim]:
        claims = [claim_of(agent) for agent in agents]
        self.store.put(*claims)
        self.worker.ring()
        return claims

    async def end_of(self, claim: Claim) -> Any:
        await self.until(lambda: self.journal.end_of(claim) is not None)
        return self.journal.end_of(claim)


@asynccontextmanager
async def working() -> AsyncIterator[World]:
    world = World()
    serving = asyncio.create_task(world.worker.serve())
    try:
        yield world
    finally:
        world.worker.stop()
        await serving


@pytest.fixture(autouse=True)
def _short_goodbye(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "GOODBYE_S", 0.05)
    acts.clear()


async def test_a_run_comes_to_its_end_and_is_forgotten():
    async with working() as world:
        (claim,) = await world.accept(quick())
        end = await world.end_of(claim)
        await world.until(lambda: world.worker.running == 0)
    assert (end.status, end.outputs) == (COMPLETED, {"out": [1]})
    assert world.worker.held == []
    assert world.store.released == []


async def test_many_rings_are_few_looks():
    async with working() as world:
        await world.until(lambda: len(world.store.looks) == 1)
        for _ in range(500):
            world.worker.ring()
        await asyncio.sleep(0.1)
        assert len(world.store.looks) <= 4


async def test_it_looks_by_itself_when_no_bell_is_heard(monkeypatch):
    monkeypatch.setattr(module, "LOOK_EVERY_S", 0.05)
    async with working() as world:
        await world.until(lambda: len(world.store.looks) >= 1)
        claim = claim_of(quick())
        world.store.put(claim)  # and nobody rings
        await world.end_of(claim)


async def test_no_ring_is_lost(monkeypatch):
    """Without the look of each second, every run must be found by its own ring."""
    monkeypatch.setattr(module, "LOOK_EVERY_S", 60)
    async with working() as world:
        claims = []
        for number in range(200):
            claims += await world.accept(quick())
            if number % 3:
                await asyncio.sleep(0)
        for claim in claims:
            assert (await world.end_of(claim)).status is COMPLETED


async def test_it_never_claims_more_than_it_can_hold(monkeypatch):
    monkeypatch.setattr(module, "RUNS_AT_MOST", 3)
    monkeypatch.setattr(module, "LOOK_EVERY_S", 60)
    async with working() as world:
        claims = await world.accept(*[slow(0.05)] * 10)
        most = 0
        while any(world.journal.end_of(claim) is None for claim in claims):
            most = max(most, world.worker.running)
            await asyncio.sleep(0.002)
    assert most == 3
    assert all(limit <= 3 for limit, _ in world.store.looks)


async def test_a_full_batch_means_there_is_more(monkeypatch):
    monkeypatch.setattr(module, "CLAIM_AT_MOST", 4)
    monkeypatch.setattr(module, "LOOK_EVERY_S", 60)
    async with working() as world:
        for claim in await world.accept(*[quick()] * 18):
            await world.end_of(claim)


async def test_a_store_that_is_away_is_asked_again(monkeypatch, caplog):
    monkeypatch.setattr(module, "LOOK_EVERY_S", 0.02)
    async with working() as world:
        world.store.is_away = True
        (claim,) = await world.accept(quick())
        await world.until(lambda: len(world.store.looks) >= 3)
        world.store.is_away = False
        assert (await world.end_of(claim)).status is COMPLETED
    assert "could not look for work" in caplog.text


# --- Runs that cannot go on -----------------------------------------------------------


async def test_a_plan_that_cannot_be_made_fails_the_run():
    async with working() as world:
        claim = claim_of(quick())._replace(run=None, fault="ValueError: no such block")
        world.store.put(claim)
        world.worker.ring()
        end = await world.end_of(claim)
        await world.until(lambda: bool(world.store.closed))
    assert end.status is FAILED
    assert [error["code"] for error in end.errors] == ["engine_error"]
    assert "no such block" in end.errors[0]["message"]


async def test_who_called_a_run_that_cannot_go_on_is_told():
    async with working() as world:
        claim = claim_of(quick())._replace(run=None, fault="ValueError: no such block")
        claim.handle.parent = Parent(new_id(), "a", 1)
        world.store.put(claim)
        world.worker.ring()
        end = await world.end_of(claim)
    (extras,) = world.journal.extras_of(claim)
    assert extras.news == News((), end)


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param({"inputs": None}, id="before its first step"),
        pytest.param({"rows": None}, id="in its midst"),
    ],
)
async def test_an_engine_error_fails_one_run_and_no_other(broken, caplog):
    agent = graph({"in": (INPUT, {"name": "x"}), "a": (ECHO, {"value": 1})})
    async with working() as world:
        claim, fine = claim_of(agent), claim_of(slow(0.05))
        for name, value in broken.items():
            object.__setattr__(claim.run, name, value)
        world.store.put(claim, fine)
        world.worker.ring()
        ends = [await world.end_of(claim) for claim in (claim, fine)]
    assert [end.status for end in ends] == [FAILED, COMPLETED]
    assert [error["code"] for error in ends[0].errors] == ["engine_error"]
    assert "broke the engine" in caplog.text


async def test_what_the_journal_refuses_fails_the_run_with_the_reason():
    async with working() as world:
        claim, fine = claim_of(quick()), claim_of(quick())
        world.journal.refuses[claim.handle.execution_id] = "DataError: too long"
        world.store.put(claim, fine)
        world.worker.ring()
        end = await world.end_of(claim)
        assert (await world.end_of(fine)).status is COMPLETED
    assert end.status is FAILED
    assert "DataError: too long" in end.errors[0]["message"]
    assert world.journal.numbers_of(claim) == [1]


# --- Leases ---------------------------------------------------------------------------


async def test_a_lost_lease_ends_the_run_here_without_a_word(caplog):
    caplog.set_level(logging.WARNING)
    async with working() as world:
        (claim,) = await world.accept(slow(0.05))
        await world.until(lambda: world.worker.running == 1)
        claim.handle.lost = True
        assert world.worker.held == []
        await world.until(lambda: world.worker.running == 0)
    assert world.journal.end_of(claim) is None
    assert "lost the lease" in caplog.text


async def test_abandoned_runs_stop_and_write_nothing_more():
    async with working() as world:
        claims = await world.accept(slow(), slow())
        await world.until(lambda: world.worker.running == 2)
        written = len(world.journal.entries)
        world.worker.abandon()
        assert world.worker.held == []
        await world.until(lambda: world.worker.running == 0)
        (after,) = await world.accept(quick())
        assert (await world.end_of(after)).status is COMPLETED
    assert [world.journal.end_of(claim) for claim in claims] == [None, None]
    of_claims = [
        e for e in world.journal.entries[written:] if e.run is not after.handle
    ]
    assert of_claims == []


async def test_a_run_abandoned_before_its_first_step_is_forgotten():
    world = World()
    world.worker._begin(claim_of(quick()))
    world.worker.abandon()
    await world.until(lambda: world.worker.running == 0)
    assert world.journal.entries == []


async def test_a_run_claimed_again_replaces_the_stale_one():
    async with working() as world:
        (first,) = await world.accept(slow())
        await world.until(lambda: world.worker.running == 1)
        again = run_of(quick())
        again.handle.execution_id = first.handle.execution_id
        again.handle.lease_token = 2
        second = Claim(again.handle, RunIdentity(), again)
        world.store.put(second)
        world.worker.ring()
        end = await world.end_of(second)
        await world.until(lambda: world.worker.running == 0)
    assert end.status is COMPLETED
    assert first.handle.lost


@pytest.mark.parametrize("effect", ["pure", "idempotent"])
async def test_stopping_hands_over_what_may_be_begun_anew(effect, monkeypatch):
    monkeypatch.setattr(module, "DRAIN_S", 0)
    async with working() as world:
        (long, _) = await world.accept(acting(effect, 60), quick())
        await world.until(lambda: world.worker.running == 1)
    assert world.store.released == []
    assert world.journal.end_of(long) is None
    park = world.journal.park_of(long)
    assert (park.reason, park.until) == ("", datetime.fromtimestamp(1, UTC))
    (retrying,) = [e for e in world.journal.events if b"node.retrying" in e]
    assert orjson.loads(retrying)["error"]["code"] == "handed_over"
    assert long.handle.committed == world.journal.numbers_of(long)[-1]


async def test_stopping_lets_what_is_nearly_done_end_and_begins_nothing(monkeypatch):
    monkeypatch.setattr(module, "GOODBYE_S", 5)
    agent = graph({"a": (SLEEPS, {"value": 0.2}), "b": ECHO}, "a.value -> b.value")
    async with working() as world:
        (claim,) = await world.accept(agent)
        await world.until(lambda: world.worker.running == 1)
    assert world.journal.end_of(claim) is None
    assert world.journal.park_of(claim).reason == ""
    told = b"".join(world.journal.events)
    assert told.count(b"node.started") == told.count(b"node.completed") == 1


async def test_a_run_that_stops_by_itself_meanwhile_is_not_handed_over():
    async with working() as world:
        (claim,) = await world.accept(quick())
        await world.until(lambda: world.journal.end_of(claim) is not None)
    assert world.journal.extras_of(claim) == []


async def test_an_attempt_that_must_not_be_repeated_may_end_first(monkeypatch):
    monkeypatch.setattr(module, "GOODBYE_S", 5)
    async with working() as world:
        (claim,) = await world.accept(acting("once", 0.1))
        await world.until(lambda: bool(acts))
    assert world.journal.end_of(claim).status is COMPLETED
    assert world.store.released == []


async def test_values_that_are_out_are_not_given_again(monkeypatch):
    monkeypatch.setattr(module, "GOODBYE_S", 5)
    async with working() as world:
        (claim,) = await world.accept(graph({"a": (STREAMS, {"seconds": 0.1})}))
        await world.until(lambda: b"1a" in b"".join(world.journal.events))
    assert world.journal.end_of(claim).status is COMPLETED


async def test_it_has_stopped_before_its_lease_is_handed_back(monkeypatch):
    """Else another worker might begin what still goes on here."""
    running: list[int] = []
    async with working() as world:
        release = world.store.release

        def noted(handles: Sequence[RunHandle]) -> None:
            running.append(world.worker.running)
            release(handles)

        monkeypatch.setattr(world.store, "release", noted)
        (claim,) = await world.accept(acting("once", 60))
        await world.until(lambda: bool(acts))
    assert running == [0]
    assert world.store.released == [claim.handle]
    assert world.journal.extras_of(claim) == []


# --- Signals --------------------------------------------------------------------------


async def test_a_cancelled_run_that_is_queued_runs_no_node():
    async with working() as world:
        claim = claim_of(quick())._replace(is_signalled=True)
        signal = world.store.signal(claim.handle.execution_id)
        world.store.put(claim)
        world.worker.ring()
        end = await world.end_of(claim)
    assert end.status is ExecutionStatus.CANCELLED
    assert not any(b"node.started" in event for event in world.journal.events)
    assert world.journal.folded_of(claim) == [signal]


async def test_a_signal_is_told_once_and_folded_with_what_came_of_it(monkeypatch):
    monkeypatch.setattr(module, "LOOK_EVERY_S", 0.01)
    async with working() as world:
        (claim,) = await world.accept(slow())
        await world.until(lambda: world.worker.running == 1)
        signal = world.store.signal(claim.handle.execution_id)
        assert (await world.end_of(claim)).status is ExecutionStatus.CANCELLED
    asked = [e for e in world.journal.events if b"cancel_requested" in e]
    assert len(asked) == 1
    assert world.journal.folded_of(claim) == [signal]


async def test_a_signal_outlives_a_run_that_is_handed_back(monkeypatch):
    """It was told, but the end that it leads to was not durable yet."""
    monkeypatch.setattr(module, "LOOK_EVERY_S", 0.01)
    async with working() as world:
        (claim,) = await world.accept(slow())
        await world.until(lambda: world.worker.running == 1)
        world.journal.is_slow = True
        world.store.signal(claim.handle.execution_id)
        await world.until(lambda: b"cancel_requested" in b"".join(world.journal.events))
    assert world.store.released == [claim.handle]


async def test_a_signal_for_a_lost_run_stays_for_the_next_holder(monkeypatch):
    monkeypatch.setattr(module, "LOOK_EVERY_S", 0.01)
    async with working() as world:
        (claim,) = await world.accept(slow())
        await world.until(lambda: world.worker.running == 1)
        claim.handle.lost = True
        world.store.signal(claim.handle.execution_id)
        await world.until(lambda: world.worker.running == 0)
        await asyncio.sleep(0.05)
    assert world.journal.folded_of(claim) == []
