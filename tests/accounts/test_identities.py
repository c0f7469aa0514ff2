"""Linking providers to one's account, and unlinking them, on their page."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import Identity, User
from tests.accounts.oidc_issuer import Issuer, issuer_running

pytestmark = pytest.mark.django_db

PAGE = "/account/identities/"
BACK = "/sign-in/with/corp/back/"


@pytest.fixture
def issuer(settings: Settings) -> Iterator[Issuer]:
    with issuer_running() as running:
        settings.EGRESS_ALLOW = [running.address]
        settings.SITE_URL = "https://agents.example.org"
        corp = {"name": "corp", "title": "Corp", "issuer": running.url}
        settings.OIDC_PROVIDERS = [corp | {"client_id": "us", "client_secret": "s"}]
        yield running


@pytest.fixture
def browser(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def offered(browser: Client) -> str:
    found = re.search(r'href="(/sign-in/with/corp/[^"]*)"', browser.get(PAGE).text)
    assert found
    return unescape(found[1])


def go(browser: Client, issuer: Issuer, link: str) -> Any:
    out = browser.get(link)
    return browser.get(BACK, issuer.agree(out["Location"]))


def linked_to(user: User, issuer: str = "https://idp.example.org") -> Identity:
    return Identity.objects.create(user=user, issuer=issuer, subject="person-9")


def test_one_links_a_provider_whatever_its_address(
    browser: Client, issuer: Issuer, alice: User
) -> None:
    issuer.person |= {"email": "other@example.net", "email_verified": False}

    answer = go(browser, issuer, offered(browser))

    assert answer["Location"] == PAGE
    assert Identity.objects.get().user == alice
    assert "Unlink" in browser.get(PAGE).text


def test_who_belongs_to_another_account_is_not_linked(
    browser: Client, issuer: Issuer, charlie: User
) -> None:
    Identity.objects.create(user=charlie, issuer=issuer.url, subject="person-1")

    go(browser, issuer, offered(browser))

    assert Identity.objects.get().user == charlie


def test_the_mark_of_another_session_links_nothing(
    browser: Client, issuer: Issuer, alice: User, charlie: User
) -> None:
    stranger = Client()
    stranger.force_login(charlie)
    issuer.person["email"] = "nobody@example.net"

    go(browser, issuer, offered(stranger))

    assert not Identity.objects.exists()


def test_who_signed_out_meanwhile_is_not_linked(
    browser: Client, issuer: Issuer
) -> None:
    out = browser.get(offered(browser))
    session = browser.session
    for key in ("_auth_user_id", "_auth_user_hash", "_auth_user_backend"):
        session.pop(key, None)
    session.save()

    browser.get(BACK, issuer.agree(out["Location"]))

    assert not Identity.objects.exists()


def test_one_unlinks(browser: Client, alice: User) -> None:
    identity = linked_to(alice)

    browser.post(PAGE, {"id": str(identity.id)})

    assert not Identity.objects.exists()


def test_the_only_way_in_stays(browser: Client, alice: User) -> None:
    identity = linked_to(alice)
    alice.set_unusable_password()
    alice.save()
    browser.force_login(alice)

    answer = browser.post(PAGE, {"id": str(identity.id)}, follow=True)

    assert Identity.objects.exists()
    assert "your only way in" in answer.text


@pytest.mark.parametrize("id_", ["", "theirs"])
def test_what_is_not_yours_stays(browser: Client, charlie: User, id_: str) -> None:
    theirs = linked_to(charlie)

    sent = str(theirs.id) if id_ == "theirs" else id_
    answer = browser.post(PAGE, {"id": sent}, follow=True)

    assert "It was not linked" in answer.text
    assert Identity.objects.exists()
