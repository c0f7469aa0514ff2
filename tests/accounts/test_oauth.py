"""Connecting to a provider: out with a state of the session, back with a code."""

import threading
from base64 import b64encode, urlsafe_b64encode
from datetime import timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.credentials import oauth
from accounts.credentials.fresh import Unusable, credential_for_use
from accounts.credentials.services import credential_create
from accounts.models import Credential, User
from accounts.selectors import default_workspace
from tests.accounts.provider import Provider
from tests.factories import make_user

pytestmark = pytest.mark.django_db

START, BACK = (
    "/api/v1/credentials/oauth/start/",
    "/api/v1/credentials/oauth/callback/",
)
TOKENS = {
    "access_token": "access-1",
    "refresh_token": "refresh-1",
    "expires_in": 3600,
    "scope": "read write",
}


@pytest.fixture
def browser(alice: User) -> APIClient:
    client = APIClient()
    client.force_login(alice)
    return client


def begun(browser: APIClient, **changes: Any) -> dict[str, str]:
    answer = browser.post(START, {"provider": "loopback", "title": "Mine", **changes})
    assert answer.status_code == 200, answer.json()
    query = parse_qs(urlsplit(answer.json()["url"]).query)
    return {name: values[0] for name, values in query.items()}


def test_it_works(browser: APIClient, provider: Provider, alice: User):
    sent = begun(browser, scopes=["write"])
    assert sent["client_id"] == "us"
    assert (sent["scope"], sent["response_type"]) == ("read write", "code")
    assert sent["redirect_uri"] == f"http://testserver{BACK}"

    provider.answers.append((200, TOKENS))
    answer = browser.get(BACK, {"state": sent["state"], "code": "the-code"})
    assert answer.status_code == 302

    made = Credential.objects.get()
    assert made.secrets == {"access_token": "access-1", "refresh_token": "refresh-1"}
    assert (made.owner, made.kind, made.title) == (alice, "oauth2", "Mine")
    assert made.scopes == ["read", "write"]
    assert made.expires_at - timezone.now() > timedelta(minutes=59)

    (asked,) = provider.asked
    verifier = asked.pop("code_verifier")
    challenge = urlsafe_b64encode(sha256(verifier.encode()).digest()).decode()
    assert sent["code_challenge"] == challenge.rstrip("=")
    assert asked == {
        "grant_type": "authorization_code",
        "code": "the-code",
        "redirect_uri": f"http://testserver{BACK}",
        "client_id": "us",
        "client_secret": "client-secret",
    }


def test_some_providers_want_the_client_in_a_header(
    browser: APIClient, provider: Provider, settings: Settings
):
    settings.OAUTH_PROVIDERS = provider.settings(client_auth="basic", pkce=False)
    provider.answers.append((200, TOKENS))
    sent = begun(browser)
    assert "code_challenge" not in sent
    browser.get(BACK, {"state": sent["state"], "code": "c"})
    pair = b64encode(b"us:client-secret").decode()
    assert provider.headers[0]["authorization"] == f"Basic {pair}"
    assert "client_secret" not in provider.asked[0]
    assert "code_verifier" not in provider.asked[0]


def test_a_state_is_good_once_and_in_its_own_session(
    browser: APIClient, provider: Provider, charlie: User
):
    state = begun(browser)["state"]
    other = APIClient()
    other.force_login(charlie)
    assert other.get(BACK, {"state": state, "code": "c"}).status_code == 400
    assert browser.get(BACK, {"state": "x", "code": "c"}).status_code == 400
    provider.answers.append((200, TOKENS))
    assert browser.get(BACK, {"state": state, "code": "c"}).status_code == 302
    assert browser.get(BACK, {"state": state, "code": "c"}).status_code == 400
    assert Credential.objects.count() == 1
    assert len(provider.asked) == 1


def test_a_state_ends(
    browser: APIClient, provider: Provider, monkeypatch: pytest.MonkeyPatch
):
    state = begun(browser)["state"]
    monkeypatch.setattr(oauth, "LIFETIME_S", -1)
    assert browser.get(BACK, {"state": state, "code": "c"}).status_code == 400
    assert provider.asked == []


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param((400, {"error": "invalid_grant"}), id="refused"),
        pytest.param((200, {"error": "bad_verification_code"}), id="refused with 200"),
        pytest.param((200, b"<html>"), id="no JSON"),
        pytest.param((200, []), id="no object"),
        pytest.param((200, {"access_token": 5}), id="no text"),
        pytest.param((500, {}), id="broken"),
    ],
)
def test_without_a_token_there_is_no_credential(
    browser: APIClient, provider: Provider, answer: tuple[int, Any]
):
    provider.answers.append(answer)
    state = begun(browser)["state"]
    response = browser.get(BACK, {"state": state, "code": "c"})
    assert response.status_code == 400
    assert "Begin anew" in response.content.decode()
    assert "client-secret" not in response.content.decode()
    assert not Credential.objects.exists()


def test_who_says_no_comes_back_without_a_credential(
    browser: APIClient, provider: Provider
):
    state = begun(browser)["state"]
    answer = browser.get(BACK, {"state": state, "error": "access_denied"})
    assert answer.status_code == 400
    assert provider.asked == []


def test_a_site_that_is_not_registered_says_what_to_set(
    browser: APIClient, provider: Provider, settings: Settings
):
    settings.OAUTH_CLIENTS = {}
    answer = browser.post(START, {"provider": "loopback"})
    assert answer.status_code == 409
    assert "OAUTH_CLIENTS" in answer.json()["detail"]
    assert browser.post(START, {"provider": "nobody"}).status_code == 400


# --- Renewing -------------------------------------------------------------------------


def connected(user: User, *, ends_in_s: float = 5, **secrets: str) -> Credential:
    return credential_create(
        owner=user,
        workspace=default_workspace(user),
        provider="loopback",
        kind="oauth2",
        secrets={"access_token": "old", "refresh_token": "refresh-1", **secrets},
        expires_at=timezone.now() + timedelta(seconds=ends_in_s),
    )


def test_a_token_that_is_about_to_end_is_renewed(alice: User, provider: Provider):
    credential = connected(alice)
    provider.answers.append((200, {"access_token": "new", "expires_in": 3600}))
    _, secrets = credential_for_use(credential.workspace_id, credential.id)
    # The provider gave no other refresh token: the old one stays good.
    assert secrets == {"access_token": "new", "refresh_token": "refresh-1"}
    assert provider.asked[0]["refresh_token"] == "refresh-1"
    credential.refresh_from_db()
    assert (credential.secrets, credential.refreshing_until) == (secrets, None)
    credential_for_use(credential.workspace_id, credential.id)
    assert len(provider.asked) == 1


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        pytest.param(
            (400, {"error": "invalid_grant"}), "credential_unreadable", id="revoked"
        ),
        pytest.param((503, {}), "unreachable", id="away"),
        pytest.param((429, {}), "unreachable", id="busy"),
    ],
)
def test_what_cannot_be_renewed_says_why(
    alice: User, provider: Provider, answer: tuple[int, Any], code: str
):
    credential = connected(alice)
    provider.answers.append(answer)
    with pytest.raises(Unusable, match="could not be renewed") as caught:
        credential_for_use(credential.workspace_id, credential.id)
    assert caught.value.code == code
    # The next one may try again at once.
    provider.answers.append((200, {"access_token": "new", "expires_in": 3600}))
    _, secrets = credential_for_use(credential.workspace_id, credential.id)
    assert secrets["access_token"] == "new"


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_renews(provider: Provider):
    credential = connected(make_user())
    provider.pause_s = 0.3
    provider.answers.append((200, {"access_token": "new", "expires_in": 3600}))
    found: list[str] = []

    def use() -> None:
        try:
            _, secrets = credential_for_use(credential.workspace_id, credential.id)
            found.append(secrets["access_token"])
        finally:
            connection.close()

    threads = [threading.Thread(target=use) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == ["new"] * 8
    assert len(provider.asked) == 1
