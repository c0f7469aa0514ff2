"""When many networks try the passwords of one account: the owner is asked for more, and
always gets in."""

import pytest
from django.test import Client
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.models import User
from accounts.sign_in import devices
from core.ratelimit.rates import RATES_BY_NAME
from tests.accounts.mails import arrived, code_in
from tests.accounts.test_races import AT_ONCE, together
from tests.conftest import PASSWORD
from tests.factories import make_user

pytestmark = pytest.mark.django_db

TOKEN = "/api/v1/auth/token/"


@pytest.fixture(autouse=True)
def _rates(settings: Settings) -> None:
    settings.RATES = RATES_BY_NAME["default"]
    settings.MAIL_IS_ON = True


def tried_by_many(user: User, times: int = 100) -> None:
    body = {"email": user.email, "password": "wrong-horse-9"}
    for number in range(times):
        address = f"198.51.{number}.1"
        answer = APIClient().post(TOKEN, body, REMOTE_ADDR=address)
        assert answer.status_code == 401


def sign_in(user: User, **more: str) -> tuple[int, str]:
    body = {"email": user.email, "password": PASSWORD, **more}
    answer = APIClient().post(TOKEN, body, REMOTE_ADDR="192.0.2.1")
    return answer.status_code, answer.json().get("type", "").removeprefix(
        "urn:problem:"
    )


def test_before_that_the_password_does(alice: User):
    tried_by_many(alice, 99)
    assert sign_in(alice) == (200, "")
    assert arrived() == []


def test_a_program_shows_a_code_that_was_mailed(alice: User):
    tried_by_many(alice)
    assert sign_in(alice) == (401, "proof-needed")
    (message,) = arrived()
    assert message.to == [alice.email]
    code = code_in(message)
    wrong = f"{(int(code) + 1) % 10**8:08}"
    assert sign_in(alice, code=wrong) == (401, "wrong-code")
    assert sign_in(alice, code=code) == (200, "")
    # It was good once.
    assert sign_in(alice, code=code) == (401, "wrong-code")


def test_without_the_password_no_mail_is_sent(alice: User):
    tried_by_many(alice, 101)
    assert arrived() == []


def test_a_known_browser_needs_no_code(alice: User):
    form = {"username": alice.email, "password": PASSWORD}
    known, other = Client(), Client()
    assert known.post("/sign-in/", form)["Location"] == "/agents/"
    known.post("/sign-out/")
    tried_by_many(alice)
    assert known.post("/sign-in/", form)["Location"] == "/agents/"
    assert other.post("/sign-in/", form)["Location"] == "/sign-in/code/"
    (message,) = arrived()
    assert "was mailed" in other.get("/sign-in/code/").text
    assert "newest mail" in other.post("/sign-in/code/", {"code": "1"}).text
    done = other.post("/sign-in/code/", {"code": code_in(message)})
    assert done["Location"] == "/agents/"


@pytest.mark.parametrize("change", ["another-user", "another-password", "forged"])
def test_a_browser_is_known_for_one_user_and_password(
    alice: User, charlie: User, change: str
):
    browser = Client()
    form = {"username": charlie.email, "password": PASSWORD}
    owner = charlie if change == "another-user" else alice
    form["username"] = owner.email
    browser.post("/sign-in/", form)
    browser.post("/sign-out/")
    if change == "another-password":
        alice.set_password("another-horse-9")
        alice.save()
    if change == "forged":
        cookie = browser.cookies[devices.cookie_name()]
        browser.cookies[devices.cookie_name()] = f"{cookie.value}x"
    tried_by_many(alice)
    form = {"username": alice.email, "password": PASSWORD}
    if change == "another-password":
        form["password"] = "another-horse-9"
    assert browser.post("/sign-in/", form)["Location"] == "/sign-in/code/"


def test_codes_are_mailed_three_times_in_an_hour(alice: User):
    tried_by_many(alice)
    assert [sign_in(alice)[0] for _ in range(4)] == [401, 401, 401, 429]


def test_a_site_without_mail_asks_for_none(alice: User, settings: Settings):
    settings.MAIL_IS_ON = False
    tried_by_many(alice)
    assert sign_in(alice) == (200, "")


@pytest.mark.django_db(transaction=True)
def test_one_of_many_uses_a_mailed_code():
    from accounts.sign_in import mailed

    user = make_user()
    code = mailed.code_issue(user)
    answers = together(lambda: mailed.code_redeem(user, code))
    assert answers == {True: 1, False: AT_ONCE - 1}
