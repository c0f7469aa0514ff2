"""The engine of this process: a thread with its loop, its journal and its leases."""

import asyncio
import logging
import os
import secrets
import socket
import threading
from collections.abc import Coroutine, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from django.conf import settings

from core.collector import settle_collector
from core.egress import EgressClient, parse_allow
from executions.chores import JOBS
from executions.doorbell import doorbell
from executions.engine.database_journal import DatabaseJournal
from executions.engine.database_resolver import DatabaseResolver
from executions.engine.database_store import DatabaseClock, DatabaseStore
from executions.engine.journal import Entry
from executions.engine.leases import EXIT_CODE, LeaseKeeper
from executions.engine.liveness import presence_of
from executions.engine.sweeper import Sweeper
from executions.engine.worker import Worker
from executions.live.hints import Hint, send_hints
from executions.world.credentials import accesses
from executions.world.stored import stored_world

logger = logging.getLogger(__name__)

STOP_WITHIN_S: Final = 24.0
"""Whatever is away: who is asked to end must end before he is killed."""
CPU_THREADS: Final = 2
LOOK_UP_THREADS: Final = 2


class EngineService:
    """One for each process. `ring` is safe from any thread and before `start`."""

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None
        self._worker: Worker | None = None
        self._ready = threading.Event()

    def start(self) -> None:
        """Return once the engine looks for work."""
        if self._thread is not None:
            return
        settle_collector()
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)
        self._thread.start()
        self._ready.wait(30)

    def ring(self) -> None:
        worker = self._worker
        if worker is not None:
            worker.ring()

    def ring_for_signals(self) -> None:
        """The same, and say that signals for what runs here may be waiting."""
        worker = self._worker
        if worker is not None:
            worker.ring_for_signals()

    def stop(self) -> None:
        """Stop claiming, let runs end or hand them back, then return.

        If that is impossible, as when the database is away, the process ends here; what
        was not written is done again from what was.
        """
        thread, worker = self._thread, self._worker
        if thread is None or worker is None:
            return
        worker.call(worker.stop)
        thread.join(STOP_WITHIN_S)
        if thread.is_alive():
            logger.error("engine: cannot end in time; its leases will run out")
            os._exit(EXIT_CODE)
        self._thread = self._worker = None
        self._ready.clear()

    @property
    def running(self) -> int:
        """How many executions this process holds."""
        return 0 if self._worker is None else self._worker.running

    def _holds_suspect(self) -> bool:
        return self._worker is not None and self._worker.holds_suspect

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except Exception:
            logger.exception("engine: stopped by an error; the process must restart")
            # A worker that holds leases and does nothing helps nobody.
            os._exit(EXIT_CODE)

    async def _serve(self) -> None:
        owner = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}"
        clock = DatabaseClock()
        store = DatabaseStore(
            owner, settings.LIMITS, clock=clock, holds_suspect=self._holds_suspect
        )
        publisher = _Publisher()
        journal = DatabaseJournal(publisher.after_commit)
        client = EgressClient(allow=parse_allow(settings.EGRESS_ALLOW))
        keeper: LeaseKeeper | None = None

        def may_act() -> bool:
            return keeper is not None and keeper.may_act

        with (
            ThreadPoolExecutor(CPU_THREADS, thread_name_prefix="cpu") as cpu_pool,
            ThreadPoolExecutor(
                LOOK_UP_THREADS, thread_name_prefix="look up"
            ) as lookers,
        ):
            worker = Worker(
                store=store,
                journal=journal,
                world=stored_world(client, lookers, settings.LIMITS),
                clock=clock,
                cpu_pool=cpu_pool,
                resolver_for=lambda identity, run: DatabaseResolver(
                    identity, run, settings.LIMITS, lookers
                ),
                may_act=may_act,
            )
            keeper = LeaseKeeper(owner, worker, presence_of(owner))
            sweeper = Sweeper(owner, worker.ring, settings.LIMITS, JOBS)
            await asyncio.to_thread(keeper.start)
            sweeper.start()
            self._worker = worker
            self._ready.set()
            try:
                await worker.serve()
            finally:
                # The journal first: what it writes needs leases that are kept.
                await asyncio.to_thread(journal.close)
                await asyncio.to_thread(_stop, sweeper, keeper)
                await publisher.drain()
                await client.aclose()


def _stop(sweeper: Sweeper, keeper: LeaseKeeper) -> None:
    """Together: where the database is away, each waits in vain for a while."""
    sweeper.ask_to_stop()
    keeper.stop()
    sweeper.stop()
    accesses.write_last()


class _Publisher:
    """Tells the other processes, after each commit, which executions went on."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def after_commit(self, entries: Iterable[Entry]) -> None:
        hints = {
            entry.run.execution_id: Hint(
                str(entry.run.execution_id), entry.last_seq, entry.end is not None
            )
            for entry in entries
        }
        self._start(send_hints(list(hints.values())))
        if any(entry.extras and entry.extras.rings for entry in entries):
            engine.ring_for_signals()
            doorbell.ring()

    async def drain(self) -> None:
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=2)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


engine = EngineService()
