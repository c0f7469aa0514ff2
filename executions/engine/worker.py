"""One loop that runs many executions: look for work, run it, keep its leases."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from math import inf
from typing import Final, NamedTuple, Protocol, TypeVar
from uuid import UUID

from blocks.values import JsonObject
from core import failpoints
from executions.domain.events import Finished
from executions.domain.status import ExecutionStatus
from executions.domain.wire import to_json
from executions.engine.context import RunIdentity, contexts
from executions.engine.journal import (
    End,
    Entry,
    Extras,
    Journal,
    LeaseLost,
    News,
    RunHandle,
)
from executions.engine.resolver import NothingOutside, Resolver
from executions.engine.rules import HOPELESS_FROM, SUSPECT_FROM
from executions.engine.run import ReceivedSignal, Run
from executions.engine.runner import Runner
from executions.engine.world import World

logger = logging.getLogger(__name__)

LOOK_EVERY_S: Final = 1.0
LOOK_AFTER_END_S: Final = 0.02
SIGNALS_EVERY_S: Final = 0.1
CLAIM_AT_MOST: Final = 250
RUNS_AT_MOST: Final = 1_000
KEPT_FREE: Final = 50
"""Places beyond these, for workspaces that have fewer running: a thousand runs of one
that wait in step would keep all others waiting as long."""
DRAIN_S: Final = 5.0
GOODBYE_S: Final = 15.0
ATTEMPTS_STOP_S: Final = 6.0
HAND_OVER_EVERY_S: Final = 0.25

T = TypeVar("T")


class Claim(NamedTuple):
    """An execution that is ours now. Without a `run`, `fault` says why it cannot be.

    `is_signalled`: a signal waits for it.
    """

    handle: RunHandle
    identity: RunIdentity
    run: Run | None
    fault: str = ""
    is_signalled: bool = False


class Look(NamedTuple):
    """What was claimed, all signals for that and for what was held, and in how many
    seconds the next parked run is due, if nothing was claimed."""

    claims: list[Claim]
    signals: list[ReceivedSignal]
    next_wake_s: float = inf


class Store(Protocol):
    """Where executions are claimed; its methods block and are called in a thread."""

    def look(self, limit: int, held: Sequence[UUID], share: int | None = None) -> Look:
        """Claim up to `limit` executions; with a `share`, of what is queued none of a
        workspace that has so many running."""
        ...

    def release(self, handles: Sequence[RunHandle]) -> None:
        """Hand leases back."""
        ...

    def close(self, handle: RunHandle) -> None:
        """After an end that the engine made itself: nothing of it is left open."""
        ...


def _alone(identity: RunIdentity, run: Run) -> Resolver:
    return NothingOutside()


class Worker:
    """Create it on its loop. `ring` may be called from anywhere."""

    def __init__(
        self,
        *,
        store: Store,
        journal: Journal,
        world: World,
        clock: Callable[[], float],
        cpu_pool: Executor | None = None,
        resolver_for: Callable[[RunIdentity, Run], Resolver] = _alone,
        may_act: Callable[[], bool] = lambda: True,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._resolver_for = resolver_for
        self._may_act = may_act
        self._store = store
        self._store_thread = ThreadPoolExecutor(1, thread_name_prefix="store")
        self._journal = journal
        self._world = world
        self._clock = clock
        self._cpu_pool = cpu_pool
        self._runs: dict[UUID, tuple[Runner, asyncio.Task[None]]] = {}
        self._failing: set[asyncio.Task[None]] = set()
        self._delivered: dict[UUID, set[int]] = {}
        self._heard_at = -SIGNALS_EVERY_S
        self._bell = asyncio.Event()
        self._next_wake_s = inf
        self._is_look_planned = False
        self._stopping = False

    def ring(self) -> None:
        """Say that there may be work."""
        self.call(self._bell.set)

    def ring_for_signals(self) -> None:
        """Say that there may be work, and signals for what runs here."""
        self.call(self._expect_signals)

    def _expect_signals(self) -> None:
        self._heard_at = -SIGNALS_EVERY_S
        self._bell.set()

    def call(self, what: Callable[[], None]) -> None:
        """Do `what` on the loop, from any thread; nothing once the loop is gone."""
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(what)

    def stop(self) -> None:
        """Claim nothing more; `serve` returns when what runs has ended or been handed
        back."""
        self._stopping = True
        self._bell.set()

    def abandon(self) -> None:
        """Drop every run without a word: the leases may be gone."""
        for runner, task in self._runs.values():
            runner.handle.lost = True
            task.cancel()

    @property
    def running(self) -> int:
        return len(self._runs)

    @property
    def holds_suspect(self) -> bool:
        """A run is here with which workers died; safe from any thread."""
        return any(
            run.handle.lost_leases >= SUSPECT_FROM
            for run, _ in tuple(self._runs.values())
        )

    @property
    def held(self) -> list[UUID]:
        """The executions whose leases are to be kept; safe from any thread."""
        return [
            id_ for id_, (run, _) in tuple(self._runs.items()) if not run.handle.lost
        ]

    async def serve(self) -> None:
        while not self._stopping:
            self._bell.clear()
            found = await self._look()
            if found < CLAIM_AT_MOST:
                await self._wait_for_bell()
        await self._say_goodbye()

    async def _wait_for_bell(self) -> None:
        """Until somebody rings, a parked run is due, or it is time to look anyhow."""
        seconds = min(self._next_wake_s, LOOK_EVERY_S)
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._bell.wait()

    async def _look(self) -> int:
        """Claim what is due and hear signals; answers how many were claimed."""
        free, share = _places(len(self._runs))
        held = list(self._runs) if self._is_time_for_signals() else []
        try:
            claims, signals, self._next_wake_s = await self._in_store_thread(
                lambda: self._store.look(free, held, share)
            )
        except Exception:
            logger.exception("worker: could not look for work; trying again")
            await asyncio.sleep(LOOK_EVERY_S / 2)
            return 0
        for claim in claims:
            self._begin(claim)
        for signal in signals:
            self._deliver(signal)
        return len(claims)

    def _is_time_for_signals(self) -> bool:
        """Not at each of many rings: a signal may take a moment to be heard."""
        now = self._loop.time()
        if now - self._heard_at < SIGNALS_EVERY_S:
            return False
        self._heard_at = now
        return True

    def _deliver(self, signal: ReceivedSignal) -> None:
        """A signal stays in the database until what came of it is durable."""
        run = self._runs.get(signal.execution_id)
        if run is None:
            return
        delivered = self._delivered.setdefault(signal.execution_id, set())
        if signal.id in delivered:
            return
        delivered.add(signal.id)
        if signal.kind == "cancel":
            failpoints.hit("F13")
        run[0].signal(signal)

    def _begin(self, claim: Claim) -> None:
        fault = claim.fault or _hopeless(claim.handle)
        if claim.run is None or fault:
            self._fail_soon(claim.handle, fault)
            return
        earlier = self._runs.get(claim.handle.execution_id)
        if earlier is not None:
            # Our own lease ran out and we claimed it again: the older run is stale.
            earlier[0].handle.lost = True
            earlier[1].cancel()
        try:
            runner = self._runner(claim.run, claim.identity)
        except Exception as error:
            # Its past cannot be folded; that must not end the loop of all others.
            logger.exception("worker: run %s broke the engine", claim.run.handle)
            self._fail_soon(claim.handle, f"{type(error).__name__}: {error}")
            return
        task = self._loop.create_task(self._run(runner))
        self._runs[claim.handle.execution_id] = (runner, task)
        self._delivered.pop(claim.handle.execution_id, None)
        # Not in the task itself: one cancelled before its first step runs nothing.
        task.add_done_callback(lambda _: self._forget(runner))

    def _runner(self, run: Run, identity: RunIdentity) -> Runner:
        return Runner(
            run,
            journal=self._journal,
            context_for=contexts(identity, self._world, self._clock, run.plan),
            clock=self._clock,
            resolver=self._resolver_for(identity, run),
            cpu_pool=self._cpu_pool,
            may_act=self._may_act,
        )

    async def _run(self, runner: Runner) -> None:
        handle = runner.handle
        try:
            await runner.run()
        except LeaseLost:
            logger.warning("worker: lost the lease of run %s", handle.execution_id)
            if handle.refused:
                await self._fail(handle, handle.refused)
        except asyncio.CancelledError:
            logger.info("worker: dropped run %s", handle.execution_id)
        except Exception as error:
            logger.exception("worker: run %s broke the engine", handle.execution_id)
            await self._fail(handle, f"{type(error).__name__}: {error}")

    def _forget(self, runner: Runner) -> None:
        id_ = runner.handle.execution_id
        current = self._runs.get(id_)
        if current is not None and current[0] is runner:
            del self._runs[id_]
            self._delivered.pop(id_, None)
        self._look_soon()

    def _look_soon(self) -> None:
        """An end makes room: for others of the workspace, under a key, or here."""
        if not self._is_look_planned:
            self._is_look_planned = True
            self._loop.call_later(LOOK_AFTER_END_S, self._look_now)

    def _look_now(self) -> None:
        self._is_look_planned = False
        self._bell.set()

    def _fail_soon(self, handle: RunHandle, why: str) -> None:
        task = self._loop.create_task(self._fail(handle, why))
        self._failing.add(task)
        task.add_done_callback(self._failing.discard)

    async def _fail(self, handle: RunHandle, why: str) -> None:
        """End an execution that cannot go on, so that nobody waits for it for ever."""
        with suppress(LeaseLost):
            await self._journal.durable(handle)
        if handle.lost and not handle.refused:
            return
        # A handle of its own, since what is left of the old one is not written.
        seq = handle.committed
        handle = replace(handle, seq=seq + 1, committed=seq, lost=False, refused="")
        self._journal.append(_engine_error(handle, why, self._clock()))
        try:
            await self._journal.durable(handle)
        except LeaseLost:
            logger.exception("worker: could not end run %s", handle.execution_id)
            return
        await self._in_store_thread(lambda: self._store.close(handle))

    async def _in_store_thread(self, call: Callable[[], T]) -> T:
        return await self._loop.run_in_executor(self._store_thread, call)

    async def _say_goodbye(self) -> None:
        """Hand over what can stop at once; let the rest end by itself for a while."""
        deadline = self._loop.time() + GOODBYE_S
        await self._hand_over(deadline)
        left = list(self._runs.values())
        for _, task in left:
            task.cancel()
        if left:
            # Attempts stop first: nobody else may begin what still goes on here.
            await asyncio.wait([task for _, task in left], timeout=ATTEMPTS_STOP_S)
            handles = [runner.handle for runner, _ in left]
            await self._in_store_thread(lambda: self._store.release(handles))
        self._store_thread.shutdown(wait=False)

    async def _hand_over(self, deadline: float) -> None:
        """Attempts get a while to end, so that none is wasted; after it runs park as
        soon as nothing in them would be left in doubt."""
        drained = self._loop.time() + DRAIN_S
        while self._runs or self._failing:
            is_late = self._loop.time() >= drained
            for runner, _ in self._runs.values():
                runner.drain()
                if is_late and runner.may_stop:
                    runner.hand_over()
            tasks = [*self._failing, *(task for _, task in self._runs.values())]
            left = min(HAND_OVER_EVERY_S, deadline - self._loop.time())
            if left <= 0:
                return
            await asyncio.wait(tasks, timeout=left, return_when=asyncio.FIRST_COMPLETED)


def _places(running: int) -> tuple[int, int | None]:
    """How many may be claimed, and the share that they are kept for, if any."""
    free = RUNS_AT_MOST - running
    if free > 0:
        return min(CLAIM_AT_MOST, free), None
    return max(0, free + KEPT_FREE), KEPT_FREE


def _hopeless(handle: RunHandle) -> str:
    lost = handle.lost_leases
    if lost < HOPELESS_FROM:
        return ""
    return f"{lost} workers in a row died before they had recorded anything of it"


def _engine_error(handle: RunHandle, why: str, now: float) -> Entry:
    """The last entry of an execution that cannot go on."""
    message = f"The engine could not go on with this run: {why}"
    event = Finished(ExecutionStatus.FAILED, "engine_error", message)
    error: JsonObject = {"code": event.code, "message": message}
    end = End(
        status=event.status,
        outputs=None,
        record=None,
        errors=[error | {"node_id": None, "number": None}],
        ended_at=datetime.fromtimestamp(now, tz=UTC),
    )
    return Entry(
        run=handle,
        last_seq=handle.seq,
        events=[to_json(event, handle.seq, int(now * 1000))],
        rows=(),
        node_executions=None,
        cost=None,
        end=end,
        extras=None if handle.parent is None else Extras(news=News((), end)),
    )
