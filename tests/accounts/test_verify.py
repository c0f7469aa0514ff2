"""Confirming an address: by a link that is mailed, once, and before signing in where
the site wants that."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.models import AuditDraft, MailedToken, MailOrder, User
from accounts.sign_in import mailed
from accounts.sign_in.mail import mails_send
from core.keys import blind_index
from core.ratelimit.rates import RATES_BY_NAME
from tests.accounts.mails import arrived, token_in
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db

ASK = "/api/v1/auth/email/verify/request/"
VERIFY = "/api/v1/auth/email/verify/"
TOKEN = "/api/v1/auth/token/"


@pytest.fixture
def wanted(settings: Settings) -> None:
    """The site sends mails, and wants confirmed addresses."""
    settings.MAIL_IS_ON = settings.REQUIRE_VERIFIED_EMAIL = True


def is_confirmed(user: User) -> bool:
    user.refresh_from_db()
    return user.email_verified_at is not None


def test_it_works(anyone: APIClient, alice: User):
    assert anyone.post(ASK, {"email": alice.email}).status_code == 202
    (message,) = arrived()
    assert message.to == [alice.email]
    assert not is_confirmed(alice)
    answer = anyone.post(VERIFY, {"token": token_in(message)})
    assert (answer.status_code, answer.content) == (204, b"")
    assert is_confirmed(alice)
    bodies = [bytes(draft.body) for draft in AuditDraft.objects.all()]
    assert any(b"user.email_verified" in body for body in bodies)


def test_a_mail_has_text_and_html_and_the_address_of_the_settings(
    alice: User, settings: Settings
):
    settings.SITE_URL = "https://agents.example.org"
    client = APIClient(headers={"x-forwarded-host": "evil.example"})
    client.post(ASK, {"email": alice.email})
    (message,) = arrived()
    link = "https://agents.example.org/verify/"
    html = message.alternatives[0]
    assert link in str(message.body)
    assert link in str(html[0])
    assert html[1] == "text/html"
    assert "evil" not in message.message().as_string()


def test_the_database_holds_no_token(anyone: APIClient, alice: User):
    anyone.post(ASK, {"email": alice.email})
    order = MailOrder.objects.values().get()
    assert b"alice" not in bytes(order["email"])
    (message,) = arrived()
    kept = MailedToken.objects.values().get()
    assert token_in(message).encode() not in repr(kept).encode()
    assert not MailOrder.objects.exists()


@pytest.mark.parametrize(
    "email",
    [
        # Nobody has it, it is no address, or it has been confirmed already.
        pytest.param("nobody@example.org", id="unknown"),
        pytest.param("not an address", id="none"),
        pytest.param("charlie@example.org", id="confirmed"),
    ],
)
def test_others_get_no_mail_and_the_same_answer(
    anyone: APIClient, charlie: User, email: str
):
    charlie.email_verified_at = timezone.now()
    charlie.save()
    answer = anyone.post(ASK, {"email": email})
    assert (answer.status_code, answer.content) == (202, b"")
    assert arrived() == []


def test_no_more_than_three_mails_in_an_hour(anyone: APIClient, alice: User):
    spellings = ["alice@example.org", "ALICE@example.org", " alice@example.org"] * 2
    answers = {anyone.post(ASK, {"email": each}).status_code for each in spellings}
    assert answers == {202}
    assert len(arrived()) == 3


def test_nobody_has_mails_sent_to_everybody(anyone: APIClient, settings: Settings):
    settings.RATES = RATES_BY_NAME["default"]
    answers = [
        anyone.post(ASK, {"email": f"a{n}@example.org"}).status_code for n in range(31)
    ]
    assert answers == [202] * 30 + [429]


def mailed_token(user: User) -> str:
    return mailed.token_issue(user, mailed.VERIFY)


def a_late_one(user: User) -> str:
    token = mailed_token(user)
    MailedToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    return token


def a_used_one(user: User) -> str:
    token = mailed_token(user)
    mailed.token_redeem(token, mailed.VERIFY)
    return token


def one_for_another_address(user: User) -> str:
    token = mailed_token(user)
    user.email, user.email_index = "new@example.org", blind_index("new@example.org")
    user.save()
    return token


def one_of_the_shut_out(user: User) -> str:
    token = mailed_token(user)
    User.objects.update(is_active=False)
    return token


@pytest.mark.parametrize(
    "made",
    [
        pytest.param(lambda user: "guess", id="unknown"),
        pytest.param(lambda user: "\ud800", id="lone-surrogate"),
        pytest.param(a_late_one, id="late"),
        pytest.param(a_used_one, id="used"),
        # The address was changed meanwhile: the new one is not confirmed by it.
        pytest.param(one_for_another_address, id="another-address"),
        pytest.param(one_of_the_shut_out, id="shut-out"),
        # A token is good for what it was mailed for.
        pytest.param(lambda u: mailed.token_issue(u, mailed.RESET), id="of-a-reset"),
    ],
)
def test_tokens_that_are_refused(alice: User, made: Any):
    token = made(alice)
    assert mailed.token_owner(token, mailed.VERIFY) is None
    assert mailed.token_redeem(token, mailed.VERIFY) is None
    assert not is_confirmed(alice)


@pytest.mark.parametrize("body", [{}, {"token": None}, {"token": ""}, {"token": 5.5}])
def test_what_is_no_token(anyone: APIClient, alice: User, body: Any):
    assert anyone.post(VERIFY, body).status_code == 400


# --- Where the site wants it ----------------------------------------------------------


@pytest.mark.usefixtures("wanted")
def test_who_has_not_confirmed_gets_no_token(anyone: APIClient):
    form = {"email": "new@example.org", "password": PASSWORD}
    assert anyone.post("/api/v1/auth/register/", form).status_code == 201
    answer = anyone.post(TOKEN, form)
    assert answer.status_code == 403
    assert answer.json()["type"] == "urn:problem:email-not-verified"
    (message,) = arrived()
    anyone.post(VERIFY, {"token": token_in(message)})
    assert anyone.post(TOKEN, form).status_code == 200


@pytest.mark.usefixtures("wanted")
def test_a_wrong_password_tells_nothing_of_it(anyone: APIClient, alice: User):
    form = {"email": alice.email, "password": "wrong-horse-9"}
    assert anyone.post(TOKEN, form).status_code == 401


@pytest.mark.usefixtures("wanted")
def test_the_pages_lead_through_it(client: Client):
    form = {"email": "new@example.org", "password": PASSWORD}
    assert client.post("/sign-up/", form)["Location"] == "/sign-in/verify/"
    assert client.get("/agents/").status_code == 302
    assert "new@example.org" in client.get("/sign-in/verify/").text
    assert client.post("/sign-in/verify/")["Location"] == "/sign-in/verify/"
    first, second = arrived()
    # Programs that look through mails open links: that uses nothing up.
    for _ in range(2):
        assert "Confirm address" in client.get(f"/verify/{token_in(first)}/").text
    assert client.post(f"/verify/{token_in(second)}/")["Location"] == "/agents/"
    assert client.get("/agents/").status_code == 200
    assert "not good" in client.post(f"/verify/{token_in(second)}/").text


@pytest.mark.usefixtures("wanted")
def test_in_another_browser_one_signs_in_after_it(client: Client, alice: User):
    token = mailed_token(alice)
    assert client.post(f"/verify/{token}/")["Location"] == "/sign-in/"
    assert "confirmed" in client.get("/sign-in/").text


@pytest.mark.parametrize("path", ["/sign-in/verify/", "/sign-in/code/"])
def test_nobody_is_half_way_without_a_password(client: Client, path: str):
    assert client.get(path)["Location"] == "/sign-in/"
    assert client.post(path, {"code": "123456"})["Location"] == "/sign-in/"


# --- The mails ------------------------------------------------------------------------


def test_a_mail_that_cannot_be_sent_is_tried_again(
    anyone: APIClient, alice: User, settings: Settings
):
    works = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    anyone.post(ASK, {"email": alice.email})
    assert mails_send() == 0
    assert MailOrder.objects.get().due_at > timezone.now()
    settings.EMAIL_BACKEND = works
    assert mails_send() == 0
    MailOrder.objects.update(due_at=timezone.now())
    assert mails_send() == 1
    assert [message.to for message in mail.outbox] == [[alice.email]]


def test_a_mail_that_never_can_be_sent_is_given_up(
    anyone: APIClient, alice: User, settings: Settings
):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    anyone.post(ASK, {"email": alice.email})
    MailOrder.objects.update(tries=7)
    assert mails_send() == 0
    assert not MailOrder.objects.exists()
