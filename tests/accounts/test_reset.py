"""New passwords: by a mailed link, or by the one before; what ends with the old one."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as conf
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import (
    AuditDraft,
    BrowserSession,
    MailedToken,
    MailOrder,
    ProgramSession,
    User,
)
from accounts.services import tokens_issue
from accounts.sign_in import mailed
from accounts.sign_in.passwords import LinkRefused, password_reset
from tests.accounts.mails import arrived, token_in
from tests.accounts.test_races import AT_ONCE, together
from tests.conftest import PASSWORD, SignedIn
from tests.factories import make_user

pytestmark = pytest.mark.django_db

ASK = "/api/v1/auth/password/reset/"
RESET = "/api/v1/auth/password/reset/confirm/"
CHANGE = "/api/v1/auth/password/"
TOKEN = "/api/v1/auth/token/"
REFRESH = "/api/v1/auth/token/refresh/"
ME = "/api/v1/me/"
NEW = "another-horse-9"


def has_password(user: User, password: str) -> bool:
    user.refresh_from_db()
    return user.check_password(password)


def reset_token(user: User) -> str:
    return mailed.token_issue(user, mailed.RESET)


def test_it_works(anyone: APIClient, alice: User):
    assert anyone.post(ASK, {"email": "ALICE@example.org"}).status_code == 202
    (message,) = arrived()
    answer = anyone.post(RESET, {"token": token_in(message), "password": NEW})
    assert (answer.status_code, answer.content) == (204, b"")
    assert has_password(alice, NEW)
    # Who reads what is sent to the address has it.
    assert alice.email_verified_at is not None


def test_unknown_and_known_are_answered_alike(anyone: APIClient, alice: User):
    """In words, and in what is done for them: the rest a worker does later."""
    known = anyone.post(ASK, {"email": alice.email})
    unknown = anyone.post(ASK, {"email": "no@example.org"})
    assert known.status_code == unknown.status_code == 202
    assert known.content == unknown.content
    assert MailOrder.objects.filter(kind="reset").count() == 2
    assert not MailedToken.objects.exists()
    assert [message.to for message in arrived()] == [[alice.email]]


def test_no_more_than_three_mails_in_an_hour(anyone: APIClient, alice: User):
    assert {anyone.post(ASK, {"email": alice.email}).status_code for _ in range(5)} == {
        202
    }
    assert len(arrived()) == 3


def test_another_host_gets_no_mail_sent(alice: User):
    client = Client(headers={"host": "evil.example"})
    body = {"email": alice.email}
    answer = client.post(ASK, body, "application/json")
    assert answer.status_code == 400
    assert arrived() == []


def late(user: User) -> str:
    token = reset_token(user)
    MailedToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    return token


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"token": None, "password": NEW}, id="null"),
        pytest.param({"token": "", "password": NEW}, id="empty"),
        pytest.param({"token": [], "password": NEW}, id="list"),
        pytest.param({"token": "guess", "password": NEW}, id="guess"),
        pytest.param({"token": "x" * 201, "password": NEW}, id="long"),
        # A field that is not asked for, such as whose password it should be.
        pytest.param({"email": "a@b.c", "token": "x", "password": NEW}, id="more"),
    ],
)
def test_what_is_no_token(anyone: APIClient, alice: User, body: Any):
    assert anyone.post(RESET, body).status_code == 400
    assert has_password(alice, PASSWORD)


@pytest.mark.parametrize(
    "made",
    [
        pytest.param(late, id="late"),
        pytest.param(lambda u: mailed.token_issue(u, mailed.VERIFY), id="to-verify"),
        pytest.param(lambda u: str(u.pk), id="the-id"),
    ],
)
def test_tokens_that_are_refused(anyone: APIClient, alice: User, made: Any):
    answer = anyone.post(RESET, {"token": made(alice), "password": NEW})
    assert answer.status_code == 400
    assert answer.json()["type"] == "urn:problem:token-refused"
    assert has_password(alice, PASSWORD)


def test_a_token_is_good_once_and_ends_the_others(anyone: APIClient, alice: User):
    first, second = reset_token(alice), reset_token(alice)
    assert anyone.post(RESET, {"token": first, "password": NEW}).status_code == 204
    for token in (first, second):
        body = {"token": token, "password": "a-third-horse-9"}
        assert anyone.post(RESET, body).status_code == 400
    assert has_password(alice, NEW)


@pytest.mark.parametrize(
    "password",
    [
        pytest.param("short", id="short"),
        pytest.param("password123", id="common"),
        pytest.param("alice@example.org", id="the-address"),
        pytest.param("x9-" * 100, id="long"),
    ],
)
def test_a_bad_password_does_not_use_the_token_up(
    anyone: APIClient, alice: User, password: str
):
    token = reset_token(alice)
    answer = anyone.post(RESET, {"token": token, "password": password})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "password"
    assert has_password(alice, PASSWORD)
    assert anyone.post(RESET, {"token": token, "password": NEW}).status_code == 204


@pytest.mark.django_db(transaction=True)
def test_one_of_many_uses_a_token():
    user = make_user()
    token = reset_token(user)

    def use() -> str:
        try:
            password_reset(token, NEW)
        except LinkRefused:
            return "refused"
        return "done"

    assert together(use) == {"done": 1, "refused": AT_ONCE - 1}


# --- Changing it ----------------------------------------------------------------------


def test_one_changes_it_by_the_one_before(alice: User, signed_in: SignedIn):
    answer = signed_in(alice).post(CHANGE, {"current": PASSWORD, "new": NEW})
    assert answer.status_code == 204
    assert has_password(alice, NEW)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        pytest.param({"current": "wrong-horse-9", "new": NEW}, "current", id="wrong"),
        pytest.param({"current": PASSWORD, "new": "short"}, "new", id="short"),
        pytest.param({"current": PASSWORD, "new": "alice@example"}, "new", id="alike"),
        pytest.param({"new": NEW}, "current", id="without"),
    ],
)
def test_changes_that_are_refused(
    alice: User, signed_in: SignedIn, body: Any, field: str
):
    answer = signed_in(alice).post(CHANGE, body)
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert has_password(alice, PASSWORD)


def test_a_thief_of_a_token_does_not_guess_the_password(
    alice: User, signed_in: SignedIn, settings: Any
):
    client = signed_in(alice)
    tries = [
        client.post(CHANGE, {"current": f"wrong-{n}", "new": NEW}).status_code
        for n in range(conf.RATES.sign_in_failures.amount + 1)
    ]
    assert tries[0] == 400
    assert tries[-1] == 429


# --- What ends with it ----------------------------------------------------------------


def by_mail(user: User, client: APIClient, browser: Client) -> None:
    body = {"token": reset_token(user), "password": NEW}
    assert APIClient().post(RESET, body).status_code == 204


def by_program(user: User, client: APIClient, browser: Client) -> None:
    assert client.post(CHANGE, {"current": PASSWORD, "new": NEW}).status_code == 204


def by_admin(user: User, client: APIClient, browser: Client) -> None:
    root = User.objects.create_superuser("root@example.org", PASSWORD)
    admin = Client()
    admin.force_login(root)
    form = {"password1": NEW, "password2": NEW, "usable_password": "true"}
    form["set-password"] = "1"
    answer = admin.post(f"/admin/accounts/user/{user.pk}/password/", form)
    assert answer.status_code == 302, answer.content


@pytest.mark.parametrize("change", [by_mail, by_program, by_admin])
def test_everything_ends_and_the_owner_is_told(
    alice: User, signed_in: SignedIn, change: Any
):
    client, browser, tokens = signed_in(alice), Client(), tokens_issue(alice)
    browser.force_login(alice)
    change(alice, client, browser)
    assert has_password(alice, NEW)
    assert client.get(ME).status_code == 401
    assert browser.get("/agents/").status_code == 302
    refreshed = APIClient().post(REFRESH, {"refresh": tokens.refresh})
    assert refreshed.status_code == 401
    assert not BrowserSession.objects.filter(user=alice).exists()
    assert not ProgramSession.objects.filter(user=alice).exists()
    (message,) = arrived()
    assert message.to == [alice.email]
    assert "password was changed" in str(message.body)
    bodies = [bytes(draft.body) for draft in AuditDraft.objects.all()]
    assert any(b"user.password_changed" in body for body in bodies)
    assert not any(NEW.encode() in body for body in bodies)


# --- The pages ------------------------------------------------------------------------


def test_the_pages_lead_to_a_new_password(client: Client, alice: User):
    assert "Forgot your password?" in client.get("/sign-in/").text
    said = client.post("/password/reset/", {"email": alice.email}).text
    assert "Look at your mail" in said
    (message,) = arrived()
    path = f"/password/reset/{token_in(message)}/"
    assert "too short" in client.post(path, {"password": "x"}).text
    assert client.post(path, {"password": NEW})["Location"] == "/sign-in/"
    assert has_password(alice, NEW)
    assert "not good" in client.get(path).text
    assert "not good" in client.post(path, {"password": PASSWORD}).text


def test_the_browser_that_changes_it_goes_on(client: Client, alice: User):
    client.force_login(alice)
    before = client.session.session_key
    form = {"current": PASSWORD, "new": NEW}
    assert client.post("/account/password/", form)["Location"] == "/account/password/"
    assert client.get("/agents/").status_code == 200
    assert client.session.session_key != before
    assert BrowserSession.objects.filter(user=alice).count() == 1


def test_the_page_says_what_is_wrong(client: Client, alice: User):
    client.force_login(alice)
    form = {"current": "wrong-horse-9", "new": NEW}
    assert "not your password" in client.post("/account/password/", form).text
    assert has_password(alice, PASSWORD)
