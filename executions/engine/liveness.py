"""Which workers live. On PostgreSQL each holds an advisory lock for as long as its
session lasts, so the end of a process is seen at once, whatever ended it.

On SQLite there is one process, and its row only says when it was seen last.
"""

import time
from datetime import timedelta
from typing import Any, Final, Protocol

import psycopg
from django.db import connection, transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from core import failpoints
from executions.engine.turns import WORKERS
from executions.models import Execution, Worker

SEEN_EVERY_S: Final = 2.0
GONE_AFTER_S: Final = 1.0
"""A lock must be free for so long: all are for a moment when the database restarts."""
CONNECT_S: Final = 3
LATELY_S: Final = 10
FORGET_AFTER_DAYS: Final = 7

_LOCK: Final = "SELECT pg_try_advisory_lock(%s, %s)"
_NAME: Final = """
    INSERT INTO executions_worker (name, started_at, seen_at)
    VALUES (%s, clock_timestamp(), clock_timestamp()) RETURNING id
"""
_SEEN: Final = "UPDATE executions_worker SET seen_at = clock_timestamp() WHERE id = %s"
_BACK: Final = """
    UPDATE executions_worker w SET gone_at = NULL, seen_at = clock_timestamp()
    FROM (SELECT id, gone_at FROM executions_worker WHERE id = %s FOR UPDATE) before
    WHERE w.id = before.id RETURNING before.gone_at
"""
_FREE: Final = f"""
    SELECT w.id FROM executions_worker w
    WHERE w.gone_at IS NULL AND NOT EXISTS (
        SELECT 1 FROM pg_locks l
        WHERE l.locktype = 'advisory' AND l.classid = {WORKERS}
            AND l.objid::bigint = w.id AND l.objsubid = 2 AND l.granted
            AND l.database = (
                SELECT d.oid FROM pg_database d WHERE d.datname = current_database()
            )
    )
"""  # noqa: S608


class Presence(Protocol):
    """That of one worker, for the one thread that keeps it."""

    def check(self) -> bool:
        """See to it that we are there, still or again.

        False: we had been declared gone, so what we held may be others'."""
        ...

    def leave(self) -> None:
        """Say goodbye, so that nobody has to find out."""
        ...


def presence_of(name: str) -> Presence:
    return Session(name) if connection.vendor == "postgresql" else Alone(name)


class Alone:
    """The only process; there is nobody else to look."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._seen: float | None = None

    def check(self) -> bool:
        now = time.monotonic()
        if self._seen is None:
            Worker.objects.filter(gone_at=None).update(gone_at=Now())
            Worker.objects.create(name=self._name)
        elif now - self._seen < SEEN_EVERY_S:
            return True
        else:
            Worker.objects.filter(name=self._name).update(seen_at=Now())
        self._seen = now
        return True

    def leave(self) -> None:
        Worker.objects.filter(name=self._name).update(gone_at=Now())


class Session:
    """A connection of its own, outside the pool: its end is the end of the worker."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._connection: psycopg.Connection[Any] | None = None
        self._id: int | None = None
        self._seen = 0.0

    def check(self) -> bool:
        try:
            return self._check()
        except (psycopg.Error, TimeoutError):
            self._drop()
            raise

    def leave(self) -> None:
        # First, lest somebody finds the lock free of one that is not gone.
        if self._id is not None:
            Worker.objects.filter(id=self._id).update(gone_at=Now())
        self._drop()

    def _check(self) -> bool:
        if self._id is None:
            return self._appear()
        if self._connection is None:
            return self._come_back(self._id)
        if time.monotonic() - self._seen < SEEN_EVERY_S:
            self._connection.execute("SELECT 1")
        else:
            self._connection.execute(_SEEN, [self._id])
            self._seen = time.monotonic()
        return True

    def _appear(self) -> bool:
        session = self._connected()
        with session.transaction():
            # Nobody sees the row before its lock is held.
            id_ = _first(session.execute(_NAME, [self._name]))
            _lock(session, id_)
        self._id = id_
        return True

    def _come_back(self, id_: int) -> bool:
        session = self._connected()
        _lock(session, id_)
        row = session.execute(_BACK, [id_]).fetchone()
        return row is not None and row[0] is None

    def _connected(self) -> psycopg.Connection[Any]:
        self._drop()
        given = connection.get_connection_params()
        given.pop("pool", None)
        given |= {
            "connect_timeout": CONNECT_S,
            "options": f"-c statement_timeout={CONNECT_S}s",
            "application_name": "worker",
            "autocommit": True,
        }
        self._connection = psycopg.connect(**given)
        self._seen = time.monotonic()
        return self._connection

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _lock(session: psycopg.Connection[Any], id_: int) -> None:
    """Raises TimeoutError while our session before this one is not cleared away."""
    if not _first(session.execute(_LOCK, [WORKERS, id_])):
        raise TimeoutError("an earlier session holds the lock of this worker still")


def _first(answer: psycopg.Cursor[Any]) -> Any:
    row = answer.fetchone()
    return None if row is None else row[0]


# --- Others' ends ---------------------------------------------------------------------


class Lookout:
    """Finds workers that are gone; for one thread, which calls it again and again."""

    def __init__(self) -> None:
        self._free_since: dict[int, float] = {}

    def look(self) -> int:
        """Make due what workers held that are gone now; answers how many they were."""
        if connection.vendor != "postgresql":
            return 0
        try:
            free = _free()
        except Exception:
            # The database was away: all locks are free until their workers are back.
            self._free_since.clear()
            raise
        now = time.monotonic()
        self._free_since = {id_: self._free_since.get(id_, now) for id_ in free}
        gone = [i for i, t in self._free_since.items() if now - t >= GONE_AFTER_S]
        return sum(map(worker_gone, gone))


def _free() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(_FREE)
        return [row[0] for row in cursor.fetchall()]


def worker_gone(id: int) -> bool:
    """Note that the worker ended, and make due at once what it was running.

    Its executions stay RUNNING under its name: whoever claims them counts a lost lease.
    """
    with transaction.atomic():
        if not Worker.objects.filter(id=id, gone_at=None).update(gone_at=Now()):
            return False
        failpoints.hit("F12")
        name = Worker.objects.values_list("name", flat=True).get(id=id)
        _make_due(name)
    return True


def _make_due(owner: str) -> None:
    # Locked in the order in which journals lock, should one of them be writing still.
    held = Execution.objects.filter(status="RUNNING", lease_owner=owner)
    ids = list(held.order_by("id").select_for_update().values_list("id", flat=True))
    Execution.objects.filter(id__in=ids).update(due_at=Now())


# --- Who is there ---------------------------------------------------------------------


def living_workers() -> QuerySet[Worker]:
    """Those that showed themselves lately, the oldest first. One that is stopped for a
    while holds its lock and does nothing."""
    lately = Now() - timedelta(seconds=LATELY_S)
    return Worker.objects.filter(gone_at=None, seen_at__gt=lately).order_by("id")


def is_first(name: str) -> bool:
    """One worker does what need be done only once; for a moment it may be two."""
    return living_workers().values_list("name", flat=True).first() == name


def forget_the_gone() -> int:
    """Delete the rows of workers that ended long ago; answers how many."""
    ended = Now() - timedelta(days=FORGET_AFTER_DAYS)
    return Worker.objects.filter(gone_at__lt=ended).delete()[0]
