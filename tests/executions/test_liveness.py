"""Which workers live, and what becomes of what the others held."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from django.db import connection
from django.db.models.functions import Now

from accounts.models import User
from executions.engine import liveness
from executions.engine.liveness import (
    Lookout,
    Presence,
    Session,
    forget_the_gone,
    is_first,
    living_workers,
    presence_of,
)
from executions.models import Execution, Worker
from tests.executions.rows import make_execution
from tests.executions.test_claiming import ids, take
from tests.servers import ROOT, until

pytestmark = pytest.mark.django_db(transaction=True)

GONE_AFTER_S = 0.2


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(liveness, "GONE_AFTER_S", GONE_AFTER_S)


@contextmanager
def worker(name: str) -> Iterator[Presence]:
    """One that shows itself once and ends cleanly."""
    presence = presence_of(name)
    assert presence.check()
    yield presence
    presence.leave()


def row_of(name: str) -> Worker:
    return Worker.objects.get(name=name)


def held_by(name: str, user: User) -> Execution:
    columns = {"status": "RUNNING", "lease_owner": name, "lease_token": 1}
    return make_execution(user, in_s=15, **columns)


# --- Being there ----------------------------------------------------------------------


def test_a_worker_is_there_until_it_leaves():
    with worker("one"):
        assert [w.name for w in living_workers()] == ["one"]
        assert row_of("one").gone_at is None
    assert row_of("one").gone_at is not None
    assert not living_workers().exists()


def test_it_shows_itself_again_and_again(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(liveness, "SEEN_EVERY_S", 0.0)
    with worker("one") as presence:
        Worker.objects.update(seen_at=Now() - timedelta(minutes=1))
        assert not living_workers().exists()
        assert presence.check()
        assert living_workers().exists()


def test_between_two_times_it_writes_nothing():
    with worker("one") as presence:
        Worker.objects.update(seen_at=Now() - timedelta(minutes=1))
        assert presence.check()
        assert not living_workers().exists()


def test_the_oldest_that_lives_is_the_first():
    Worker.objects.create(name="gone", gone_at=Now())
    for name in ("asleep", "one", "two"):
        Worker.objects.create(name=name)
    Worker.objects.filter(name="asleep").update(seen_at=Now() - timedelta(minutes=1))
    assert [n for n in ("gone", "asleep", "one", "two") if is_first(n)] == ["one"]


def test_workers_that_ended_long_ago_are_forgotten():
    for name, days in (("old", 8), ("new", 1)):
        Worker.objects.create(name=name, gone_at=Now() - timedelta(days=days))
    Worker.objects.create(name="living")
    assert forget_the_gone() == 1
    assert {w.name for w in Worker.objects.all()} == {"new", "living"}


@pytest.mark.skipif(connection.vendor == "postgresql", reason="one process only")
def test_who_is_alone_ends_those_before_him():
    Worker.objects.create(name="before")
    with worker("one"):
        assert row_of("before").gone_at is not None


# --- Others' ends ---------------------------------------------------------------------


def looks(lookout: Lookout, seconds: float = 3 * GONE_AFTER_S) -> int:
    """How many it found gone within a while."""
    found, until_ = 0, time.monotonic() + seconds
    while time.monotonic() < until_:
        found += lookout.look()
        time.sleep(0.02)
    return found


def terminate(name: str) -> None:
    """The session of this worker ends as when its process is killed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(l.pid) FROM pg_locks l "
            "JOIN executions_worker w ON w.id = l.objid::bigint "
            "WHERE l.locktype = 'advisory' AND l.classid = 77 AND w.name = %s",
            [name],
        )
        assert cursor.fetchall() == [(True,)]


@pytest.mark.services
def test_the_living_are_left_alone(alice: User):
    held = held_by("one", alice)
    with worker("one"):
        assert looks(Lookout()) == 0
    assert take() == []
    held.refresh_from_db()
    assert held.status == "RUNNING"


@pytest.mark.services
def test_what_a_dead_worker_held_is_due_at_once(alice: User):
    mine, other = held_by("one", alice), held_by("two", alice)
    with worker("one") as one, worker("two"):
        terminate("one")
        assert looks(Lookout()) == 1
        (found,) = take()
        assert (found.id, found.was, found.lost_leases) == (mine.id, "RUNNING", 1)
        assert row_of("one").gone_at is not None
        other.refresh_from_db()
        assert other.lease_owner == "two"
        with pytest.raises(psycopg.OperationalError):
            one.check()


@pytest.mark.services
def test_a_process_that_was_killed_is_found(alice: User):
    held = held_by("killed", alice)
    script = (
        "import django, time; django.setup()\n"
        "from executions.engine.liveness import presence_of\n"
        "presence = presence_of('killed'); presence.check()\n"
        "print('there', flush=True); time.sleep(60)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": _this_database()}
        | {"DJANGO_SETTINGS_MODULE": "autogpt_site.settings"},
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"there\n"
    lookout = Lookout()
    assert looks(lookout) == 0
    process.kill()
    process.communicate()
    until(lookout.look, within_s=3)
    assert ids(take()) == [held.id]


def _this_database() -> str:
    name = f"/{connection.settings_dict['NAME']}"
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=name).geturl()


@pytest.mark.services
def test_one_look_is_not_enough(alice: User):
    """All locks are free for a moment when the database restarts."""
    held_by("one", alice)
    lookout = Lookout()
    with worker("one") as one:
        terminate("one")
        assert lookout.look() == 0
        with pytest.raises(psycopg.OperationalError):
            one.check()
        assert one.check()  # another session, in time
        assert looks(lookout) == 0
    assert take() == []


@pytest.mark.services
def test_two_lookouts_declare_it_once(alice: User):
    held_by("one", alice)
    first, second = Lookout(), Lookout()
    with worker("one"):
        terminate("one")
        for lookout in (first, second):
            lookout.look()
        time.sleep(2 * GONE_AFTER_S)
        assert (first.look(), second.look()) == (1, 0)


@pytest.mark.services
def test_one_that_was_taken_for_gone_learns_it_when_it_is_back():
    with worker("one") as one:
        terminate("one")
        assert looks(Lookout()) == 1
        with pytest.raises(psycopg.OperationalError):
            one.check()
        assert one.check() is False
        assert row_of("one").gone_at is None
        assert one.check() is True


@pytest.mark.services
def test_a_lock_that_an_earlier_session_holds_is_waited_for():
    name = "one"
    with worker(name) as presence:
        assert isinstance(presence, Session)
        row = row_of(name)
        earlier = psycopg.connect(_this_database(), autocommit=True)
        terminate(name)
        until(lambda: _lock(earlier, row.id))
        with pytest.raises(psycopg.OperationalError):
            presence.check()
        with pytest.raises(TimeoutError):
            presence.check()
        earlier.close()
        until(lambda: _is_back(presence))


def _lock(session: psycopg.Connection[Any], id: int) -> bool:
    row = session.execute("SELECT pg_try_advisory_lock(77, %s)", [id]).fetchone()
    return bool(row and row[0])


def _is_back(presence: Presence) -> bool:
    try:
        return presence.check()
    except TimeoutError:
        return False
