"""The engine of this process: a thread with its loop, its journal and its leases."""

import asyncio
import logging
import os
import secrets
import socket
import threading
import time
from collections.abc import Coroutine, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from django.conf import settings
from django.db import connection

from core.egress import EgressClient, parse_allow
from executions.engine.database_journal import DatabaseJournal
from executions.engine.database_store import LEASE_S, DatabaseStore
from executions.engine.egress_http import EgressHttp
from executions.engine.journal import Entry
from executions.engine.worker import Worker
from executions.live.hints import Hint, send_hints

logger = logging.getLogger(__name__)

RENEW_EVERY_S: Final = 5.0
FENCE_AFTER_S: Final = 10.0
CPU_THREADS: Final = 2


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
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)
        self._thread.start()
        self._ready.wait(30)

    def ring(self) -> None:
        worker = self._worker
        if worker is not None:
            worker.ring()

    def stop(self) -> None:
        """Stop claiming, let runs end or hand them back, then return."""
        thread, worker = self._thread, self._worker
        if thread is None or worker is None:
            return
        worker.call(worker.stop)
        thread.join()
        self._thread = self._worker = None
        self._ready.clear()

    @property
    def running(self) -> int:
        """How many executions this process holds."""
        return 0 if self._worker is None else self._worker.running

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except Exception:
            logger.exception("engine: stopped by an error; the process must restart")
            os._exit(70)  # a worker that holds leases and does nothing helps nobody

    async def _serve(self) -> None:
        owner = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}"
        store = DatabaseStore(owner, settings.LIMITS)
        publisher = _Publisher()
        journal = DatabaseJournal(publisher.after_commit)
        client = EgressClient(allow=parse_allow(settings.EGRESS_ALLOW))
        with ThreadPoolExecutor(CPU_THREADS, thread_name_prefix="cpu") as cpu_pool:
            worker = Worker(
                store=store,
                journal=journal,
                http=EgressHttp(client),
                clock=time.time,
                cpu_pool=cpu_pool,
            )
            keeper = LeaseKeeper(store, worker)
            self._worker = worker
            self._ready.set()
            try:
                await worker.serve()
            finally:
                keeper.stop()
                await asyncio.to_thread(journal.close)
                await publisher.drain()
                await client.aclose()


class LeaseKeeper:
    """Renews leases from a thread that is not the work, and fences a worker that cannot
    renew before others may take its executions."""

    def __init__(self, store: DatabaseStore, worker: Worker) -> None:
        self._store = store
        self._worker = worker
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="leases", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()

    def _keep(self) -> None:
        renewed = time.monotonic()
        while not self._stopped.wait(RENEW_EVERY_S):
            try:
                self._store.renew(self._worker.held)
                renewed = time.monotonic()
            except Exception:
                logger.exception("engine: could not renew the leases")
            if time.monotonic() - renewed > FENCE_AFTER_S:
                logger.error("engine: leases may be lost; dropping every run")
                self._worker.call(self._worker.abandon)
        connection.close()


assert FENCE_AFTER_S + RENEW_EVERY_S <= LEASE_S  # noqa: S101 - a law of the constants


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

    async def drain(self) -> None:
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=2)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


engine = EngineService()
