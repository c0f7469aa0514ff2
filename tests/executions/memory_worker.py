"""A worker with a store and a journal in memory."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import orjson

from executions.domain.status import ExecutionStatus
from executions.engine.context import RunIdentity
from executions.engine.journal import (
    Entry,
    Extras,
    InMemoryJournal,
    LeaseLost,
    RunHandle,
)
from executions.engine.worker import Claim, Worker
from graphs.domain.model import Graph
from tests.executions.memory_store import MemoryStore
from tests.executions.running import NO_WORLD, run_of
from tests.graphs_by_hand import graph
from tests.zoo import ECHO, OUTPUT, SLEEPS
from tests.zoo_trouble import ACTS

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
            store=self.store, journal=self.journal, world=NO_WORLD, clock=lambda: 1.0
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
