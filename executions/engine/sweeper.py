"""Looks after what nobody else would notice: workers that died, executions that were
told something while nobody held them, executions that do not move.

Every worker process sweeps. What a sweep changes it changes in one statement or one
transaction, so several at once do no harm.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now

from core.limits import Limits
from executions.domain.status import ExecutionStatus
from executions.engine import slots
from executions.engine.liveness import Lookout, forget_the_gone, is_first
from executions.engine.watchdog import Watchdog
from executions.models import Execution, Signal

logger = logging.getLogger(__name__)

LOOK_EVERY_S: Final = 0.5
WAKE_EVERY_S: Final = 2.0
WATCH_EVERY_S: Final = 60.0
TIDY_EVERY_S: Final = 3600.0
ROWS_AT_MOST: Final = 500


class Job(NamedTuple):
    """Something to do every so often. `run` answers how much it did, in about a second
    at most: what is left is done when it is called again.

    `once`: one worker does it for all; for a moment it may be two. `rings`: what it did
    may be work for workers.
    """

    seconds: float
    run: Callable[[], int]
    once: bool = True
    rings: bool = False


class Sweeper:
    """A thread with a connection of its own."""

    def __init__(
        self,
        name: str,
        ring: Callable[[], None],
        limits: Limits,
        jobs: Sequence[Job] = (),
    ) -> None:
        """`name` is that of the worker; `jobs` are done beside its own."""
        self._name = name
        self._ring = ring
        self._jobs = [
            Job(LOOK_EVERY_S, Lookout().look, once=False, rings=True),
            Job(WAKE_EVERY_S, wake_the_told, once=False, rings=True),
            Job(WAKE_EVERY_S, slots.wake_blocked, once=False, rings=True),
            Job(WATCH_EVERY_S, Watchdog(limits).look, once=False, rings=True),
            Job(TIDY_EVERY_S, forget_the_gone),
            *jobs,
        ]
        self._due = [0.0] * len(self._jobs)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._keep_on, name="sweeper")
        self._thread.daemon = True

    def start(self) -> None:
        self._thread.start()

    def ask_to_stop(self) -> None:
        self._stopped.set()

    def stop(self, within_s: float = 3.0) -> None:
        self.ask_to_stop()
        self._thread.join(within_s)

    def _keep_on(self) -> None:
        try:
            while not self._stopped.wait(LOOK_EVERY_S):
                self.sweep()
        finally:
            connection.close()

    def sweep(self) -> None:
        """Do what is due."""
        now = time.monotonic()
        for number, job in enumerate(self._jobs):
            if self._due[number] > now or self._stopped.is_set():
                continue
            self._due[number] = now + job.seconds
            if self._do(job) and job.rings:
                self._ring()

    def _do(self, job: Job) -> int:
        try:
            return 0 if job.once and not is_first(self._name) else job.run()
        except (OperationalError, InterfaceError) as error:
            logger.warning("sweeper: the database is away (%s)", error)
        except Exception:
            logger.exception("sweeper: a job failed; it is done again later")
        # Whatever happened to the connection, the next job has a new one.
        connection.close()
        return 0


# --- Its own jobs ---------------------------------------------------------------------


def wake_the_told() -> int:
    """Make those due that wait and have been told something, should whoever told them
    have been unable to. Answers how many."""
    told = Signal.objects.filter(execution=OuterRef("pk"))
    asleep = Q(due_at=None) | Q(due_at__gt=Now())
    waiting = Execution.objects.filter(
        asleep, Exists(told), status=ExecutionStatus.WAITING, blocked_on=""
    )
    with transaction.atomic():
        rows = waiting.order_by("id").select_for_update(skip_locked=True)
        ids = list(rows.values_list("id", flat=True)[:ROWS_AT_MOST])
        return Execution.objects.filter(id__in=ids).update(due_at=Now())
