"""Shares of single agents and runs: what each level lets at, and when it ends."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User, WorkspaceMember
from accounts.rights.context import auth_of
from accounts.selectors import default_workspace
from executions.models import Execution, ExecutionShare
from executions.selectors import may_watch
from executions.services import execution_start
from graphs.models import Graph, GraphShare
from tests.conftest import SignedIn
from tests.factories import make_graph

GRAPHS = "/api/v1/graphs/"
RUNS = "/api/v1/executions/"
LONG_AGO = "2020-01-01T00:00Z"

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(alice: User, signed_in: SignedIn) -> APIClient:
    return signed_in(alice)


@pytest.fixture
def guest(charlie: User, signed_in: SignedIn) -> APIClient:
    return signed_in(charlie)


@pytest.fixture
def graph(alice: User) -> Graph:
    return make_graph(alice)


def shared(owner: APIClient, where: str, level: str, **more: Any) -> Any:
    body = {"email": "charlie@example.org", "level": level, **more}
    answer = owner.post(f"{where}shares/", body)
    assert answer.status_code == 201, answer.json()
    return answer.json()


@pytest.mark.parametrize(
    ("level", "read", "start", "save"),
    [
        pytest.param("read", 200, 403, 403, id="to read"),
        pytest.param("run", 200, 202, 403, id="to run"),
        pytest.param("edit", 200, 202, 200, id="to edit"),
    ],
)
def test_what_a_share_of_an_agent_lets_at(
    owner: APIClient,
    guest: APIClient,
    graph: Graph,
    charlie: User,
    level: str,
    read: int,
    start: int,
    save: int,
) -> None:
    where = f"{GRAPHS}{graph.pk}/"
    assert guest.get(where).status_code == 404
    shared(owner, where, level)
    assert guest.get(where).status_code == read
    started = guest.post(f"{where}executions/", {"inputs": {"Input": 1}})
    assert started.status_code == start
    assert guest.patch(where, {"name": "Ours"}).status_code == save
    # None of them lets at what goes on around the agent.
    assert guest.delete(where).status_code == 403
    assert guest.post(f"{where}publish/").status_code == 403
    assert guest.get(f"{where}shares/").status_code == 404
    hook = guest.post("/api/v1/hooks/", {"graph": str(graph.pk)})
    assert hook.status_code == 404
    if started.status_code == 202:
        run = Execution.objects.get(pk=started.json()["id"])
        assert run.workspace_id == graph.workspace_id
        assert guest.get(f"{RUNS}{run.pk}/").status_code == 200
        assert guest.post(f"{RUNS}{run.pk}/cancel/").status_code == 202


def test_runs_of_others_stay_theirs(
    owner: APIClient, guest: APIClient, graph: Graph, alice: User
) -> None:
    run = execution_start(user=alice, graph=graph, inputs={"Input": 1})
    shared(owner, f"{GRAPHS}{graph.pk}/", "edit")
    assert guest.get(f"{RUNS}{run.pk}/").status_code == 404
    shared(owner, f"{RUNS}{run.pk}/", "read")
    assert guest.get(f"{RUNS}{run.pk}/").status_code == 200
    assert guest.post(f"{RUNS}{run.pk}/cancel/").status_code == 403


def test_what_is_shared_is_listed_apart(
    owner: APIClient, guest: APIClient, graph: Graph, alice: User
) -> None:
    run = execution_start(user=alice, graph=graph, inputs={"Input": 1})
    shared(owner, f"{GRAPHS}{graph.pk}/", "read")
    shared(owner, f"{RUNS}{run.pk}/", "read")
    for url, id_ in ((GRAPHS, graph.pk), (RUNS, run.pk)):
        assert guest.get(url).json()["results"] == []
        rows = guest.get(f"{url}?shared=true").json()["results"]
        assert [row["id"] for row in rows] == [str(id_)]
        assert owner.get(f"{url}?shared=true").json()["results"] == []


def _withdrawn(owner: APIClient, where: str, share: Any) -> None:
    assert owner.delete(f"{where}shares/{share['id']}/").status_code == 204


def _expired(owner: APIClient, where: str, share: Any) -> None:
    past = timezone.now() - timedelta(seconds=1)
    GraphShare.objects.update(expires_at=past)


@pytest.mark.parametrize(
    "end", [pytest.param(_withdrawn, id="withdrawn"), pytest.param(_expired, id="over")]
)
def test_a_share_ends_with_all_it_let_at(
    owner: APIClient, guest: APIClient, graph: Graph, charlie: User, end: Any
) -> None:
    where = f"{GRAPHS}{graph.pk}/"
    in_an_hour = (timezone.now() + timedelta(hours=1)).isoformat()
    share = shared(owner, where, "run", expires_at=in_an_hour)
    run = guest.post(f"{where}executions/", {"inputs": {"Input": 1}}).json()["id"]
    assert may_watch(auth_of(charlie), run)
    end(owner, where, share)
    assert guest.get(where).status_code == 404
    assert guest.get(f"{RUNS}{run}/").status_code == 404
    assert not may_watch(auth_of(charlie), run)
    assert guest.get(f"{GRAPHS}?shared=true").json()["results"] == []


def test_the_next_share_takes_the_place_of_the_last(
    owner: APIClient, graph: Graph, charlie: User
) -> None:
    where = f"{GRAPHS}{graph.pk}/"
    shared(owner, where, "edit")
    shared(owner, where, "read")
    (row,) = owner.get(f"{where}shares/").json()["results"]
    assert (row["level"], row["email"]) == ("read", "charlie@example.org")


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        pytest.param({"email": "nobody@example.org"}, "email", "nobody", id="nobody"),
        pytest.param({"email": "alice@example.org"}, "email", "is_member", id="me"),
        pytest.param({"level": "own"}, "level", "invalid_choice", id="no level"),
        pytest.param({"expires_at": LONG_AGO}, "expires_at", "past", id="past"),
        pytest.param({"until": "x"}, "until", "unknown_field", id="unknown"),
    ],
)
def test_wrong_shares_are_refused(
    owner: APIClient, graph: Graph, charlie: User, change: Any, field: str, code: str
) -> None:
    body = {"email": "charlie@example.org", "level": "read", **change}
    answer = owner.post(f"{GRAPHS}{graph.pk}/shares/", body)
    assert answer.status_code == 400
    told = [(error["field"], error["code"]) for error in answer.json()["errors"]]
    assert told == [(field, code)]
    assert not GraphShare.objects.exists()


def test_who_edits_by_a_share_brings_no_credentials_in(
    owner: APIClient, guest: APIClient, graph: Graph
) -> None:
    """Neither his own, which others of the workspace would use, nor theirs, which he
    may not use."""
    shared(owner, f"{GRAPHS}{graph.pk}/", "edit")
    for client in (guest, owner):
        made = client.post(
            "/api/v1/credentials/",
            {"provider": "openai", "kind": "api_key", "secrets": {"api_key": "k" * 20}},
        ).json()
        document = guest.get(f"{GRAPHS}{graph.pk}/").json()
        nodes = document["nodes"]
        nodes[0]["input_default"]["credentials"] = {
            "id": made["id"], "provider": "openai", "type": "api_key", "title": "x",
        }  # fmt: skip
        body = {"name": "Sum", "nodes": nodes, "links": document["links"]}
        answer = guest.put(f"{GRAPHS}{graph.pk}/", body)
        assert answer.status_code == 400
        assert "credential" in str(answer.json()["errors"])


def test_a_share_is_no_seat(guest: APIClient, owner: APIClient, graph: Graph) -> None:
    shared(owner, f"{GRAPHS}{graph.pk}/", "edit")
    workspace = default_workspace(graph.owner)
    headers = {"X-Workspace": str(workspace.pk)}
    assert guest.get(GRAPHS, headers=headers).json()["results"] == []
    assert guest.post(GRAPHS, {"name": "x"}, headers=headers).status_code == 404
    assert not WorkspaceMember.objects.filter(
        workspace=workspace, user__email_index=b""
    ).exists()
    assert ExecutionShare.objects.count() == 0
