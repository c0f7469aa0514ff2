"""The journal in the database: one thread, one transaction for all that has gathered.

There is no tick: what gathers while a flush is under way is the next flush.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from queue import SimpleQueue
from typing import Final

from django.db import InterfaceError, OperationalError, connection

from core import failpoints
from executions.engine.database_flush import Outcome, flush
from executions.engine.journal import Entry, LeaseLost, RunHandle

logger = logging.getLogger(__name__)

RETRY_S: Final = (0.05, 0.2, 0.5, 1.0)
CLOSE_WITHIN_S: Final = 5.0
CONNECTION_LOST: Final = (OperationalError, InterfaceError)

AfterCommit = Callable[[list[Entry]], None]


class DatabaseJournal:
    """Create it on the loop of its runs; `after_commit` is called there."""

    def __init__(self, after_commit: AfterCommit) -> None:
        self._loop = asyncio.get_running_loop()
        self._after_commit = after_commit
        self._queue: SimpleQueue[Entry | None] = SimpleQueue()
        self._appended: dict[RunHandle, int] = {}
        self._waiting: dict[RunHandle, list[tuple[int, asyncio.Future[None]]]] = {}
        self._thread = threading.Thread(target=self._write, name="journal", daemon=True)
        self._thread.start()

    def append(self, entry: Entry) -> None:
        self._appended[entry.run] = entry.last_seq
        self._queue.put(entry)

    async def durable(self, run: RunHandle) -> None:
        if run.lost:
            raise LeaseLost(str(run.execution_id))
        seq = self._appended.get(run, 0)
        if run.committed >= seq:
            return
        future = self._loop.create_future()
        self._waiting.setdefault(run, []).append((seq, future))
        await future

    def close(self, within_s: float = CLOSE_WITHIN_S) -> None:
        """Write what is left and stop; called off the loop. What a database that is
        away has not taken by then is done again by the next holder."""
        self._queue.put(None)
        self._thread.join(within_s)
        if self._thread.is_alive():
            logger.error("journal: the database is away; what was left is not written")

    def _write(self) -> None:
        try:
            while entries := self._gather():
                written, lost = _flush_patiently(entries)
                failpoints.hit("F8")
                self._loop.call_soon_threadsafe(self._settle, written, lost)
                # Else the last values of a run would stay until another one writes.
                del entries, written
        finally:
            connection.close()

    def _gather(self) -> list[Entry]:
        first = self._queue.get()
        if first is None:
            return []
        entries = [first]
        while not self._queue.empty():
            entry = self._queue.get()
            if entry is None:
                self._queue.put(None)
                break
            entries.append(entry)
        return entries

    def _settle(self, written: list[Entry], lost: set[RunHandle]) -> None:
        for entry in written:
            entry.run.committed = max(entry.run.committed, entry.last_seq)
        for run in lost:
            run.lost = True
        for run in {entry.run for entry in written} | lost:
            if run.lost or run.committed >= self._appended.get(run, 0):
                self._appended.pop(run, None)
            self._wake(run)
        if any(entry.end is not None for entry in written):
            failpoints.hit("F10")
        if written:
            self._after_commit(written)

    def _wake(self, run: RunHandle) -> None:
        still = []
        for seq, future in self._waiting.pop(run, ()):
            if future.done():
                continue
            if run.lost:
                future.set_exception(LeaseLost(str(run.execution_id)))
            elif seq <= run.committed:
                future.set_result(None)
            else:
                still.append((seq, future))
        if still:
            self._waiting[run] = still


def _flush_patiently(entries: list[Entry], *, is_last_try: bool = False) -> Outcome:
    """Flush; wait out a database that is away; single out a run it refuses."""
    attempt = 0
    while True:
        try:
            return flush(entries)
        except CONNECTION_LOST as error:
            pause = RETRY_S[min(attempt, len(RETRY_S) - 1)]
            logger.warning(
                "journal: the database is away (%s); again in %s s", error, pause
            )
            attempt += 1
            connection.close()
            time.sleep(pause)
        except Exception as error:
            return _flush_apart(entries, error, is_last_try=is_last_try)


def _flush_apart(
    entries: list[Entry], error: Exception, *, is_last_try: bool
) -> Outcome:
    """Halve the batch until only the run that is refused fails; it gets another try,
    for what went wrong may have had nothing to do with it."""
    runs = list({entry.run: None for entry in entries})
    if len(runs) == 1 and not is_last_try:
        connection.close()
        return _flush_patiently(entries, is_last_try=True)
    if len(runs) == 1:
        logger.error("journal: run %s refused", runs[0].execution_id, exc_info=error)
        runs[0].refused = f"{type(error).__name__}: {error}"
        return [], {runs[0]}
    first = set(runs[: len(runs) // 2])
    written: list[Entry] = []
    lost: set[RunHandle] = set()
    for half in (
        [entry for entry in entries if entry.run in first],
        [entry for entry in entries if entry.run not in first],
    ):
        more, gone = _flush_patiently(half)
        written += more
        lost |= gone
    return written, lost
