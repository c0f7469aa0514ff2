"""Keeps the leases of this process from threads that are not the work.

One thread shows that the worker is there and renews. The other asks no database and
waits for nothing: it drops every run before others may take them, and ends a process
whose loop has stopped, for it would keep its leases for ever and do nothing.
"""

import logging
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterable
from typing import Final, Protocol
from uuid import UUID

from django.db import connection

from executions.engine.claiming import LEASE_S
from executions.engine.dialects import dialect_of
from executions.engine.liveness import Presence

logger = logging.getLogger(__name__)

CHECK_EVERY_S: Final = 0.5
RENEW_EVERY_S: Final = 5.0
FENCE_AFTER_S: Final = 10.0
FENCE_EVERY_S: Final = 0.5
SILENT_LOOP_S: Final = 60.0
EXIT_CODE: Final = 70

assert FENCE_AFTER_S + RENEW_EVERY_S <= LEASE_S  # noqa: S101 - a law of the constants


class Held(Protocol):
    """The worker, as far as its leases go; `call` may be used from any thread."""

    @property
    def held(self) -> list[UUID]: ...

    def abandon(self) -> None: ...

    def call(self, what: Callable[[], None], /) -> None: ...


class LeaseKeeper:
    def __init__(self, owner: str, worker: Held, presence: Presence) -> None:
        self._owner = owner
        self._worker = worker
        self._presence = presence
        self._renewed = time.monotonic()
        self._was_good = True
        self._is_there = threading.Event()
        self._stopped = threading.Event()
        self._threads = [
            threading.Thread(target=self._keep, name="leases", daemon=True),
            threading.Thread(target=self._guard, name="fence", daemon=True),
        ]

    def start(self, within_s: float = 3.0) -> None:
        """Return once the worker is known to be there, or cannot be for now."""
        for thread in self._threads:
            thread.start()
        self._is_there.wait(within_s)

    def stop(self, within_s: float = 3.0) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join(within_s)

    @property
    def may_act(self) -> bool:
        """The leases are good; from any thread, at no cost. To be asked before anything
        is done that cannot be undone: the process may have been asleep."""
        return time.monotonic() - self._renewed < FENCE_AFTER_S

    # --- Showing up and renewing ------------------------------------------------------

    def _keep(self) -> None:
        try:
            self._show_up()
            self._is_there.set()
            while not self._stopped.wait(CHECK_EVERY_S):
                self._show_up()
                # After a sleep the runs go first: others may have them.
                if not self._fence_if_late() and self._is_time:
                    self._renew()
            self._leave()
        finally:
            connection.close()

    @property
    def _is_time(self) -> bool:
        return time.monotonic() - self._renewed >= RENEW_EVERY_S

    def _show_up(self) -> None:
        try:
            is_known = self._presence.check()
        except Exception as error:
            logger.warning("leases: cannot show that this worker lives (%s)", error)
            connection.close()
            return
        if not is_known:
            logger.error("leases: this worker was taken for gone; dropping every run")
            self._worker.call(self._worker.abandon)

    def _renew(self) -> None:
        # Before the question: the lease counts from some moment after it.
        asked = time.monotonic()
        try:
            renew(self._owner, self._worker.held)
        except Exception as error:
            logger.warning("leases: could not be renewed (%s)", error)
            connection.close()
            return
        self._renewed = asked

    def _leave(self) -> None:
        try:
            self._presence.leave()
        except Exception as error:
            logger.warning("leases: could not say goodbye (%s)", error)

    # --- Fencing ----------------------------------------------------------------------

    def _guard(self) -> None:
        loop = _LoopWatch(self._worker)
        while not self._stopped.wait(FENCE_EVERY_S):
            self._fence_if_late()
            loop.look()

    def _fence_if_late(self) -> bool:
        """Drop every run once it is too late to renew; True if this was the moment."""
        is_good = self.may_act
        was_good, self._was_good = self._was_good, is_good
        if is_good or not was_good:
            return False
        logger.error("engine: leases may be lost; dropping every run")
        self._worker.call(self._worker.abandon)
        return True


class _LoopWatch:
    """Counts its own looks, not time: a process that was stopped did not look."""

    def __init__(self, worker: Held) -> None:
        self._worker = worker
        self._silent = 0
        self._ask()

    def _ask(self) -> None:
        self._has_answered = False
        self._worker.call(self._answer)

    def _answer(self) -> None:
        self._has_answered = True

    def look(self) -> None:
        if self._has_answered:
            self._silent = 0
            self._ask()
            return
        self._silent += 1
        if self._silent * FENCE_EVERY_S >= SILENT_LOOP_S:
            _give_up()


def _give_up() -> None:
    """Others take the executions when this process is gone."""
    logger.critical(
        "engine: the loop does not answer; the process must restart. It is here:\n%s",
        "".join(_stack_of("engine")),
    )
    os._exit(EXIT_CODE)


def _stack_of(thread_name: str) -> list[str]:
    frames = sys._current_frames()
    named = [t.ident for t in threading.enumerate() if t.name == thread_name]
    return [
        line
        for ident in named
        if ident in frames
        for line in traceback.format_stack(frames[ident])
    ]


def renew(owner: str, held: Iterable[UUID]) -> None:
    """Keep these leases for another while.

    Only what is really held: an execution that was dropped must become due again,
    though its row still names this worker. Rows are locked in the order in which
    journals lock them.
    """
    dialect = dialect_of(connection.vendor)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            UPDATE executions_execution SET due_at = {dialect.later()}
            WHERE id IN (
                SELECT id FROM executions_execution
                WHERE {dialect.among} AND lease_owner = %s AND status = 'RUNNING'
                ORDER BY id {dialect.lock}
            )
            """,  # noqa: S608 - the parts put in are constants
            [LEASE_S, dialect.ids(held), owner],
        )
