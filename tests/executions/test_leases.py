"""Leases are renewed by a thread that is not the work, and fenced by one that waits for
nothing."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

import pytest
from django.db.models.functions import Now

from accounts.models import User
from executions.engine import leases
from executions.engine.leases import LeaseKeeper, renew
from executions.models import Execution
from tests.executions.rows import make_execution
from tests.servers import until

pytestmark = pytest.mark.django_db(transaction=True)


class Worker:
    """Holds what it is told to; its loop may hang."""

    def __init__(self, *held: UUID) -> None:
        self.held = list(held)
        self.abandoned = 0
        self.hangs = False

    def abandon(self) -> None:
        self.abandoned += 1

    def call(self, what: Callable[[], None], /) -> None:
        if not self.hangs:
            what()


class Presence:
    """The database, as far as the worker's life goes."""

    def __init__(self) -> None:
        self.is_away = False
        self.is_known = True
        self.checks = 0
        self.left = 0

    def check(self) -> bool:
        self.checks += 1
        if self.is_away:
            raise ConnectionError("away")
        known, self.is_known = self.is_known, True
        return known

    def leave(self) -> None:
        self.left += 1


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "CHECK_EVERY_S", 0.01)
    monkeypatch.setattr(leases, "RENEW_EVERY_S", 0.03)
    monkeypatch.setattr(leases, "FENCE_EVERY_S", 0.02)
    monkeypatch.setattr(leases, "FENCE_AFTER_S", 0.5)


@contextmanager
def keeping(
    worker: Worker, presence: Presence | None = None, owner: str = "me"
) -> Iterator[LeaseKeeper]:
    keeper = LeaseKeeper(owner, worker, presence or Presence())
    keeper.start()
    try:
        yield keeper
    finally:
        keeper.stop()
        names = {thread.name for thread in threading.enumerate()}
        assert not names & {"leases", "fence"}


def leased(user: User, owner: str = "me", status: str = "RUNNING") -> Execution:
    return make_execution(user, in_s=2, status=status, lease_owner=owner)


def left(row: Execution) -> float:
    row.refresh_from_db()
    assert row.due_at is not None
    now = Execution.objects.values_list(Now(), flat=True)[0]
    return float((row.due_at - now).total_seconds())


# --- Renewing -------------------------------------------------------------------------


def test_what_is_held_is_renewed_and_nothing_else(alice: User):
    held, dropped, foreign = leased(alice), leased(alice), leased(alice, "you")
    parked = leased(alice, status="WAITING")
    renew("me", [held.id, foreign.id, parked.id])
    assert left(held) > 14
    assert max(map(left, (dropped, foreign, parked))) < 3


def test_nothing_is_held(alice: User):
    row = leased(alice)
    renew("me", [])
    assert left(row) < 3


def test_a_lease_is_renewed_for_as_long_as_it_is_held(alice: User):
    row = leased(alice)
    with keeping(Worker(row.id)) as keeper:
        until(lambda: left(row) > 14)
        Execution.objects.update(due_at=Now() + timedelta(seconds=2))
        until(lambda: left(row) > 14)
        assert keeper.may_act


# --- Being there ----------------------------------------------------------------------


def test_the_worker_is_there_before_it_works_and_leaves_after():
    presence = Presence()
    with keeping(Worker(), presence):
        assert presence.checks > 0
        assert presence.left == 0
    assert presence.left == 1


def test_one_that_was_taken_for_gone_drops_every_run():
    worker, presence = Worker(), Presence()
    presence.is_known = False
    with keeping(worker, presence):
        until(lambda: presence.checks > 2)
    assert worker.abandoned == 1


def test_a_database_that_is_away_at_the_start_is_waited_for():
    presence = Presence()
    presence.is_away = True
    with keeping(Worker(), presence):
        presence.is_away = False
        seen = presence.checks
        until(lambda: presence.checks > seen)


# --- Fencing --------------------------------------------------------------------------


@pytest.fixture
def broken_renewal(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise ConnectionError("away")

    monkeypatch.setattr(leases, "renew", away)


@pytest.fixture
def hanging_renewal(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A database that does not even say no."""
    is_over = threading.Event()
    monkeypatch.setattr(leases, "renew", lambda *_: is_over.wait(10))
    yield
    is_over.set()


@pytest.mark.parametrize("trouble", ["broken_renewal", "hanging_renewal"])
def test_who_cannot_renew_drops_every_run_once(
    request: pytest.FixtureRequest, trouble: str
):
    request.getfixturevalue(trouble)
    worker = Worker()
    keeper = LeaseKeeper("me", worker, Presence())
    keeper.start()
    until(lambda: worker.abandoned)
    assert not keeper.may_act
    time.sleep(0.1)
    assert worker.abandoned == 1
    keeper.stop(within_s=0.1)


def test_a_process_that_was_asleep_may_not_act(monkeypatch: pytest.MonkeyPatch):
    keeper = LeaseKeeper("me", Worker(), Presence())
    later = time.monotonic() + 1
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert not keeper.may_act


def test_one_that_was_asleep_drops_its_runs_before_it_renews(
    alice: User, monkeypatch: pytest.MonkeyPatch
):
    """Whichever of its threads wakes first."""
    row = leased(alice)
    worker = Worker(row.id)
    monkeypatch.setattr(leases, "FENCE_EVERY_S", 60)
    keeper = LeaseKeeper("me", worker, Presence())
    keeper._renewed -= 1  # as if a second had passed between two instructions
    keeper.start()
    until(lambda: left(row) > 14)
    assert worker.abandoned == 1
    keeper.stop()


def test_a_process_whose_loop_hangs_ends(monkeypatch: pytest.MonkeyPatch):
    gave_up = threading.Event()
    monkeypatch.setattr(leases, "SILENT_LOOP_S", 0.2)
    monkeypatch.setattr(leases, "_give_up", gave_up.set)
    worker = Worker()
    with keeping(worker):
        assert not gave_up.wait(0.5)
        worker.hangs = True
        assert gave_up.wait(5)
