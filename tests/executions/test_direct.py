"""Starts that are answered where they are asked for: stored whole, or not at all."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from blocks.values import JsonObject
from executions import direct
from executions.models import ConcurrencyLimit, Execution, NodeExecution
from executions.selectors import events_after
from tests.conftest import SignedIn
from tests.executions.agents import sums, ticks
from tests.factories import make_graph

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _knows_no_limits() -> None:
    direct.limited.forget()


@pytest.fixture
def client(alice: User, signed_in: SignedIn) -> APIClient:
    return signed_in(alice)


def start(client: APIClient, user: User, body: JsonObject, **more: Any) -> Any:
    where = f"/api/v1/graphs/{make_graph(user, body).id}/executions/?wait=5"
    return client.post(where, {"inputs": {"Input": 8}}, **more)


def test_it_is_answered_with_what_is_stored(client: APIClient, alice: User):
    answer = start(client, alice, sums())

    row = Execution.objects.get()
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "id": str(row.id),
            "status": "COMPLETED",
            "outputs": {"Output": [42.0]},
            "errors": [],
        },
    )
    assert (row.status, row.outputs, row.due_at) == (
        "COMPLETED",
        {"Output": [42.0]},
        None,
    )
    events = events_after(row.id, 0)
    assert [event["seq"] for event in events] == [*range(1, row.last_seq + 1)]
    assert events[-1]["type"] == "execution.finished"
    ended = NodeExecution.objects.filter(execution=row, status="COMPLETED")
    assert ended.count() == row.node_executions


def test_one_that_takes_longer_is_left_to_a_worker(
    client: APIClient, alice: User, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("executions.engine.direct.SECONDS_AT_MOST", 0)
    assert start(client, alice, sums()).status_code == 202
    row = Execution.objects.get()
    assert (row.status, row.last_seq) == ("QUEUED", 0)


def test_one_that_waits_is_left_to_a_worker(client: APIClient, alice: User):
    assert start(client, alice, ticks()).status_code == 202


def test_a_key_makes_it_an_ordinary_start(client: APIClient, alice: User):
    answer = start(client, alice, sums(), headers={"Idempotency-Key": "once"})
    assert (answer.status_code, Execution.objects.get().status) == (202, "QUEUED")


def test_limits_on_what_runs_at_once_are_for_the_queue(client: APIClient, alice: User):
    workspace = make_graph(alice).workspace
    ConcurrencyLimit.objects.create(
        workspace=workspace, scope="graph", target="any", limit=1
    )
    assert start(client, alice, sums()).status_code == 202
