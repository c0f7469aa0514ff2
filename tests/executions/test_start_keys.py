"""Idempotency-Key, starting at a time, and the limit of the queue, over HTTP."""

from dataclasses import replace
from datetime import timedelta
from threading import Thread
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection, transaction
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.models import User
from executions import queue_room, start_keys
from executions.models import ConcurrencyLimit, Execution, StartKey
from graphs.domain.parse import parse_graph
from graphs.models import Graph
from graphs.services import graph_save_draft
from tests.accounts.test_races import AT_ONCE, together
from tests.conftest import SignedIn
from tests.executions.rows import make_execution
from tests.factories import CALCULATOR, document, make_graph, node

pytestmark = pytest.mark.django_db

EIGHT: dict[str, Any] = {"inputs": {"Input": 8}}
KEY = "a1b2"


@pytest.fixture
def client(alice: User, signed_in: SignedIn) -> APIClient:
    return signed_in(alice)


@pytest.fixture
def graph(alice: User) -> Graph:
    return make_graph(alice)


def start(client: APIClient, graph: Graph, body: Any, key: str | None = KEY) -> Any:
    headers = {} if key is None else {"Idempotency-Key": key}
    url = f"/api/v1/graphs/{graph.id}/executions/"
    return client.post(url, body, headers=headers)


# --- Keys -----------------------------------------------------------------------------


def test_the_same_key_gives_the_same_execution(client, graph):
    first = start(client, graph, EIGHT)
    Execution.objects.update(status="COMPLETED")
    again = start(client, graph, EIGHT)
    assert (first.status_code, again.status_code) == (202, 202)
    assert again.json() == first.json()
    assert again.json()["status"] == "QUEUED"
    assert again["location"] == first["location"]
    assert "idempotency-replayed" not in first
    assert again["idempotency-replayed"] == "true"
    assert Execution.objects.count() == 1


def test_the_order_of_keys_in_the_body_means_nothing(client, graph):
    start(client, graph, {"inputs": {"Input": 8}, "priority": 1})
    again = start(client, graph, {"priority": 1, "inputs": {"Input": 8}})
    assert again["idempotency-replayed"] == "true"


@pytest.mark.parametrize(
    "body", [{}, {"inputs": {"Input": 9}}, {**EIGHT, "priority": 0}]
)
def test_a_key_goes_with_one_body(client, graph, body):
    start(client, graph, EIGHT)
    answer = start(client, graph, body)
    assert answer.status_code == 422
    assert answer.json()["type"] == "urn:problem:idempotency-key-reused"
    assert Execution.objects.count() == 1


def test_a_key_is_of_one_user_and_one_route(client, graph, alice, charlie, signed_in):
    other = make_graph(alice)
    his = make_graph(charlie)
    for who, what in ((client, graph), (client, other), (signed_in(charlie), his)):
        answer = start(who, what, EIGHT)
        assert (answer.status_code, "idempotency-replayed" in answer) == (202, False)
    assert start(signed_in(charlie), graph, EIGHT).status_code == 404
    assert Execution.objects.count() == 3


@pytest.mark.parametrize(
    ("key", "code"),
    [
        pytest.param("", 400, id="empty"),
        pytest.param("x" * 256, 400, id="too long"),
        pytest.param("clé", 400, id="not ASCII"),
        pytest.param("a\tb", 400, id="not printable"),
        pytest.param("x" * 255, 202, id="longest"),
        pytest.param("~", 202, id="one character"),
        pytest.param('"8e03978e-40d5"', 202, id="quoted, as the draft has it"),
    ],
)
def test_what_a_key_may_be(client, graph, key, code):
    answer = start(client, graph, EIGHT, key)
    assert answer.status_code == code
    assert Execution.objects.count() == (code == 202)
    if code == 400:
        assert [e["field"] for e in answer.json()["errors"]] == ["Idempotency-Key"]


def test_a_refused_start_leaves_its_key_free(client, graph, alice):
    broken = make_graph(alice, document([node("sum", CALCULATOR, operation="Add")]))
    assert start(client, broken, {}).status_code == 422
    assert start(client, graph, {"inputs": {"Input": "x"}}).status_code == 400
    assert not StartKey.objects.exists()
    assert start(client, graph, EIGHT).status_code == 202


def test_a_replay_does_not_ask_whether_the_agent_can_still_run(client, graph, alice):
    first = start(client, graph, EIGHT)
    broken = document([node("sum", CALCULATOR, operation="Add")])
    draft = parse_graph(broken, strict_blocks=True)
    graph_save_draft(user=alice, graph=graph, draft=draft)
    assert start(client, graph, EIGHT, "another").status_code == 422
    assert start(client, graph, EIGHT).json() == first.json()


def test_without_a_key_a_start_is_one_statement_that_writes(client, graph):
    start(client, graph, EIGHT, None)
    with CaptureQueriesContext(connection) as queries:
        start(client, graph, EIGHT, None)
    said = [query["sql"] for query in queries]
    writes = [sql for sql in said if not sql.startswith("SELECT")]
    assert len(writes) == 1
    assert writes[0].startswith('INSERT INTO "executions_execution"')


def test_old_keys_are_forgotten_in_batches(client, graph, monkeypatch):
    monkeypatch.setattr(start_keys, "BATCH", 2)
    for number in range(6):
        start(client, graph, EIGHT, f"key {number}")
    old = StartKey.objects.filter(key__in=[f"key {n}" for n in range(5)])
    old.update(created_at=Now() - timedelta(hours=24, seconds=1))
    assert start_keys.expire() == 5
    assert list(StartKey.objects.values_list("key", flat=True)) == ["key 5"]
    assert Execution.objects.count() == 6
    assert start_keys.expire() == 0


# --- Several at once ------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_starts(alice, signed_in):
    graph = make_graph(alice)
    start(signed_in(alice), graph, {}, None)  # freezes the draft

    def act() -> object:
        answer = start(signed_in(alice), graph, EIGHT)
        return answer.status_code, answer.json()["id"]

    answers = together(act)
    assert list(answers.values()) == [AT_ONCE]
    assert StartKey.objects.count() == 1
    assert Execution.objects.count() == 2


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_who_waits_too_long_for_the_first_is_told_to_come_again(
    alice, signed_in, monkeypatch
):
    """The first has its key and does not commit; here, because it waits for us."""
    graph = make_graph(alice)
    monkeypatch.setattr(start_keys, "WAIT_S", 0.2)
    first = start_keys.keyed_start(
        user_id=alice.id,
        route=f"/api/v1/graphs/{graph.id}/executions/",
        key=KEY,
        body=EIGHT,
    )
    slow = make_execution(alice)
    seen: list[Any] = []

    def second() -> None:
        seen.append(start(signed_in(alice), graph, EIGHT))
        connection.close()

    with transaction.atomic():
        StartKey.objects.create(**first._asdict(), execution=slow)
        thread = Thread(target=second)
        thread.start()
        thread.join(10)
    (answer,) = seen
    assert answer.status_code == 409
    assert answer.json()["type"] == "urn:problem:start-under-way"
    assert answer["retry-after"] == "1"
    assert Execution.objects.count() == 1
    assert start(signed_in(alice), graph, EIGHT).json()["id"] == str(slow.id)


# --- When -----------------------------------------------------------------------------


def due_in_s() -> float:
    due_at = Execution.objects.values_list("due_at", flat=True).get()
    assert due_at is not None
    return (due_at - timezone.now()).total_seconds()


@pytest.mark.parametrize(
    ("offset", "low", "high"),
    [
        pytest.param(timedelta(hours=2), 7100, 7201, id="later"),
        pytest.param(-timedelta(hours=2), -60, 1, id="in the past means now"),
    ],
)
def test_a_run_may_start_at_a_time(client, graph, offset, low, high):
    at = (timezone.now() + offset).isoformat()
    assert start(client, graph, {"run_at": at}, None).status_code == 202
    assert low < due_in_s() < high


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+23:59", None])
def test_times_at_the_edge_mean_now(client, graph, at):
    assert start(client, graph, {"run_at": at}, None).status_code == 202
    assert -60 < due_in_s() < 1


@pytest.mark.parametrize(
    "at",
    [
        pytest.param("2999-01-01T00:00:00Z", id="over a year ahead"),
        pytest.param("9999-12-31T23:59:59-12:00", id="after the last year of UTC"),
        pytest.param("2030-01-01T00:00:00", id="without an offset"),
        pytest.param("tomorrow", id="no time"),
        pytest.param(1893456000, id="a number"),
        pytest.param([], id="a list"),
    ],
)
def test_a_time_that_is_none_is_refused(client, graph, at):
    answer = start(client, graph, {"run_at": at}, None)
    assert answer.status_code == 400
    assert [e["field"] for e in answer.json()["errors"]] == ["run_at"]


def test_a_delay_and_a_time_are_one_too_many(client, graph):
    at = timezone.now().isoformat()
    answer = start(client, graph, {"run_at": at, "delay_s": 5}, None)
    assert answer.status_code == 400
    assert [e["field"] for e in answer.json()["errors"]] == ["run_at"]


# --- How many -------------------------------------------------------------------------


@pytest.fixture
def room_for_three(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.LIMITS = replace(django_settings.LIMITS, queued_per_workspace=3)
    monkeypatch.setattr(queue_room, "_counts", {})


@pytest.mark.usefixtures("room_for_three")
def test_a_full_queue_takes_no_more(client, graph, charlie, signed_in):
    codes = [start(client, graph, EIGHT, None).status_code for _ in range(3)]
    refused = start(client, graph, EIGHT)
    assert codes == [202, 202, 202]
    assert (refused.status_code, refused["retry-after"]) == (429, "5")
    assert refused.json()["type"] == "urn:problem:queue-full"
    assert "3" in refused.json()["detail"]
    assert not StartKey.objects.exists()
    his = make_graph(charlie)
    assert start(signed_in(charlie), his, EIGHT).status_code == 202


@pytest.mark.usefixtures("room_for_three")
def test_who_has_begun_makes_room(client, graph, monkeypatch):
    for _ in range(3):
        start(client, graph, EIGHT, None)
    assert start(client, graph, EIGHT, None).status_code == 429
    Execution.objects.update(status="RUNNING")
    monkeypatch.setattr(queue_room, "_counts", {})  # a second or ten later
    assert start(client, graph, EIGHT, None).status_code == 202


@pytest.mark.usefixtures("room_for_three")
def test_those_that_wait_for_a_slot_count(client, graph):
    limit = ConcurrencyLimit.objects.create(
        workspace=graph.workspace, scope="graph", target=str(graph.id), limit=1
    )
    for _ in range(3):
        start(client, graph, EIGHT, None)
    Execution.objects.update(due_at=None, blocked_on=limit.key)
    queue_room._counts.clear()
    assert start(client, graph, EIGHT, None).status_code == 429


def test_counting_is_not_done_at_every_start(client, graph):
    start(client, graph, EIGHT, None)
    with CaptureQueriesContext(connection) as queries:
        for _ in range(5):
            start(client, graph, EIGHT, None)
    assert [q for q in queries if "COUNT(" in q["sql"]] == []
