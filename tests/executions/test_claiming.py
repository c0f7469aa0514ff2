"""Who is given which execution; again on PostgreSQL with the services."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar

import pytest
from django.db import connection, transaction
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from core.limits import Limits
from executions.engine.claiming import Claimed, claim
from executions.engine.database_store import DatabaseStore
from executions.models import Execution, Signal
from tests.executions.rows import make_execution

pytestmark = pytest.mark.django_db(transaction=True)

PLENTY = replace(Limits(), running_per_workspace=100_000)

T = TypeVar("T")


def take(
    limit: int = 10,
    owner: str = "me",
    *,
    running: int = PLENTY.running_per_workspace,
    holds_suspect: bool = False,
) -> list[Claimed]:
    limits = replace(PLENTY, running_per_workspace=running)
    return claim(limit, owner, limits=limits, holds_suspect=holds_suspect)


def ids(claimed: list[Claimed]) -> list[Any]:
    return [c.id for c in claimed]


def make_many(user: User, count: int, **columns: Any) -> list[Execution]:
    """Due one after the other, the first for the longest time."""
    first = make_execution(user, in_s=-3600, **columns)
    return [first, *copies(first, count - 1)]


def copies(first: Execution, count: int) -> list[Execution]:
    first.refresh_from_db()
    fields = [f.attname for f in Execution._meta.concrete_fields if f.name != "id"]
    facts = {name: getattr(first, name) for name in fields}
    rows = [
        Execution(**{**facts, "due_at": facts["due_at"] + timedelta(milliseconds=n)})
        for n in range(1, count + 1)
    ]
    return Execution.objects.bulk_create(rows, batch_size=500)


def held_by(owner: str, user: User, **columns: Any) -> Execution:
    """One whose worker's lease ran out."""
    facts = {"status": "RUNNING", "lease_owner": owner, "lease_token": 4}
    return make_execution(user, in_s=-1, **(facts | columns))


def at_once(calls: list[Callable[[], T]]) -> list[T]:
    """Each in its own thread with its own connection."""
    ready = threading.Barrier(len(calls))

    def work(call: Callable[[], T]) -> T:
        try:
            ready.wait(10)
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(work, calls))


def test_kept_places_are_for_workspaces_with_few_running(alice: User, charlie: User):
    for _ in range(3):
        make_execution(alice, in_s=60, status="RUNNING", lease_owner="x")
    make_execution(alice)
    of_charlie = make_execution(charlie)
    look = DatabaseStore("me", PLENTY).look(10, [], share=3)
    assert [c.handle.execution_id for c in look.claims] == [of_charlie.id]
    assert len(DatabaseStore("me", PLENTY).look(10, []).claims) == 1


# --- What a claim writes --------------------------------------------------------------


def test_it_says_what_was_claimed_and_when(alice: User):
    row = make_execution(alice, waiting_for="timer", lease_token=6)
    (found,) = take()
    assert found[:4] == (row.id, 7, 0, "QUEUED")
    assert (found.has_slots, found.is_suspect) == (False, False)
    assert abs(found.now - timezone.now()) < timedelta(seconds=2)
    row.refresh_from_db()
    assert (row.status, row.lease_owner, row.lease_token) == ("RUNNING", "me", 7)
    assert (row.waiting_for, row.blocked_on, row.lost_leases) == ("", "", 0)
    assert row.started_at is not None
    assert row.due_at is not None
    lease = row.due_at - found.now
    assert timedelta(seconds=14.9) < lease < timedelta(seconds=16)


def test_what_goes_on_keeps_the_time_of_its_start(alice: User):
    began = timezone.now() - timedelta(days=1)
    row = make_execution(alice, status="WAITING", started_at=began)
    take()
    row.refresh_from_db()
    assert row.started_at == began


@pytest.mark.parametrize(
    ("columns", "was", "lost"),
    [
        pytest.param({}, "QUEUED", 0, id="begins"),
        pytest.param({"status": "WAITING", "lost_leases": 1}, "WAITING", 1, id="woken"),
        pytest.param(
            {"status": "RUNNING", "lease_owner": "x"}, "RUNNING", 1, id="worker died"
        ),
        pytest.param(
            {"status": "RUNNING", "lease_owner": "x", "lost_leases": 1},
            "RUNNING",
            2,
            id="two workers died",
        ),
        pytest.param({"status": "RUNNING"}, "RUNNING", 0, id="handed back"),
    ],
)
def test_a_lease_is_lost_only_if_nobody_gave_it_back(
    alice: User, columns: dict[str, Any], was: str, lost: int
):
    row = make_execution(alice, **columns)
    (found,) = take()
    assert (found.was, found.lost_leases) == (was, lost)
    row.refresh_from_db()
    assert row.lost_leases == lost


@pytest.mark.parametrize(
    "columns",
    [
        pytest.param({"in_s": 30}, id="to start later"),
        pytest.param({"in_s": 30, "status": "WAITING"}, id="waits for a time"),
        pytest.param({"in_s": 9, "status": "RUNNING"}, id="under a lease"),
        pytest.param({"due_at": None}, id="paused in the queue"),
        pytest.param({"due_at": None, "status": "WAITING"}, id="waits for somebody"),
        pytest.param({"due_at": None, "status": "COMPLETED"}, id="ended"),
    ],
)
def test_what_is_not_due_stays(alice: User, columns: dict[str, Any]):
    make_execution(alice, **columns)
    assert take() == []


@pytest.mark.parametrize("limit", [-3, 0, 1, 4])
def test_never_more_than_asked_for(alice: User, limit: int):
    make_many(alice, 3)
    for _ in range(3):
        held_by("dead", alice)
    assert len(take(limit)) == max(0, limit)


def test_a_claim_costs_the_same_few_statements_whatever_it_finds(alice: User):
    counts = []
    for count in (1, 40):
        make_many(alice, count)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert len(take(100)) == count
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 5


# --- In which order -------------------------------------------------------------------


def test_the_urgent_come_first_then_those_that_wait_longest(alice: User):
    old = make_execution(alice, in_s=-20)
    older = make_execution(alice, in_s=-30)
    urgent = make_execution(alice, in_s=-1, priority=9)
    assert ids(take()) == [urgent.id, older.id, old.id]


def test_priority_says_nothing_to_other_workspaces(alice: User, charlie: User):
    hers = make_many(alice, 3, priority=9)
    his = make_execution(charlie)
    assert his.id in ids(take(2))
    assert ids(take(1)) == [hers[1].id]


def test_a_long_queue_is_nobody_elses(alice: User, charlie: User):
    make_many(alice, 10_000)
    his = make_many(charlie, 3)
    claimed = ids(take(6))
    assert {row.id for row in his} < set(claimed)
    assert len(claimed) == 6


def test_who_has_less_running_goes_first(alice: User, charlie: User):
    hers = make_many(alice, 5)
    for _ in range(2):
        make_execution(alice, status="RUNNING", in_s=9)
    his = make_many(charlie, 3)
    wanted = [*his[:2], hers[0], his[2], hers[1]]
    assert Counter(ids(take(5))) == Counter(row.id for row in wanted)


def test_what_goes_on_leaves_room_for_what_begins(alice: User, charlie: User):
    """A thousand timers that are due together do not keep a new run waiting."""
    make_many(alice, 30, status="WAITING")
    his = make_execution(charlie)
    was = Counter(c.was for c in take(8))
    assert was == {"WAITING": 7, "QUEUED": 1}
    his.refresh_from_db()
    assert his.status == "RUNNING"


def test_where_nothing_begins_all_places_are_for_what_goes_on(alice: User):
    make_many(alice, 9, status="WAITING")
    assert len(take(8)) == 8


# --- How many -------------------------------------------------------------------------


def test_a_workspace_has_no_more_running_than_allowed(alice: User, charlie: User):
    hers = make_many(alice, 5)
    make_execution(alice, status="RUNNING", in_s=9)
    his = make_execution(charlie)
    assert set(ids(take(running=3))) == {hers[0].id, hers[1].id, his.id}
    assert take(running=3) == []


def test_what_has_begun_may_go_on_above_the_limit(alice: User):
    waited = make_execution(alice, status="WAITING")
    lost = held_by("dead", alice)
    make_execution(alice)
    for _ in range(2):
        make_execution(alice, status="RUNNING", in_s=9)
    assert set(ids(take(running=2))) == {waited.id, lost.id}


@pytest.mark.parametrize(
    "columns",
    [
        pytest.param({}, id="queued"),
        pytest.param({"due_at": None, "waiting_for": "paused"}, id="paused"),
        pytest.param({"due_at": None, "blocked_on": "graph:x:y"}, id="without a place"),
        pytest.param({"in_s": 3600}, id="to start later"),
    ],
)
def test_what_was_cancelled_is_seen_to_before_its_turn(
    alice: User, columns: dict[str, Any]
):
    make_many(alice, 20)
    row = make_execution(alice, **columns)
    for _ in range(2):
        Signal.objects.create(execution=row, kind="cancel")
    assert row.id in ids(take(2, running=0))
    row.refresh_from_db()
    assert (row.status, row.blocked_on) == ("RUNNING", "")


def test_another_signal_brings_nothing_forward(alice: User):
    row = make_execution(alice, in_s=3600)
    Signal.objects.create(execution=row, kind="pause")
    assert take() == []


# --- Suspects -------------------------------------------------------------------------


def test_suspects_are_claimed_one_at_a_time(alice: User):
    rows = [held_by("dead", alice, lost_leases=1) for _ in range(3)]
    fine = held_by("dead", alice)
    claimed = take()
    assert fine.id in ids(claimed)
    (suspect,) = [c for c in claimed if c.is_suspect]
    assert suspect.id in {row.id for row in rows}
    assert suspect.lost_leases == 2
    assert take(holds_suspect=True) == []
    assert [c.is_suspect for c in take()] == [True]


def test_one_that_took_three_workers_down_is_poison(alice: User):
    held_by("dead", alice, lost_leases=2)
    (found,) = take()
    assert found.lost_leases == 3


def test_suspects_keep_nobody_else_waiting(alice: User):
    for _ in range(5):
        held_by("dead", alice, lost_leases=1)
    make_many(alice, 3)
    assert len(take(4)) == 4


# --- Several workers ------------------------------------------------------------------


def test_two_workers_never_get_the_same(alice: User):
    rows = make_many(alice, 60)

    def work(name: str) -> list[Any]:
        found: list[Any] = []
        while some := take(3, name):
            found += ids(some)
        return found

    shares = at_once([partial(work, name) for name in "abcd"])
    claimed = Counter(id_ for share in shares for id_ in share)
    assert claimed == Counter(row.id for row in rows)


def test_the_limit_is_exact_for_workers_that_claim_together(alice: User):
    for _ in range(10):
        make_many(alice, 10)
        found = at_once([lambda: take(10, running=7) for _ in range(3)])
        assert sum(map(len, found)) == 7
        Execution.objects.all().delete()


@contextmanager
def locked(row: Execution) -> Iterator[None]:
    """Somebody else writes to the row."""
    has_it, may_go = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            Execution.objects.select_for_update().get(id=row.id)
            has_it.set()
            may_go.wait(10)
        connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    has_it.wait(10)
    yield
    may_go.set()
    thread.join()


@pytest.mark.services
def test_a_row_that_is_being_written_is_passed_over(alice: User):
    row, other = make_many(alice, 2)
    with locked(row):
        assert ids(take()) == [other.id]
    assert ids(take()) == [row.id]


@pytest.mark.services
@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"status": "COMPLETED", "due_at": None}, id="ended"),
        pytest.param({"due_at": Now() + timedelta(seconds=15)}, id="renewed"),
    ],
)
def test_a_row_that_moved_on_meanwhile_is_left_alone(
    alice: User, change: dict[str, Any]
):
    """Chosen as it was when the claim began to look, but no longer so when locked."""
    rows = [held_by("other", alice) for _ in range(200)]
    wanted = [row.id for row in rows]

    def settle() -> int:
        return Execution.objects.filter(id__in=wanted, lease_token=4).update(**change)

    settled, claimed = at_once([settle, lambda: len(take(200))])
    left = Execution.objects.filter(lease_owner="me").count()
    assert (claimed, settled + claimed) == (left, 200)
