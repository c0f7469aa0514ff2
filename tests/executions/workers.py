"""One worker on the real database, in a thread, that leaves no session behind."""

import asyncio
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from django.db import connection

from core.limits import Limits
from executions.engine.database_journal import DatabaseJournal
from executions.engine.database_resolver import DatabaseResolver
from executions.engine.database_store import DatabaseStore
from executions.engine.worker import Worker
from tests.executions.running import NO_WORLD


@contextmanager
def working(limits: Limits | None = None) -> Iterator[Worker]:
    """A worker that takes what is due until the block is left."""
    limits = limits or Limits()
    made: list[Worker] = []
    is_ready = threading.Event()

    async def serve() -> None:
        journal = DatabaseJournal(lambda _: worker.ring_for_signals())
        with ThreadPoolExecutor(1) as lookers:
            worker = Worker(
                store=DatabaseStore("me", limits),
                journal=journal,
                world=NO_WORLD,
                clock=time.time,
                resolver_for=lambda identity, run: DatabaseResolver(
                    identity, run, limits, lookers
                ),
            )
            made.append(worker)
            is_ready.set()
            await worker.serve()
            await asyncio.to_thread(journal.close)
            lookers.submit(_close).result()

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    is_ready.wait(10)
    try:
        yield made[0]
    finally:
        made[0].call(lambda: _let_go(made[0]))
        thread.join(30)


def _let_go(worker: Worker) -> None:
    """Each thread closes its own session."""
    worker._store_thread.submit(_close)
    worker.stop()


def _close() -> None:
    """The session of the thread that this is called in."""
    connection.close()
