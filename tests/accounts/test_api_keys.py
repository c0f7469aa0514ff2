"""API keys: shown once, kept as a digest, limited, suspended, rotated, revoked."""

from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
from django.db import connection
from django.utils.timezone import now
from rest_framework.test import APIClient

from accounts.api_keys import usage
from accounts.models import ApiKey, AuditDraft, User, Workspace, WorkspaceMember
from tests.conftest import SignedIn
from tests.factories import make_graph, make_user

URL = "/api/v1/api-keys/"
GRAPHS = "/api/v1/graphs/"
ME = "/api/v1/me/"

pytestmark = pytest.mark.django_db

Change = Callable[[APIClient, str], Any]


def made(client: APIClient, *permissions: str, **terms: Any) -> dict[str, Any]:
    body = {"name": "CI", "permissions": permissions or ("*",), **terms}
    answer = client.post(URL, body)
    assert answer.status_code == 201, answer.json()
    found: dict[str, Any] = answer.json()
    return found


def with_key(key: str, **headers: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_X_API_KEY=key, **headers)
    return client


@pytest.fixture
def owner(alice: User, signed_in: SignedIn) -> APIClient:
    return signed_in(alice)


def test_a_key_opens_by_either_header(owner: APIClient, alice: User) -> None:
    key = made(owner)["key"]
    bearer = APIClient()
    bearer.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
    assert with_key(key).get(ME).json()["id"] == str(alice.pk)
    assert bearer.get(ME).json()["id"] == str(alice.pk)


def test_it_is_shown_once_and_kept_as_its_digest(owner: APIClient) -> None:
    answer = made(owner)
    key = answer["key"]
    assert key.startswith("agpt_")
    assert len(key) == len("agpt_") + 43  # 32 bytes
    row = ApiKey.objects.get()
    assert bytes(row.digest) == sha256(key.removeprefix("agpt_").encode()).digest()
    assert "key" not in owner.get(f"{URL}{answer['id']}/").json()
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM accounts_apikey")
        assert key.removeprefix("agpt_") not in repr(cursor.fetchall())
    assert not any(key.encode() in bytes(d.body) for d in AuditDraft.objects.all())


def _alter(key: str) -> str:
    return key[:-1] + ("A" if key[-1] != "A" else "B")


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(_alter, id="a wrong secret"),
        pytest.param(str.swapcase, id="another case"),
        pytest.param(lambda key: key + "=", id="something behind it"),
        pytest.param(lambda key: key.removeprefix("agpt_"), id="without its prefix"),
        pytest.param(lambda key: "agpt_", id="the prefix alone"),
        pytest.param(lambda key: "agpt_" + "x" * 100_000, id="long"),
        pytest.param(lambda key: "", id="empty"),
    ],
)
def test_what_is_no_key_is_refused(
    owner: APIClient, spoil: Callable[[str], str]
) -> None:
    assert with_key(spoil(made(owner)["key"])).get(GRAPHS).status_code == 401


def test_a_key_in_the_address_is_not_read(owner: APIClient) -> None:
    key = made(owner)["key"]
    for name in ("api_key", "key", "X-API-Key", "token"):
        assert APIClient().get(f"{GRAPHS}?{name}={key}").status_code == 401


def _suspended(client: APIClient, where: str) -> Any:
    return client.patch(where, {"suspended": True})


def _expired(client: APIClient, where: str) -> Any:
    ApiKey.objects.update(expires_at=now() - timedelta(seconds=1))


def _shut_out(client: APIClient, where: str) -> Any:
    User.objects.update(is_active=False)


@pytest.mark.parametrize(
    "end",
    [
        pytest.param(lambda client, where: client.delete(where), id="revoked"),
        pytest.param(lambda client, where: client.post(f"{where}rotate/"), id="old"),
        pytest.param(_suspended, id="suspended"),
        pytest.param(_expired, id="expired"),
        pytest.param(_shut_out, id="of a user who is shut out"),
    ],
)
def test_a_key_that_ended_opens_nothing(owner: APIClient, end: Change) -> None:
    key = made(owner)
    assert with_key(key["key"]).get(GRAPHS).status_code == 200
    end(owner, f"{URL}{key['id']}/")
    assert with_key(key["key"]).get(GRAPHS).status_code == 401


def test_a_suspended_key_is_resumed(owner: APIClient) -> None:
    key = made(owner)
    where = f"{URL}{key['id']}/"
    _suspended(owner, where)
    owner.patch(where, {"suspended": False})
    assert with_key(key["key"]).get(GRAPHS).status_code == 200


def test_a_rotated_key_has_the_same_terms(owner: APIClient) -> None:
    key = made(owner, "graph:read")
    fresh = owner.post(f"{URL}{key['id']}/rotate/").json()
    assert fresh["permissions"] == ["graph:read"]
    assert with_key(fresh["key"]).get(GRAPHS).status_code == 200


def test_a_revoked_key_cannot_come_back(owner: APIClient) -> None:
    where = f"{URL}{made(owner)['id']}/"
    owner.delete(where)
    assert owner.patch(where, {"suspended": False}).status_code == 409
    assert owner.post(f"{where}rotate/").status_code == 409
    assert owner.delete(where).status_code == 204
    assert owner.get(where).json()["revoked_at"] is not None


@pytest.mark.parametrize(
    ("scopes", "read", "create", "start"),
    [
        # A scope opens what it names and nothing else.
        pytest.param(["graph:read"], 200, 403, 403, id="one right"),
        pytest.param(["graph:*"], 200, 201, 403, id="all of a kind"),
        pytest.param(["execution:create"], 403, 403, 202, id="another kind"),
        pytest.param(["*"], 200, 201, 202, id="all"),
    ],
)
def test_a_key_does_what_its_scopes_name(
    owner: APIClient,
    alice: User,
    scopes: list[str],
    read: int,
    create: int,
    start: int,
) -> None:
    graph = make_graph(alice)
    client = with_key(made(owner, *scopes)["key"])
    starts = f"{GRAPHS}{graph.id}/executions/"
    assert client.get(GRAPHS).status_code == read
    assert client.post(GRAPHS, {"name": "x"}).status_code == create
    assert client.post(starts, {"inputs": {"Input": 8}}).status_code == start


def test_a_key_gives_no_other_key_more_than_it_has(owner: APIClient) -> None:
    client = with_key(made(owner, "key:*", "graph:read")["key"])
    assert client.post(
        URL, {"name": "x", "permissions": ["graph:*"]}
    ).status_code == 403  # fmt: skip
    assert client.post(
        URL, {"name": "x", "permissions": ["graph:read"]}
    ).status_code == 201  # fmt: skip


def test_a_key_stays_in_its_workspace(owner: APIClient, alice: User) -> None:
    key = made(owner)["key"]
    other = Workspace.objects.create(name="Other")
    WorkspaceMember.objects.create(workspace=other, user=alice)
    answer = owner.post(
        GRAPHS, {"name": "There"}, headers={"X-Workspace": str(other.pk)}
    )
    there = answer.json()["id"]
    client = with_key(key)
    assert client.get(f"{GRAPHS}{there}/").status_code == 404
    assert client.get(GRAPHS).json()["results"] == []
    # Naming another workspace does not lead out of it either.
    moved = client.get(f"{GRAPHS}{there}/", headers={"X-Workspace": str(other.pk)})
    assert moved.status_code == 404


@pytest.mark.parametrize(
    ("networks", "status"),
    [
        pytest.param(["127.0.0.0/8"], 200, id="from here"),
        pytest.param(["192.0.2.0/24"], 401, id="from elsewhere"),
        pytest.param(["192.0.2.7", "127.0.0.1"], 200, id="one of several"),
        pytest.param(["2001:db8::/32"], 401, id="another kind of address"),
        pytest.param([], 200, id="from anywhere"),
    ],
)
def test_a_key_is_used_from_its_networks(
    owner: APIClient, networks: list[str], status: int
) -> None:
    key = made(owner, allowed_addresses=networks)["key"]
    assert with_key(key).get(GRAPHS).status_code == status


@pytest.mark.parametrize(
    ("body", "field"),
    [
        pytest.param({"permissions": ["graph:fly"]}, "permissions[0]", id="no right"),
        pytest.param({"permissions": []}, "permissions", id="none"),
        pytest.param(
            {"allowed_addresses": ["x"]}, "allowed_addresses", id="no network"
        ),
        pytest.param({"name": ""}, "name", id="no name"),
        pytest.param({"digest": "x"}, "digest", id="unknown"),
        pytest.param({"expires_at": "soon"}, "expires_at", id="no time"),
    ],
)
def test_wrong_terms_are_refused(
    owner: APIClient, body: dict[str, Any], field: str
) -> None:
    answer = owner.post(URL, {"name": "x", "permissions": ["*"], **body})
    assert answer.status_code == 400
    assert field in [error["field"] for error in answer.json()["errors"]]
    assert not ApiKey.objects.exists()


def test_its_use_is_counted_without_a_write_for_each(
    owner: APIClient, django_assert_num_queries: Any
) -> None:
    key = made(owner)
    client = with_key(key["key"])
    client.get(ME)
    with django_assert_num_queries(3):  # the key, seats, workspace; nothing written
        client.get(ME)
    usage.write()
    told = owner.get(f"{URL}{key['id']}/").json()
    assert told["usage_count"] == 2
    assert told["last_used_at"] is not None


def test_owners_stop_keys_of_others_and_get_hold_of_none(
    owner: APIClient, alice: User, signed_in: SignedIn
) -> None:
    colleague = make_user()
    shared = Workspace.objects.get(members=alice)
    role = WorkspaceMember.Role.EDITOR
    WorkspaceMember.objects.create(workspace=shared, user=colleague, role=role)
    theirs = signed_in(colleague)
    in_shared = {"X-Workspace": str(shared.pk)}
    key = theirs.post(
        URL, {"name": "x", "permissions": ["*"]}, headers=in_shared
    ).json()  # fmt: skip
    where = f"{URL}{key['id']}/"
    assert owner.post(f"{where}rotate/").status_code == 403
    assert owner.patch(where, {"permissions": ["*"]}).status_code == 403
    assert owner.patch(where, {"suspended": True}).status_code == 200
    assert owner.delete(where).status_code == 204
    # The other way round there is nothing to see.
    mine = made(owner)
    assert theirs.get(f"{URL}{mine['id']}/").status_code == 404
    told = b" ".join(bytes(draft.body) for draft in AuditDraft.objects.all())
    assert b"authz.denied" in told


def test_what_is_done_with_keys_is_audited(owner: APIClient) -> None:
    where = f"{URL}{made(owner)['id']}/"
    owner.patch(where, {"name": "Other"})
    owner.post(f"{where}rotate/")
    owner.delete(where)
    told = b" ".join(bytes(draft.body) for draft in AuditDraft.objects.all())
    for action in (b"key.created", b"key.changed", b"key.rotated", b"key.revoked"):
        assert action in told
