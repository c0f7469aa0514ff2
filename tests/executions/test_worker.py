"""The loop that runs many executions, with a store and a journal in memory."""

import asyncio

import pytest

from core.ids import new_id
from executions.engine import worker as module
from executions.engine.journal import (
    News,
    Parent,
)
from tests.executions.memory_worker import (
    COMPLETED,
    FAILED,
    claim_of,
    quick,
    slow,
    working,
)
from tests.graphs_by_hand import graph
from tests.zoo import ECHO, INPUT
from tests.zoo_trouble import acts


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
    looks = zip(world.store.looks, world.store.shares, strict=True)
    assert all(limit <= 3 for (limit, _), share in looks if share is None)


async def test_the_last_places_are_for_those_who_have_few(monkeypatch):
    """However long what fills the others waits."""
    monkeypatch.setattr(module, "RUNS_AT_MOST", 3)
    monkeypatch.setattr(module, "KEPT_FREE", 2)
    async with working() as world:
        await world.accept(*[slow(60)] * 10)
        await world.until(lambda: 2 in world.store.shares)
        assert world.worker.running == 3
        wanted = dict(zip(world.store.looks, world.store.shares, strict=True))
        # Two places, kept for workspaces with fewer than two running.
        assert [(look[0], share) for look, share in wanted.items() if share] == [(2, 2)]


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
