"""Credentials over HTTP: kept sealed, shown to nobody, each deed noted."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import orjson
import pytest
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.audit.chain import chain_all
from accounts.credentials.fresh import Unusable, credential_for_use
from accounts.models import AuditEvent, Credential, User
from accounts.selectors import default_workspace
from core.crypto import DecryptionError
from tests.accounts.provider import Provider
from tests.conftest import SignedIn

pytestmark = pytest.mark.django_db

URL = "/api/v1/credentials/"
CANARY = "CANARY-7f3a-secret"
KEY = {"provider": "openai", "secrets": {"api_key": CANARY}, "title": "Mine"}


@pytest.fixture
def client(alice: User, signed_in: SignedIn) -> APIClient:
    return signed_in(alice)


def made(client: APIClient, **changes: Any) -> Credential:
    answer = client.post(URL, {**KEY, **changes})
    assert answer.status_code == 201, answer.json()
    return Credential.objects.get(id=answer.json()["id"])


def deeds() -> list[tuple[str, Any]]:
    chain_all()
    events = AuditEvent.objects.filter(action__startswith="credential.")
    return [(e.action, orjson.loads(e.detail)) for e in events.order_by("seq")]


def test_it_works(client: APIClient, alice: User):
    credential = made(client)
    row = client.get(f"{URL}{credential.id}/").json()
    assert (row["provider"], row["kind"], row["title"]) == ("openai", "api_key", "Mine")
    assert credential.secrets == {"api_key": CANARY}
    assert credential.workspace == default_workspace(alice)
    assert [r["id"] for r in client.get(URL).json()["results"]] == [str(credential.id)]


def test_no_answer_and_no_table_holds_the_secret(client: APIClient):
    created = client.post(URL, KEY)
    where = f"{URL}{created.json()['id']}/"
    answers = [
        created,
        client.get(URL),
        client.get(where),
        client.patch(where, {"secrets": {"api_key": f"{CANARY}2"}}),
        client.post(URL, {**KEY, "secrets": {"password": CANARY}}),
        client.post(URL, {**KEY, "unknown": CANARY}),
    ]
    for answer in answers:
        assert CANARY not in answer.content.decode()
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM accounts_credential")
        assert CANARY not in str(cursor.fetchall())
    assert CANARY not in str(deeds())


@pytest.mark.parametrize("method", ["get", "patch", "delete"])
def test_what_is_not_ones_own_is_not_there(
    client: APIClient, charlie: User, signed_in: SignedIn, method: str
):
    credential = made(client)
    stranger = signed_in(charlie)
    answer = getattr(stranger, method)(f"{URL}{credential.id}/", {})
    assert answer.status_code == 404
    assert stranger.post(f"{URL}{credential.id}/test/").status_code == 404
    assert stranger.get(URL).json()["results"] == []
    assert Credential.objects.filter(id=credential.id).exists()


def test_nobody_reads_them_without_signing_in(anyone: APIClient):
    assert anyone.get(URL).status_code == 401


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        pytest.param({"secrets": {}}, "secrets", id="nothing"),
        pytest.param({"secrets": {"api_key": ""}}, "secrets.api_key", id="empty"),
        pytest.param({"secrets": {"password": "x"}}, "secrets", id="of another kind"),
        pytest.param(
            {"secrets": {"api_key": "x", "more": "y"}}, "secrets", id="too much"
        ),
        pytest.param({"kind": "user_password"}, "secrets", id="no password"),
        pytest.param(
            {"kind": "host_scoped", "secrets": {"X-Key": "x"}}, "hosts", id="no hosts"
        ),
        pytest.param({"kind": "ssh"}, "kind", id="unknown kind"),
        pytest.param({"provider": "a b"}, "provider", id="bad name"),
        pytest.param({"hosts": ["x" * 300]}, "hosts[0]", id="long host"),
    ],
)
def test_what_cannot_be_one_is_refused(client: APIClient, changes: Any, field: str):
    answer = client.post(URL, {**KEY, **changes})
    assert answer.status_code == 400
    assert field in [error["field"] for error in answer.json()["errors"]]
    assert not Credential.objects.exists()


def test_a_change_keeps_what_is_not_named(client: APIClient):
    credential = made(client, settings={"base_url": "https://llm.example"})
    client.patch(f"{URL}{credential.id}/", {"title": "Ours"})
    credential.refresh_from_db()
    assert (credential.title, credential.secrets) == ("Ours", {"api_key": CANARY})
    client.patch(f"{URL}{credential.id}/", {"secrets": {"api_key": "other-key"}})
    credential.refresh_from_db()
    assert credential.secrets == {"api_key": "other-key"}
    assert credential.settings == {"base_url": "https://llm.example"}


def test_each_deed_is_noted_with_who_and_from_where(client: APIClient, alice: User):
    credential = made(client)
    client.patch(f"{URL}{credential.id}/", {"title": "Ours"}, HTTP_USER_AGENT="ua/1")
    client.delete(f"{URL}{credential.id}/")
    assert deeds() == [
        ("credential.created", {"provider": "openai"}),
        ("credential.updated", {"provider": "openai", "fields": ["title"]}),
        ("credential.deleted", {"provider": "openai"}),
    ]
    changed = AuditEvent.objects.get(action="credential.updated")
    assert (changed.actor_id, changed.ip) == (alice.id, "127.0.0.1")
    assert (changed.user_agent, changed.subject) == (
        "ua/1",
        f"credential:{credential.id}",
    )


# --- Trying out -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("provider_name", "key", "works"),
    [
        pytest.param("loopback", "good", True, id="good"),
        pytest.param("loopback", "bad-key", False, id="refused"),
        pytest.param("ollama", "good", None, id="nobody to ask"),
    ],
)
def test_it_can_be_tried_out(
    client: APIClient,
    provider: Provider,
    provider_name: str,
    key: str,
    works: bool | None,
):
    credential = made(client, provider=provider_name, secrets={"api_key": key})
    answer = client.post(f"{URL}{credential.id}/test/").json()
    assert answer["works"] is works
    assert key not in answer["message"] or key == "good"
    assert deeds()[-1] == (
        "credential.tested",
        {"provider": provider_name, "works": works},
    )


def test_an_unreachable_provider_is_no_verdict(client: APIClient, settings):
    settings.OAUTH_PROVIDERS = {
        "gone": {
            "title": "Gone",
            "kinds": ["api_key"],
            "test": {"url": "http://127.0.0.1:9/"},
        }
    }
    credential = made(client, provider="gone")
    answer = client.post(f"{URL}{credential.id}/test/").json()
    assert answer["works"] is None
    assert "cannot be asked" in answer["message"]


def test_the_providers_are_listed(client: APIClient, provider: Provider):
    rows = {row["name"]: row for row in client.get(f"{URL}providers/").json()}
    assert rows["loopback"]["oauth"] is True
    assert rows["github"] == {
        "name": "github",
        "title": "GitHub",
        "kinds": ["api_key", "oauth2"],
        "oauth": False,
    }


# --- What was tampered with -----------------------------------------------------------


def _store(id: Any, token: bytes) -> None:
    with connection.cursor() as cursor:
        native = connection.features.has_native_uuid_field
        cursor.execute(
            "UPDATE accounts_credential SET sealed = %s WHERE id = %s",
            [token, id if native else id.hex],
        )


def _token(credential: Credential) -> bytes:
    found: Any = Credential.objects.values_list("sealed", flat=True)
    return bytes(found.get(id=credential.id))


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda own, other: other, id="CR01 a row of the same workspace"),
        pytest.param(lambda own, other: own[:-1], id="CR04 a cut tag"),
        pytest.param(
            lambda own, other: b"\x01" + b"\x07" * 8 + own[9:], id="CR05 unknown key"
        ),
        pytest.param(lambda own, other: b"\x00" + own[1:], id="CR07 older version"),
        pytest.param(lambda own, other: CANARY.encode(), id="in the clear"),
    ],
)
def test_what_was_tampered_with_is_never_given_out(client: APIClient, spoil: Any):
    credential, other = made(client), made(client)
    _store(credential.id, spoil(_token(credential), _token(other)))
    with pytest.raises(DecryptionError) as caught:
        _ = Credential.objects.get(id=credential.id).secrets
    assert CANARY not in str(caught.value)
    with pytest.raises(Unusable) as unusable:
        credential_for_use(credential.workspace_id, credential.id)
    assert unusable.value.code == "credential_unreadable"
    assert "Enter it again" in str(unusable.value) or "enter" in str(unusable.value)
    chain_all()
    failure = AuditEvent.objects.get(action="crypto.failure")
    assert failure.subject == f"credential:{credential.id}"
    # The list still works, and new secrets mend it.
    assert client.get(URL).status_code == 200
    client.patch(f"{URL}{credential.id}/", {"secrets": {"api_key": "entered-again"}})
    _, secrets = credential_for_use(credential.workspace_id, credential.id)
    assert secrets == {"api_key": "entered-again"}


def test_a_row_of_another_workspace_does_not_open(  # CR02
    client: APIClient, charlie: User, signed_in: SignedIn
):
    credential, theirs = made(client), made(signed_in(charlie))
    _store(credential.id, _token(theirs))
    with pytest.raises(DecryptionError, match="another"):
        _ = Credential.objects.get(id=credential.id).secrets
    Credential.objects.filter(id=theirs.id).update(workspace=credential.workspace)
    with pytest.raises(DecryptionError, match="another workspace"):
        _ = Credential.objects.get(id=theirs.id).secrets


def test_a_credential_of_another_workspace_is_not_there_for_blocks(
    client: APIClient, charlie: User
):
    credential = made(client)
    for workspace, id_ in (
        (default_workspace(charlie).id, credential.id),
        (credential.workspace_id, uuid4()),
    ):
        with pytest.raises(Unusable) as caught:
            credential_for_use(workspace, id_)
        assert caught.value.code == "credential_missing"


def test_a_key_that_has_ended_says_so(client: APIClient):
    gone = made(client, expires_at=(timezone.now() - timedelta(hours=1)).isoformat())
    with pytest.raises(Unusable, match="ended on") as caught:
        credential_for_use(gone.workspace_id, gone.id)
    assert caught.value.code == "credential_unreadable"
    soon = made(client, expires_at=(timezone.now() + timedelta(seconds=9)).isoformat())
    assert credential_for_use(soon.workspace_id, soon.id)[1] == {"api_key": CANARY}


def test_without_its_workspace_nothing_opens(client: APIClient):
    from core.keys import forget_keys

    credential = made(client)
    token, id_ = _token(credential), credential.id
    credential.workspace.delete()
    forget_keys()
    from core.keys import keyring

    with pytest.raises(DecryptionError, match="not known"):
        keyring().unseal(token, place=f"accounts.credential|{id_}|sealed")
