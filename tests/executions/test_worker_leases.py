"""Leases and signals of the runs that a worker holds, and how it stops."""

import asyncio
import logging
from collections.abc import Sequence
from datetime import UTC, datetime

import orjson
import pytest

from executions.domain.status import ExecutionStatus
from executions.engine import worker as module
from executions.engine.context import RunIdentity
from executions.engine.journal import (
    RunHandle,
)
from executions.engine.worker import Claim
from tests.executions.memory_worker import (
    COMPLETED,
    World,
    acting,
    claim_of,
    quick,
    slow,
    working,
)
from tests.executions.running import run_of
from tests.graphs_by_hand import graph
from tests.zoo import ECHO, SLEEPS
from tests.zoo_trouble import STREAMS, acts


@pytest.fixture(autouse=True)
def _short_goodbye(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "GOODBYE_S", 0.05)
    acts.clear()


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
