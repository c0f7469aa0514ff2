"""Webhooks over HTTP: making, changing and rotating them."""

from typing import Any

import pytest
from django.db import connection
from rest_framework.test import APIClient

from accounts.models import User
from executions.models import Hook
from graphs.models import Graph
from graphs.services import graph_delete
from tests.conftest import SignedIn
from tests.factories import make_graph

pytestmark = pytest.mark.django_db

URL = "/api/v1/hooks/"
SECRET = "sixteen-characters-or-more"


@pytest.fixture
def client(alice: User, signed_in: SignedIn) -> APIClient:
    return signed_in(alice)


@pytest.fixture
def graph(alice: User) -> Graph:
    return make_graph(alice)


def made(client: APIClient, graph: Graph, **facts: Any) -> Any:
    answer = client.post(URL, {"graph": str(graph.id)} | facts)
    assert answer.status_code == 201, answer.content
    return answer.json()


def token_of(hook: Any) -> str:
    return str(hook["url"]).rstrip("/").rpartition("/")[2]


def fields_of(answer: Any) -> list[str]:
    return [error["field"] for error in answer.json()["errors"]]


def test_a_hook_is_made_and_read(client: APIClient, graph: Graph):
    hook = made(client, graph, name="From the shop", wait_s=5)
    assert hook == client.get(f"{URL}{hook['id']}/").json()
    assert hook["url"].startswith("http://testserver/hooks/")
    assert len(token_of(hook)) == 43
    assert (hook["graph"], hook["graph_name"]) == (str(graph.id), "Sum")
    assert (hook["name"], hook["wait_s"], hook["is_active"]) == (
        "From the shop", 5.0, True,
    )  # fmt: skip
    assert (hook["check_by"], hook["has_secret"]) == ("none", False)
    assert "secret" not in hook


def test_neither_token_nor_secret_lies_open_in_the_database(
    client: APIClient, graph: Graph
):
    hook = made(client, graph, check_by="signature")
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM executions_hook")
        row = cursor.fetchone()
    stored = b"".join(bytes(v) if isinstance(v, memoryview) else str(v).encode()
                      for v in row)  # fmt: skip
    assert token_of(hook).encode() not in stored
    assert hook["secret"].encode() not in stored


def test_a_secret_is_made_where_none_is_given_and_shown_once(
    client: APIClient, graph: Graph
):
    hook = made(client, graph, check_by="signature")
    assert hook["secret"].startswith("whsec_")
    assert hook["has_secret"]
    again = client.get(f"{URL}{hook['id']}/").json()
    assert again["has_secret"]
    assert "secret" not in again
    assert "secret" not in client.get(URL).json()["results"][0]
    assert "secret" not in client.patch(f"{URL}{hook['id']}/", {"name": "x"}).json()


def test_a_secret_of_ones_own_is_never_shown(client: APIClient, graph: Graph):
    hook = made(client, graph, check_by="secret", secret=SECRET)
    assert "secret" not in hook
    assert Hook.objects.get().secret == SECRET


def test_the_check_can_be_changed_both_ways(client: APIClient, graph: Graph):
    url = f"{URL}{made(client, graph)['id']}/"
    checked = client.patch(url, {"check_by": "secret"}).json()
    assert checked["secret"] == Hook.objects.get().secret
    replaced = client.patch(url, {"secret": SECRET}).json()
    assert "secret" not in replaced
    assert Hook.objects.get().secret == SECRET
    assert not client.patch(url, {"check_by": "none"}).json()["has_secret"]
    assert Hook.objects.get().secret is None


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"check_by": "trust"}, "check_by"),
        ({"check_by": "secret", "secret": "short"}, "secret"),
        ({"check_by": "secret", "secret": "ä" * 20}, "secret"),
        ({"check_by": "secret", "secret": "with a space in it"}, "secret"),
        ({"check_by": "secret", "secret": "x" * 256}, "secret"),
        ({"check_by": "signature", "secret": "whsec_%%%%%%%%%%%"}, "secret"),
        ({"secret": SECRET}, "secret"),
        ({"wait_s": 0}, "wait_s"),
        ({"wait_s": 61}, "wait_s"),
        ({"wait_s": "x"}, "wait_s"),
        ({"token": "mine"}, "token"),
        ({"graph": "x"}, "graph"),
    ],
)
def test_what_cannot_be_is_refused_by_its_field(client, graph, facts, field):
    answer = client.post(URL, {"graph": str(graph.id)} | facts)
    assert answer.status_code == 400
    assert fields_of(answer) == [field]
    assert not Hook.objects.exists()
    assert SECRET not in answer.text


def test_it_can_be_deleted(client: APIClient, graph: Graph):
    hook = made(client, graph)
    assert client.delete(f"{URL}{hook['id']}/").status_code == 204
    assert client.post(hook["url"], {}).status_code == 404


def test_a_new_address_ends_the_old_one(client: APIClient, graph: Graph):
    hook = made(client, graph)
    rotated = client.post(f"{URL}{hook['id']}/rotate/").json()
    assert rotated["url"] != hook["url"]
    assert client.post(hook["url"], {}).status_code == 404
    assert client.post(rotated["url"], {}).status_code == 202


def test_the_list_is_newest_first_and_by_agent(
    client: APIClient, graph: Graph, alice: User
):
    ids = [made(client, g)["id"] for g in (graph, make_graph(alice))]
    assert [row["id"] for row in client.get(URL).json()["results"]] == ids[::-1]
    of_one = client.get(f"{URL}?graph={graph.id}").json()["results"]
    assert [row["id"] for row in of_one] == [ids[0]]


def test_one_address_that_cannot_be_read_breaks_no_list(
    client: APIClient, graph: Graph
):
    first, second = made(client, graph), made(client, graph)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE executions_hook SET token = %s WHERE token_hash = %s",
            [b"\x01broken", Hook.objects.get(id=first["id"]).token_hash],
        )
    urls = [row["url"] for row in client.get(URL).json()["results"]]
    assert urls == [second["url"], None]
    assert client.post(first["url"], {}).status_code == 202  # its hash is still there


def test_with_its_agent_it_is_gone(client: APIClient, graph: Graph, alice: User):
    hook = made(client, graph)
    graph_delete(user=alice, graph=graph)
    assert client.get(f"{URL}{hook['id']}/").status_code == 404
    assert client.get(URL).json()["results"] == []
    assert client.post(hook["url"], {}).status_code == 404


@pytest.mark.parametrize(
    ("method", "part"),
    [("get", ""), ("patch", ""), ("delete", ""), ("post", "rotate/")],
)
def test_what_is_of_others_is_not_there(
    client: APIClient,
    graph: Graph,
    charlie: User,
    signed_in: SignedIn,
    method: str,
    part: str,
):
    hook = made(client, graph)
    other = signed_in(charlie)
    assert getattr(other, method)(f"{URL}{hook['id']}/{part}").status_code == 404
    assert client.get(f"{URL}{hook['id']}/").json() == hook
    assert other.get(URL).json()["results"] == []
    assert other.post(URL, {"graph": str(graph.id)}).status_code == 404
