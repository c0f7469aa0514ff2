"""Cancel, pause and resume over HTTP, and the rule that every signal follows."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime, timedelta
from threading import Event
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from core.stored import sealed_value
from executions.domain.status import ExecutionStatus
from executions.models import Execution, Signal
from executions.signals import signal_send
from tests.conftest import SignedIn
from tests.executions.rows import make_execution

pytestmark = pytest.mark.django_db

FINAL = [status.value for status in ExecutionStatus if status.is_final]
NOBODY = UUID("0198c0de-0000-7000-8000-000000000000")


@pytest.fixture
def client(alice: User, signed_in: SignedIn) -> APIClient:
    return signed_in(alice)


def ask(client: APIClient, row: Execution, what: str) -> Any:
    return client.post(f"/api/v1/executions/{row.id}/{what}/")


def fresh(row: Execution) -> Execution:
    return Execution.objects.get(id=row.id)


def is_due(row: Execution) -> bool:
    return Execution.objects.filter(id=row.id, due_at__lte=Now()).exists()


def kinds() -> list[str]:
    return list(Signal.objects.values_list("kind", flat=True))


# --- Over HTTP ------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["RUNNING", "WAITING"])
@pytest.mark.parametrize("what", ["cancel", "pause", "resume"])
def test_what_has_begun_is_told(client, alice, what, status):
    row = make_execution(alice, status=status, due_at=None)
    answer = ask(client, row, what)
    assert answer.status_code == 202
    assert answer.json() == {"id": str(row.id), "status": status}
    assert answer["location"].endswith(f"/api/v1/executions/{row.id}/")
    assert kinds() == [what]
    # Nobody holds one that waits; one that runs has a holder who looks by itself.
    assert is_due(row) == (status == "WAITING")


@pytest.mark.parametrize("status", FINAL)
@pytest.mark.parametrize(
    ("what", "code"), [("cancel", 202), ("pause", 409), ("resume", 409)]
)
def test_what_has_ended_is_told_nothing(client, alice, what, code, status):
    row = make_execution(alice, status=status, due_at=None)
    answer = ask(client, row, what)
    assert answer.status_code == code
    assert answer.json()["status"] == (status if code == 202 else 409)
    if code == 409:
        assert answer.json()["type"] == "urn:problem:already-ended"
        assert status in answer.json()["detail"]
    assert kinds() == []
    assert fresh(row).due_at is None


def test_a_queued_run_is_held_back_and_let_go(client, alice):
    row = make_execution(alice)
    assert ask(client, row, "pause").json()["status"] == "QUEUED"
    assert (fresh(row).due_at, fresh(row).waiting_for) == (None, "paused")
    assert ask(client, row, "pause").status_code == 202
    assert ask(client, row, "resume").status_code == 202
    assert (is_due(row), fresh(row).waiting_for) == (True, "")
    assert (fresh(row).options, kinds()) == (None, [])


def test_a_pause_does_not_shorten_a_delay(client, alice):
    row = make_execution(alice, in_s=3600)
    planned = fresh(row).due_at
    for _ in range(2):
        ask(client, row, "pause")
        assert fresh(row).due_at is None
    ask(client, row, "resume")
    assert (fresh(row).due_at, fresh(row).options) == (planned, None)


def test_a_delay_that_passed_during_a_pause_is_over(client, alice):
    row = make_execution(alice)
    past = (timezone.now() - timedelta(hours=1)).isoformat()
    options = {"due_at": past, "node_inputs": {"a": {"b": 1}}}
    Execution.objects.filter(id=row.id).update(
        due_at=None,
        waiting_for="paused",
        options=sealed_value(row, "options", options),
    )
    ask(client, row, "resume")
    assert is_due(row)
    due_at = fresh(row).due_at
    assert due_at is not None
    assert due_at > datetime.fromisoformat(past) + timedelta(minutes=59)
    assert fresh(row).options == {"node_inputs": {"a": {"b": 1}}}


def test_resuming_what_is_not_paused_changes_nothing(client, alice):
    row = make_execution(alice, in_s=3600)
    before = fresh(row).due_at
    assert ask(client, row, "resume").status_code == 202
    assert fresh(row).due_at == before


def test_a_paused_run_may_be_cancelled(client, alice):
    row = make_execution(alice)
    ask(client, row, "pause")
    ask(client, row, "cancel")
    assert is_due(row)
    assert kinds() == ["cancel"]


def test_a_pause_takes_a_run_out_of_the_reach_of_free_slots(client, alice):
    row = make_execution(alice, due_at=None, blocked_on="graph:x:y")
    ask(client, row, "pause")
    assert (fresh(row).blocked_on, fresh(row).due_at) == ("", None)


@pytest.mark.parametrize("what", ["cancel", "pause", "resume"])
def test_what_is_not_charlies_is_not_there(alice, charlie, signed_in, what):
    row = make_execution(alice, status="WAITING", due_at=None)
    assert ask(signed_in(charlie), row, what).status_code == 404
    assert kinds() == []
    assert ask(APIClient(), row, what).status_code == 401
    assert fresh(row).due_at is None


# --- The rule -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "kind", "due"),
    [
        pytest.param("QUEUED", "cancel", True, id="a delayed one ends now"),
        pytest.param("QUEUED", "answer", False, id="a delayed one keeps its delay"),
        pytest.param("QUEUED", "child", False, id="and so it does for news"),
        pytest.param("WAITING", "answer", True, id="a parked one wakes"),
        pytest.param("WAITING", "child", True, id="also for a sub-agent"),
        pytest.param("RUNNING", "answer", False, id="the holder looks by itself"),
    ],
)
def test_who_is_woken(alice, status, kind, due):
    row = make_execution(alice, status=status, in_s=3600)
    assert signal_send(row.id, kind, {"x": 1}) == status
    assert is_due(row) == due
    assert Signal.objects.get().body == {"x": 1}


def test_one_that_is_due_keeps_its_place(alice):
    row = make_execution(alice, status="WAITING", in_s=-60)
    before = fresh(row).due_at
    signal_send(row.id, "child")
    assert fresh(row).due_at == before


def test_what_is_not_there_is_told_nothing(db):
    assert signal_send(NOBODY, "cancel") is None
    assert kinds() == []


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_a_signal_waits_for_who_parks_the_run(alice: User):
    """Without the lock the signal would see RUNNING and leave the waking to the holder,
    and the holder, who cannot see the signal yet, would park for ever."""
    row = make_execution(alice, status="RUNNING", in_s=15)
    is_locked = Event()

    def park() -> None:
        with closing(connection), transaction.atomic():
            Execution.objects.select_for_update().get(id=row.id)
            is_locked.set()
            time.sleep(0.3)
            assert kinds() == []
            Execution.objects.filter(id=row.id).update(status="WAITING", due_at=None)

    with ThreadPoolExecutor(1) as pool:
        parking = pool.submit(park)
        assert is_locked.wait(5)
        assert signal_send(row.id, "answer") == "WAITING"
        parking.result()
    assert is_due(row)
