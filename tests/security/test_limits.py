"""Limits as callers meet them: 429 with the time to wait, exact, and not to be got
round."""

from dataclasses import replace

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.addresses import forget_rules
from accounts.models import AddressRule, User
from core.ratelimit import Rate
from core.ratelimit.rates import RATES_BY_NAME
from tests.conftest import PASSWORD, SignedIn

TOKEN = "/api/v1/auth/token/"
GRAPHS = "/api/v1/graphs/"
DEFAULT = RATES_BY_NAME["default"]

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def default_rates(settings: Settings) -> None:
    settings.RATES = DEFAULT


def sign_in(email: str, password: str, **headers: str) -> int:
    body = {"email": email, "password": password}
    return (
        Client().post(TOKEN, body, content_type="application/json", **headers)
    ).status_code  # type: ignore[arg-type]


def test_the_sixth_wrong_password_waits(alice: User):
    said = [sign_in("alice@example.org", "wrong") for _ in range(6)]
    assert said == [401] * 5 + [429]


def test_the_answer_says_how_long(alice: User):
    body = {"email": "alice@example.org", "password": "wrong"}
    for _ in range(6):
        answer = Client().post(TOKEN, body, content_type="application/json")
    assert 0 < int(answer["Retry-After"]) <= 300
    assert answer["RateLimit-Remaining"] == "0"
    assert answer["Content-Type"] == "application/problem+json"


def test_a_made_up_proxy_header_gains_nothing(alice: User):
    said = [
        sign_in("alice@example.org", "wrong", HTTP_X_FORWARDED_FOR=f"192.0.2.{n}")
        for n in range(30)
    ]
    assert said[5:] == [429] * 25


def test_other_spellings_gain_nothing(alice: User):
    spellings = ["alice@example.org", "ALICE@Example.org", "alice@example.org "]
    said = [sign_in(spellings[n % 3], "wrong") for n in range(9)]
    assert 401 not in said[5:]


def test_a_stranger_does_not_shut_out_the_owner(alice: User):
    for number in range(100):
        sign_in("alice@example.org", "wrong", REMOTE_ADDR=f"198.51.{number}.1")
    assert sign_in("alice@example.org", PASSWORD, REMOTE_ADDR="192.0.2.1") == 200


def test_who_signs_in_may_mistype_again(alice: User):
    for _ in range(2):
        said = [sign_in("alice@example.org", "wrong") for _ in range(4)]
        said.append(sign_in("alice@example.org", PASSWORD))
        assert said == [401] * 4 + [200]


def test_one_address_may_not_try_many_accounts():
    said = [sign_in(f"someone{n}@example.org", "wrong") for n in range(25)]
    assert said == [401] * 20 + [429] * 5


def test_the_page_says_it_too(alice: User):
    form = {"username": "alice@example.org", "password": "wrong"}
    said = [Client().post("/sign-in/", form) for _ in range(6)]
    assert [answer.status_code for answer in said] == [200] * 5 + [429]


def test_exactly_as_many_calls_as_a_user_may(signed_in: SignedIn, alice: User):
    client = signed_in(alice)
    said = [client.get(GRAPHS).status_code for _ in range(250)]
    assert said == [200] * 240 + [429] * 10


def test_every_answer_says_what_is_left(signed_in: SignedIn, alice: User):
    client = signed_in(alice)
    left = [client.get(GRAPHS)["RateLimit-Remaining"] for _ in range(2)]
    assert left == ["239", "238"]


def test_strangers_are_counted_by_address(settings: Settings):
    settings.RATES = replace(DEFAULT, address=Rate(3, 60))
    said = [Client().get(GRAPHS).status_code for _ in range(4)]
    assert said == [401] * 3 + [429]
    assert Client().get(GRAPHS, REMOTE_ADDR="192.0.2.9").status_code == 401


def test_health_is_never_refused(settings: Settings):
    settings.RATES = replace(DEFAULT, address=Rate(1, 60))
    said = {Client().get("/livez").status_code for _ in range(5)}
    assert said == {200}


@pytest.fixture
def rules(settings: Settings) -> None:
    settings.ADDRESS_RULES = True
    forget_rules()


def test_a_denied_network_is_shut_out(rules: None):
    AddressRule.objects.create(network="192.0.2.0/24", verdict="deny")
    assert Client().get("/livez", REMOTE_ADDR="192.0.2.9").status_code == 403
    assert Client().get("/livez", REMOTE_ADDR="198.51.100.1").status_code == 200


def test_only_allowed_networks_come_in(rules: None, settings: Settings):
    settings.TRUSTED_PROXY_COUNT = 1
    AddressRule.objects.create(network="192.0.2.0/24", verdict="allow")
    said = [
        Client().get("/livez", HTTP_X_FORWARDED_FOR=address).status_code
        for address in ("192.0.2.1", "198.51.100.1", "192.0.2.1, 198.51.100.1")
    ]
    assert said == [200, 403, 403]


def test_who_comes_by_browser_is_answered_a_page(alice: User):
    for _ in range(6):
        answer = Client().post(
            "/sign-in/",
            {"username": "alice@example.org", "password": "wrong"},
            headers={"accept": "text/html,application/xhtml+xml"},
        )
    assert answer.status_code == 429
    assert answer["Content-Type"].startswith("text/html")
    assert f"Try again in {answer['Retry-After']} s." in answer.text
    assert 'href="/sign-in/"' in answer.text


def test_a_flood_by_browser_is_answered_a_page(settings: Settings):
    settings.RATES = replace(DEFAULT, address=Rate(1, 60))
    said = [
        Client().get("/sign-in/", headers={"accept": "text/html"}) for _ in range(2)
    ]
    assert [answer.status_code for answer in said] == [200, 429]
    assert said[1]["Content-Type"].startswith("text/html")
