"""The engine of a process as a whole: its threads, its presence, its end."""

import os
import threading
from collections.abc import Iterator

import pytest
from django.db import connection

from accounts.models import User
from executions.engine import service
from executions.engine.leases import EXIT_CODE
from executions.engine.service import EngineService
from executions.models import Execution, Worker
from tests.executions.rows import make_execution
from tests.servers import until

pytestmark = pytest.mark.django_db(transaction=True)

THREADS = {"engine", "journal", "leases", "fence", "sweeper"}


@pytest.fixture(autouse=True)
def _sessions_end() -> Iterator[None]:
    """Threads of a pool keep theirs until the process ends, which here it does not."""
    yield
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )


def threads() -> set[str]:
    return {thread.name for thread in threading.enumerate()} & THREADS


@pytest.fixture
def engine() -> Iterator[EngineService]:
    engine = EngineService()
    engine.start()
    yield engine
    engine.stop()


def test_it_runs_what_is_due_and_leaves_nothing_behind(alice: User):
    engine = EngineService()
    engine.start()
    assert threads() == THREADS
    worker = Worker.objects.get()
    row = make_execution(alice)
    engine.ring()
    until(lambda: Execution.objects.get().status == "COMPLETED")
    assert Execution.objects.get().lease_owner in (worker.name, "")
    engine.stop()
    assert threads() == set()
    worker.refresh_from_db()
    assert worker.gone_at is not None
    assert Execution.objects.get(id=row.id).outputs == {"Output": [35]}


def test_it_is_started_and_stopped_once(engine: EngineService):
    engine.start()
    assert Worker.objects.count() == 1
    engine.stop()
    engine.stop()
    assert threads() == set()


def test_one_that_cannot_end_ends_the_process(
    engine: EngineService, monkeypatch: pytest.MonkeyPatch
):
    """As when the database is away and the last events cannot be written."""
    codes: list[int] = []
    monkeypatch.setattr(service, "STOP_WITHIN_S", 0.1)
    monkeypatch.setattr(os, "_exit", codes.append)
    assert engine._worker is not None
    monkeypatch.setattr(engine._worker, "stop", lambda: None)
    worker = engine._worker
    thread = engine._thread
    engine.stop()
    assert codes == [EXIT_CODE]
    monkeypatch.undo()
    worker.call(worker.stop)
    assert thread is not None
    thread.join(10)
    assert threads() == set()
