"""One loop that runs many executions: look for work, run it, keep its leases."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final, NamedTuple, Protocol, TypeVar
from uuid import UUID

from blocks.context import HttpClient
from blocks.values import JsonObject
from executions.domain.events import CancelRequested, Finished, to_json
from executions.domain.status import ExecutionStatus
from executions.engine.context import RunIdentity, contexts
from executions.engine.journal import End, Entry, Journal, LeaseLost, RunHandle
from executions.engine.runner import Run, Runner

logger = logging.getLogger(__name__)

LOOK_EVERY_S: Final = 1.0
SIGNALS_EVERY_S: Final = 0.1
CLAIM_AT_MOST: Final = 250
RUNS_AT_MOST: Final = 1_000
GOODBYE_S: Final = 15.0
ATTEMPTS_STOP_S: Final = 6.0

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


class ReceivedSignal(NamedTuple):
    id: UUID
    execution_id: UUID
    kind: str


class Store(Protocol):
    """Where executions are claimed; its methods block and are called in a thread."""

    def look(
        self, limit: int, held: Sequence[UUID]
    ) -> tuple[list[Claim], list[ReceivedSignal]]:
        """Claim up to `limit` executions; all signals for these and for those held."""
        ...

    def release(self, handles: Sequence[RunHandle]) -> None:
        """Hand leases back."""
        ...

    def close(self, handle: RunHandle, signals: Sequence[UUID]) -> None:
        """After the end: these signals need no answer, no node execution is open."""
        ...


class Worker:
    """Create it on its loop. `ring` may be called from anywhere."""

    def __init__(
        self,
        *,
        store: Store,
        journal: Journal,
        http: HttpClient,
        clock: Callable[[], float],
        cpu_pool: Executor | None = None,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._store = store
        self._store_thread = ThreadPoolExecutor(1, thread_name_prefix="store")
        self._journal = journal
        self._http = http
        self._clock = clock
        self._cpu_pool = cpu_pool
        self._runs: dict[UUID, tuple[Runner, asyncio.Task[None]]] = {}
        self._failing: set[asyncio.Task[None]] = set()
        self._delivered: dict[UUID, set[UUID]] = {}
        self._heard_at = -SIGNALS_EVERY_S
        self._bell = asyncio.Event()
        self._stopping = False

    def ring(self) -> None:
        """Say that there may be work."""
        self.call(self._bell.set)

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
        try:
            async with asyncio.timeout(LOOK_EVERY_S):
                await self._bell.wait()
        except TimeoutError:
            return

    async def _look(self) -> int:
        """Claim what is due and hear signals; answers how many were claimed."""
        free = min(CLAIM_AT_MOST, RUNS_AT_MOST - len(self._runs))
        held = list(self._runs) if self._is_time_for_signals() else []
        try:
            claims, signals = await self._in_store_thread(
                lambda: self._store.look(free, held)
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
        """A signal stays in the database until the end that it led to is durable."""
        run = self._runs.get(signal.execution_id)
        if run is None:
            return
        delivered = self._delivered.setdefault(signal.execution_id, set())
        if signal.id in delivered:
            return
        delivered.add(signal.id)
        if signal.kind == "cancel":
            run[0].post((CancelRequested(),))

    def _begin(self, claim: Claim) -> None:
        if claim.run is None:
            self._fail_soon(claim.handle, claim.fault)
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
            context_for=contexts(identity, self._http, self._clock),
            clock=self._clock,
            cpu_pool=self._cpu_pool,
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
        else:
            await self._close(handle)

    def _forget(self, runner: Runner) -> None:
        id_ = runner.handle.execution_id
        current = self._runs.get(id_)
        if current is not None and current[0] is runner:
            del self._runs[id_]
            self._delivered.pop(id_, None)
        if len(self._runs) == RUNS_AT_MOST - 1:
            self._bell.set()

    async def _close(self, handle: RunHandle) -> None:
        """After the end only: a signal must outlive a run that is handed on."""
        signals = list(self._delivered.get(handle.execution_id, ()))
        if not signals:
            return
        try:
            await self._in_store_thread(lambda: self._store.close(handle, signals))
        except Exception:
            logger.warning(
                "worker: signals of a run that has ended stay", exc_info=True
            )

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
        handle = RunHandle(
            handle.execution_id, handle.lease_token, seq=seq + 1, committed=seq
        )
        self._journal.append(_engine_error(handle, why, self._clock()))
        try:
            await self._journal.durable(handle)
        except LeaseLost:
            logger.exception("worker: could not end run %s", handle.execution_id)
            return
        await self._in_store_thread(lambda: self._store.close(handle, ()))

    async def _in_store_thread(self, call: Callable[[], T]) -> T:
        return await self._loop.run_in_executor(self._store_thread, call)

    async def _say_goodbye(self) -> None:
        """Let what runs end by itself for a while; hand the rest back."""
        tasks = [*self._failing, *(task for _, task in self._runs.values())]
        if tasks:
            await asyncio.wait(tasks, timeout=GOODBYE_S)
        left = list(self._runs.values())
        for _, task in left:
            task.cancel()
        if left:
            # Attempts stop first: nobody else may begin what still goes on here.
            await asyncio.wait([task for _, task in left], timeout=ATTEMPTS_STOP_S)
            handles = [runner.handle for runner, _ in left]
            await self._in_store_thread(lambda: self._store.release(handles))
        self._store_thread.shutdown()


def _engine_error(handle: RunHandle, why: str, now: float) -> Entry:
    """The last entry of an execution that cannot go on."""
    message = f"The engine could not go on with this run: {why}"
    event = Finished(ExecutionStatus.FAILED, "engine_error", message)
    error: JsonObject = {"code": event.code, "message": message}
    return Entry(
        run=handle,
        last_seq=handle.seq,
        events=[to_json(event, handle.seq, int(now * 1000))],
        rows=(),
        node_executions=None,
        end=End(
            status=event.status,
            outputs=None,
            errors=[error | {"node_id": None, "number": None}],
            ended_at=datetime.fromtimestamp(now, tz=UTC),
        ),
    )
