"""Schedules over HTTP, route by route."""

from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from executions.models import Schedule
from graphs.models import Graph
from graphs.services import graph_delete
from tests.conftest import SignedIn
from tests.factories import CALCULATOR, OUTPUT, document, make_graph, node

pytestmark = pytest.mark.django_db

URL = "/api/v1/schedules/"
WEEKDAYS = "0 9 * * 1-5"


@pytest.fixture
def client(alice: User, signed_in: SignedIn) -> APIClient:
    return signed_in(alice)


@pytest.fixture
def graph(alice: User) -> Graph:
    return make_graph(alice)


def body(graph: Graph, **changed: Any) -> dict[str, Any]:
    return {"graph": str(graph.id), "cron": WEEKDAYS, "inputs": {"Input": 1}} | changed


def made(client: APIClient, graph: Graph, **changed: Any) -> Any:
    answer = client.post(URL, body(graph, **changed))
    assert answer.status_code == 201, answer.content
    return answer.json()


def fields_of(answer: Any) -> list[str]:
    assert answer["content-type"] == "application/problem+json"
    return [error["field"] for error in answer.json()["errors"]]


def test_a_schedule_is_made_and_read(client: APIClient, graph: Graph):
    wanted = {"name": "Each morning", "timezone": "Europe/Berlin", "misfire": "skip"}
    answer = made(client, graph, **wanted)
    assert answer == client.get(f"{URL}{answer['id']}/").json()
    assert answer | wanted == answer
    assert answer["graph"] == str(graph.id)
    assert answer["graph_name"] == "Sum"
    assert (answer["cron"], answer["inputs"]) == (WEEKDAYS, {"Input": 1})
    assert (answer["is_active"], answer["fault"], answer["last_at"]) == (True, "", None)
    assert datetime.fromisoformat(answer["next_at"]) > timezone.now()


def test_what_is_left_out_has_its_usual_value(
    client: APIClient, graph: Graph, alice: User
):
    alice.timezone = "Asia/Tokyo"
    alice.save()
    answer = client.post(URL, {"graph": str(graph.id), "cron": WEEKDAYS}).json()
    assert (answer["timezone"], answer["misfire"]) == ("Asia/Tokyo", "once")
    assert (answer["inputs"], answer["name"]) == ({}, "")


def test_one_that_is_made_paused_has_no_next_time(client: APIClient, graph: Graph):
    assert made(client, graph, is_active=False)["next_at"] is None


@pytest.mark.parametrize(
    ("changed", "fields"),
    [
        ({"cron": "0 9 * *"}, ["cron"]),
        ({"cron": "99 9 * * *"}, ["cron"]),
        ({"cron": ""}, ["cron"]),
        ({"cron": "0 " * 150}, ["cron"]),
        ({"cron": None}, ["cron"]),
        ({"cron": 5}, ["cron"]),
        ({"timezone": "Mars/Phobos"}, ["timezone"]),
        ({"timezone": "../../etc/passwd"}, ["timezone"]),
        ({"misfire": "never"}, ["misfire"]),
        ({"inputs": []}, ["inputs"]),
        ({"inputs": {"Input": "x"}}, ["inputs.Input"]),
        ({"inputs": {"Other": 1}}, ["inputs.Other"]),
        ({"is_active": "perhaps"}, ["is_active"]),
        ({"name": "x" * 201}, ["name"]),
        ({"graph": "x"}, ["graph"]),
        ({"next_at": "2026-01-01T00:00:00Z"}, ["next_at"]),
        ({"user": 1}, ["user"]),
    ],
)
def test_what_cannot_be_is_refused_by_its_field(client, graph, changed, fields):
    answer = client.post(URL, body(graph) | changed)
    assert answer.status_code == 400
    assert fields_of(answer) == fields
    assert not Schedule.objects.exists()


def test_an_agent_that_cannot_run_gets_no_schedule(client: APIClient, alice: User):
    nodes = [node("sum", CALCULATOR, operation="Add"), node("out", OUTPUT, name="O")]
    broken = make_graph(alice, document(nodes, ["sum.result -> out.value"]))
    answer = client.post(URL, body(broken, inputs={}))
    assert answer.status_code == 422
    assert not Schedule.objects.exists()


def test_it_can_be_changed(client: APIClient, graph: Graph):
    id = made(client, graph)["id"]
    change = {"name": "New", "inputs": {"Input": 2}, "is_active": False}
    answer = client.patch(f"{URL}{id}/", change)
    assert answer.status_code == 200
    assert answer.json() | change == answer.json()
    assert answer.json()["next_at"] is None
    assert answer.json()["cron"] == WEEKDAYS


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"cron": "x"}, "cron"),
        ({"timezone": "x"}, "timezone"),
        ({"inputs": {"Input": "x"}}, "inputs.Input"),
        ({"graph": "01a2042f-34ce-7130-870a-ba7d8f43dd2b"}, "graph"),
        ({"fault": "x"}, "fault"),
    ],
)
def test_a_wrong_change_changes_nothing(client, graph, change, field):
    before = made(client, graph)
    answer = client.patch(f"{URL}{before['id']}/", {"name": "New"} | change)
    assert answer.status_code == 400
    assert fields_of(answer) == [field]
    assert client.get(f"{URL}{before['id']}/").json() == before


def test_it_can_be_deleted(client: APIClient, graph: Graph):
    id = made(client, graph)["id"]
    assert client.delete(f"{URL}{id}/").status_code == 204
    assert client.delete(f"{URL}{id}/").status_code == 404


def test_the_list_is_newest_first_by_agent_and_by_pages(
    client: APIClient, graph: Graph, alice: User
):
    other = make_graph(alice)
    ids = [made(client, g)["id"] for g in (graph, other, graph)]
    everything = client.get(URL).json()["results"]
    assert [row["id"] for row in everything] == ids[::-1]
    of_one = client.get(f"{URL}?graph={graph.id}").json()["results"]
    assert [row["id"] for row in of_one] == [ids[2], ids[0]]
    page = client.get(f"{URL}?limit=2").json()
    assert [row["id"] for row in client.get(page["next"]).json()["results"]] == [ids[0]]
    assert client.get(f"{URL}?graph=x").status_code == 400


def test_the_list_asks_no_more_for_more(client: APIClient, graph: Graph):
    made(client, graph)
    with CaptureQueriesContext(connection) as few:
        client.get(URL)
    for _ in range(5):
        made(client, graph)
    with CaptureQueriesContext(connection) as more:
        client.get(URL)
    assert len(more) == len(few)


def test_with_its_agent_it_is_gone(client: APIClient, graph: Graph, alice: User):
    id = made(client, graph)["id"]
    graph_delete(user=alice, graph=graph)
    assert client.get(f"{URL}{id}/").status_code == 404
    assert client.get(URL).json()["results"] == []


@pytest.mark.parametrize("method", ["get", "patch", "delete"])
def test_what_is_of_others_is_not_there(
    client: APIClient, graph: Graph, charlie: User, signed_in: SignedIn, method: str
):
    id = made(client, graph)["id"]
    answer = getattr(signed_in(charlie), method)(f"{URL}{id}/")
    assert answer.status_code == 404
    assert Schedule.objects.count() == 1
    assert signed_in(charlie).get(URL).json()["results"] == []


def test_nobody_schedules_the_agent_of_another(
    graph: Graph, charlie: User, signed_in: SignedIn
):
    assert signed_in(charlie).post(URL, body(graph)).status_code == 404
    assert not Schedule.objects.exists()


def test_without_signing_in_there_is_nothing(anyone: APIClient):
    assert anyone.get(URL).status_code == 401
    assert anyone.get(f"{URL}preview/?cron=* * * * *").status_code == 401


def test_a_preview_says_what_it_means_and_when(client: APIClient):
    answer = client.get(
        f"{URL}preview/", {"cron": WEEKDAYS, "timezone": "Asia/Kathmandu"}
    ).json()
    assert answer["phrase"] == "At 09:00 on Monday through Friday"
    times = [datetime.fromisoformat(text) for text in answer["times"]]
    assert len(times) == 5
    assert times == sorted(times)
    assert {f"{time:%H:%M}" for time in times} == {"03:15"}


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({}, "cron"),
        ({"cron": "x"}, "cron"),
        ({"cron": WEEKDAYS, "timezone": "x"}, "timezone"),
    ],
)
def test_a_preview_of_nothing_is_refused(client: APIClient, query: Any, field: str):
    answer = client.get(f"{URL}preview/", query)
    assert answer.status_code == 400
    assert fields_of(answer) == [field]
