"""What is noticed by nobody else; again on PostgreSQL with the services."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.db.models.functions import Now

from accounts.models import User
from core.limits import Limits
from executions.engine import sweeper as sweeping
from executions.engine.sweeper import Job, Sweeper, wake_the_told
from executions.engine.watchdog import Watchdog
from executions.models import Execution, NodeExecution, Signal, Worker
from graphs.freezing import graph_freeze
from tests.executions.rows import make_execution
from tests.executions.test_claiming import ids, take
from tests.factories import CALCULATOR, document, make_graph, node

pytestmark = pytest.mark.django_db(transaction=True)

QUIET = Limits()


def told(row: Execution, kind: str = "answer") -> Execution:
    Signal.objects.create(execution=row, kind=kind)
    return row


# --- Those who were told something ----------------------------------------------------


@pytest.mark.parametrize(
    ("columns", "wakes"),
    [
        pytest.param({"due_at": None}, True, id="waits for somebody"),
        pytest.param({"in_s": 3600}, True, id="waits for a time"),
        pytest.param({"due_at": None, "blocked_on": "k"}, False, id="without a place"),
        pytest.param({"in_s": 9, "status": "RUNNING"}, False, id="is held"),
        pytest.param({"due_at": None, "status": "QUEUED"}, False, id="is paused"),
        pytest.param({"due_at": None, "status": "FAILED"}, False, id="has ended"),
    ],
)
def test_who_waits_and_was_told_is_due(
    alice: User, columns: dict[str, Any], wakes: bool
):
    row = told(make_execution(alice, **{"status": "WAITING", **columns}))
    make_execution(alice, status="WAITING", due_at=None)
    assert wake_the_told() == wakes
    assert ids(take()) == [row.id] * wakes


# --- Those that do not move -----------------------------------------------------------


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def dog(clock: Clock) -> Watchdog:
    return Watchdog(replace(QUIET, stuck_seconds=3600, node_seconds=1800), clock)


def running(user: User, **columns: Any) -> Execution:
    facts = {"status": "RUNNING", "lease_owner": "w", "lease_token": 1, "last_seq": 5}
    return make_execution(user, in_s=15, **(facts | columns))


def under_way(row: Execution, status: str = "RUNNING", node_id: str = "sum") -> None:
    NodeExecution.objects.create(
        execution=row,
        node_id=node_id,
        number=1,
        status=status,
        inputs={},
        outputs=[],
        started_at=row.created_at,
    )


def test_one_that_does_not_move_is_resumed(
    alice: User, dog: Watchdog, clock: Clock, caplog: pytest.LogCaptureFixture
):
    row = running(alice)
    assert dog.look() == 0
    clock.now = 3599
    assert dog.look() == 0
    clock.now = 3600
    assert dog.look() == 1
    assert f"run {row.id}: no progress since event 5, 3600 s ago" in caplog.text
    (found,) = take(owner="other")
    assert (found.id, found.lost_leases) == (row.id, 1)
    assert found.lease_token == 3  # that of its holder is worth nothing any more
    verdict: Any = Signal.objects.values_list("kind", "body").get(execution=row)
    assert verdict == ("stalled", {"since": 5, "seconds": 3600})
    assert dog.look() == 0


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"last_seq": 6}, id="something happened"),
        pytest.param({"lease_token": 2}, id="somebody else has it"),
    ],
)
def test_one_that_moved_is_left_alone(
    alice: User, dog: Watchdog, clock: Clock, change: dict[str, Any]
):
    running(alice)
    dog.look()
    Execution.objects.update(**change)
    clock.now = 3600
    assert dog.look() == 0
    clock.now = 7200
    assert dog.look() == 1


@pytest.mark.parametrize(
    ("status", "timeout_s", "silence", "resumed"),
    [
        pytest.param("RUNNING", None, 3700, 1, id="an attempt that is out of time"),
        pytest.param("RUNNING", 9000, 3700, 0, id="an attempt that may take longer"),
        pytest.param("RUNNING", 9000, 9100, 1, id="it took longer than that"),
        pytest.param("WAITING", None, 9100, 0, id="a wait"),
        pytest.param("COMPLETED", None, 3700, 1, id="nothing that is open"),
    ],
)
def test_a_silence_that_is_explained_is_no_fault(
    alice: User,
    dog: Watchdog,
    clock: Clock,
    status: str,
    timeout_s: float | None,
    silence: float,
    resumed: int,
):
    metadata = {"timeout_s": timeout_s} if timeout_s else {}
    nodes = [
        node("sum", CALCULATOR, operation="Add", a=1, b=2) | {"metadata": metadata}
    ]
    graph = make_graph(alice, document(nodes, []))
    row = running(alice, graph=graph, version=graph_freeze(graph, user=alice))
    under_way(row, status)
    dog.look()
    clock.now = silence
    assert dog.look() == resumed


@pytest.mark.parametrize(
    "columns",
    [
        pytest.param({"status": "WAITING"}, id="waits"),
        pytest.param({"status": "QUEUED"}, id="is queued"),
        pytest.param({"due_at": None, "status": "COMPLETED"}, id="has ended"),
    ],
)
def test_only_what_is_held_is_watched(
    alice: User, dog: Watchdog, clock: Clock, columns: dict[str, Any]
):
    running(alice, **columns)
    dog.look()
    clock.now = 10_000
    assert dog.look() == 0


# --- The thread -----------------------------------------------------------------------


class Bell:
    def __init__(self) -> None:
        self.rung = threading.Event()

    def __call__(self) -> None:
        self.rung.set()


@contextmanager
def sweeping_with(*jobs: Job, name: str = "me") -> Iterator[Bell]:
    bell = Bell()
    sweeper = Sweeper(name, bell, QUIET, jobs)
    sweeper.start()
    try:
        yield bell
    finally:
        sweeper.stop()
        assert not any(t.name == "sweeper" for t in threading.enumerate())


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeping, "LOOK_EVERY_S", 0.02)
    monkeypatch.setattr(sweeping, "WAKE_EVERY_S", 0.02)


def test_it_rings_when_there_is_work_again(alice: User):
    with sweeping_with() as bell:
        assert not bell.rung.wait(0.2)
        told(make_execution(alice, status="WAITING", due_at=None))
        assert bell.rung.wait(5)
    assert len(take()) == 1


def test_a_job_is_done_again_and_again():
    done = threading.Semaphore(0)

    def job() -> int:
        done.release()
        return 1

    with sweeping_with(Job(0.02, job, once=False)) as bell:
        for _ in range(3):
            assert done.acquire(timeout=5)
        assert not bell.rung.is_set()


def test_a_job_that_fails_stops_no_other(caplog: pytest.LogCaptureFixture):
    ran = threading.Event()

    def away() -> int:
        raise OperationalError("away")

    def wrong() -> int:
        raise ValueError("wrong")

    def fine() -> int:
        ran.set()
        return 0

    jobs = [Job(9, job, once=False) for job in (away, wrong, fine)]
    with sweeping_with(*jobs):
        assert ran.wait(5)
    assert "the database is away (away)" in caplog.text
    assert "ValueError: wrong" in caplog.text


@pytest.mark.parametrize(("name", "does"), [("first", True), ("second", False)])
def test_one_worker_does_what_is_done_once(name: str, does: bool):
    for worker in ("first", "second"):
        Worker.objects.create(name=worker, seen_at=Now() + timedelta(minutes=1))
    ran = threading.Event()

    def job() -> int:
        ran.set()
        return 0

    with sweeping_with(Job(0.02, job), name=name):
        assert ran.wait(5 if does else 0.3) is does
