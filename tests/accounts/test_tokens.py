"""Signing in with tokens: rotation, reuse, logout, and tokens that are not ours."""

import base64
import json
from datetime import timedelta
from statistics import median
from time import perf_counter
from typing import Any
from uuid import UUID

import jwt
import pytest
from django.conf import settings
from django.utils import timezone
from rest_framework.test import APIClient
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken
from rest_framework_simplejwt.utils import get_md5_hash_password

from accounts.models import User
from accounts.services import tokens_issue
from tests.conftest import PASSWORD, SignedIn

ME = "/api/v1/me/"
TOKEN = "/api/v1/auth/token/"
REFRESH = "/api/v1/auth/token/refresh/"
LOGOUT = "/api/v1/auth/logout/"

pytestmark = pytest.mark.django_db


def bearer(client: APIClient, token: str) -> Any:
    return client.get(ME, HTTP_AUTHORIZATION=f"Bearer {token}")


def test_it_works(anyone: APIClient, alice: User):
    answer = anyone.post(TOKEN, {"email": "Alice@example.org", "password": PASSWORD})
    assert answer.status_code == 200
    assert bearer(anyone, answer.json()["access"]).json()["id"] == str(alice.pk)


def test_unknown_and_wrong_are_answered_alike(anyone: APIClient, alice: User):
    wrong = anyone.post(TOKEN, {"email": alice.email, "password": "not-this-one"})
    unknown = anyone.post(TOKEN, {"email": "no@example.org", "password": PASSWORD})
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.content == unknown.content
    assert wrong.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.usefixtures("real_passwords")
def test_unknown_and_wrong_take_the_same_time(anyone: APIClient, alice: User):
    def took(email: str) -> float:
        began = perf_counter()
        anyone.post(TOKEN, {"email": email, "password": "not-this-one"})
        return perf_counter() - began

    pairs = [(took(alice.email), took("no@example.org")) for _ in range(5)]
    wrong, unknown = (median(times) for times in zip(*pairs, strict=True))
    # Without a hash of its own the unknown one would be many times faster.
    assert 0.5 < wrong / unknown < 2


def test_the_shut_out_get_no_token(anyone: APIClient, alice: User):
    User.objects.update(is_active=False)
    answer = anyone.post(TOKEN, {"email": alice.email, "password": PASSWORD})
    assert answer.status_code == 401


def test_a_token_ends_with_the_account(alice: User, signed_in: SignedIn):
    client = signed_in(alice)
    User.objects.update(is_active=False)
    assert client.get(ME).status_code == 401


def test_a_refresh_token_is_good_once(anyone: APIClient, alice: User):
    first = tokens_issue(alice).refresh
    answer = anyone.post(REFRESH, {"refresh": first})
    assert answer.status_code == 200
    assert bearer(anyone, answer.json()["access"]).status_code == 200
    again = anyone.post(REFRESH, {"refresh": answer.json()["refresh"]})
    assert again.status_code == 200
    assert anyone.post(REFRESH, {"refresh": first}).status_code == 401


@pytest.mark.parametrize(
    "use",
    [
        pytest.param(REFRESH, id="by-refreshing"),
        pytest.param(LOGOUT, id="by-signing-out"),
    ],
)
def test_a_second_use_ends_what_came_from_the_first(
    anyone: APIClient, alice: User, use: str
):
    other_device = tokens_issue(alice).refresh
    stolen = tokens_issue(alice).refresh
    heir = anyone.post(REFRESH, {"refresh": stolen}).json()["refresh"]
    assert anyone.post(use, {"refresh": stolen}).status_code == 401
    assert anyone.post(REFRESH, {"refresh": heir}).status_code == 401
    assert anyone.post(REFRESH, {"refresh": other_device}).status_code == 200


def test_a_new_password_ends_all_tokens(anyone: APIClient, alice: User):
    tokens = tokens_issue(alice)
    alice.set_password("another-horse-9")
    alice.save()
    assert bearer(anyone, tokens.access).status_code == 401
    assert anyone.post(REFRESH, {"refresh": tokens.refresh}).status_code == 401


def test_logout_ends_a_refresh_token(anyone: APIClient, alice: User):
    refresh = tokens_issue(alice).refresh
    answer = anyone.post(LOGOUT, {"refresh": refresh})
    assert (answer.status_code, answer.content) == (204, b"")
    assert anyone.post(REFRESH, {"refresh": refresh}).status_code == 401
    assert anyone.post(LOGOUT, {"refresh": refresh}).status_code == 401


def test_the_shut_out_cannot_refresh(anyone: APIClient, alice: User):
    refresh = tokens_issue(alice).refresh
    User.objects.update(is_active=False)
    assert anyone.post(REFRESH, {"refresh": refresh}).status_code == 401


def test_a_refresh_token_outlives_no_user(anyone: APIClient, alice: User):
    refresh = tokens_issue(alice).refresh
    alice.delete()
    assert anyone.post(REFRESH, {"refresh": refresh}).status_code == 401


def test_tokens_do_not_stand_in_the_database(alice: User):
    refresh = tokens_issue(alice).refresh
    stored = OutstandingToken.objects.get()
    assert stored.token == stored.jti
    assert stored.token != refresh


UNCHECKED: Any = {"options": {"verify_signature": False}}


def claims(user: User, **changed: Any) -> dict[str, Any]:
    now = timezone.now()
    made = {
        "token_type": "access",
        "exp": now + timedelta(minutes=5),
        "iat": now,
        "jti": "0123456789abcdef",
        "user_id": str(user.pk),
        "family": jwt.decode(tokens_issue(user).access, **UNCHECKED)["family"],
        "hash_password": get_md5_hash_password(user.password),
        "aud": "autogpt-site",
        "iss": "autogpt-site",
    } | changed
    return {name: value for name, value in made.items() if value is not None}


def signed(payload: dict[str, Any], key: str | None = None) -> str:
    return jwt.encode(payload, key or str(settings.SIMPLE_JWT["SIGNING_KEY"]), "HS256")


def unsigned(payload: dict[str, Any]) -> str:
    parts = ({"alg": "none", "typ": "JWT"}, payload | {"exp": 4102444800, "iat": 0})
    texts = (json.dumps(part).encode() for part in parts)
    return (
        ".".join(base64.urlsafe_b64encode(t).decode().rstrip("=") for t in texts) + "."
    )


def test_the_claims_below_are_right_when_unchanged(anyone: APIClient, alice: User):
    assert bearer(anyone, signed(claims(alice))).status_code == 200


def test_the_program_of_another_is_not_ones_own(
    anyone: APIClient, alice: User, charlie: User
):
    theirs = claims(charlie)["family"]
    assert bearer(anyone, signed(claims(alice, family=theirs))).status_code == 401


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"aud": "another-site"}, id="for-another-audience"),
        pytest.param({"aud": None}, id="for-nobody"),
        pytest.param({"iss": "another-site"}, id="from-another-issuer"),
        pytest.param({"iss": None}, id="from-nobody"),
        # A refresh token is no access token.
        pytest.param({"token_type": "refresh"}, id="another-type"),
        pytest.param({"token_type": None}, id="no-type"),
        pytest.param({"exp": 1}, id="expired"),
        pytest.param({"exp": None}, id="without-end"),
        pytest.param({"jti": None}, id="without-id"),
        pytest.param({"user_id": None}, id="of-nobody"),
        # Of a user who is not there.
        pytest.param({"user_id": str(UUID(int=1))}, id="of-a-stranger"),
        # What is no id, and no time, is no reason to stumble either.
        pytest.param({"user_id": [1, 2]}, id="of-a-list"),
        pytest.param({"user_id": {"a": 1}}, id="of-an-object"),
        pytest.param({"user_id": "\0"}, id="of-nul"),
        pytest.param({"user_id": -1}, id="of-a-number"),
        pytest.param({"exp": 10**30}, id="ends-never"),
        # It ends with the signing-in that it came of.
        pytest.param({"family": None}, id="of-no-program"),
        pytest.param({"family": UUID(int=1).hex}, id="of-a-program-signed-out"),
        pytest.param({"family": "mine"}, id="of-a-program-that-is-none"),
        pytest.param({"hash_password": None}, id="for-no-password"),
        pytest.param({"hash_password": "0" * 32}, id="for-another-password"),
    ],
)
def test_claims_that_are_refused(
    anyone: APIClient, alice: User, changed: dict[str, Any]
):
    answer = bearer(anyone, signed(claims(alice, **changed)))
    assert answer.status_code == 401
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_signatures_that_are_refused(anyone: APIClient, alice: User):
    another_key = signed(claims(alice), "k" * 40)
    assert bearer(anyone, another_key).status_code == 401
    assert (
        bearer(anyone, unsigned(claims(alice) | {"exp": 0, "iat": 0})).status_code
        == 401
    )


@pytest.mark.parametrize(
    "header",
    [
        pytest.param("Bearer", id="no-token"),
        pytest.param("Bearer a b", id="two-tokens"),
        pytest.param("Bearer \xff", id="not-ascii"),
        pytest.param("Bearer " + "a." * 4000, id="long"),
        pytest.param("Basic YTpi", id="another-scheme"),
    ],
)
def test_headers_that_are_refused(anyone: APIClient, alice: User, header: str):
    answer = anyone.get(ME, HTTP_AUTHORIZATION=header)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="api"'
