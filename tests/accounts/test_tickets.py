"""Tickets for websockets: once, soon, and no way to find one in the cache."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from rest_framework.test import APIClient

from accounts import tickets
from accounts.models import User
from accounts.rights.context import AuthContext, auth_of
from accounts.sign_in.passwords import password_set
from accounts.tickets import ticket_issue, ticket_redeem
from tests.conftest import SignedIn
from tests.factories import make_user

URL = "/api/v1/auth/ws-ticket/"

pytestmark = pytest.mark.django_db


def test_it_works(alice: User, signed_in: SignedIn):
    answer = signed_in(alice).post(URL)
    assert answer.status_code == 200
    assert answer.json()["expires_in"] == 30
    opened = ticket_redeem(answer.json()["ticket"])
    assert opened == AuthContext(alice.pk, alice.role, "jwt")


def test_strangers_get_none(anyone: APIClient):
    assert anyone.post(URL).status_code == 401


def test_it_is_good_once(alice: User):
    ticket = ticket_issue(alice)
    assert ticket_redeem(ticket) == auth_of(alice)
    assert ticket_redeem(ticket) is None


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_gets_in():
    alice = make_user()
    ticket = ticket_issue(alice)

    def redeem(_: int) -> AuthContext | None:
        try:
            return ticket_redeem(ticket)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(redeem, range(40)))
    assert answers.count(auth_of(alice)) == 1
    assert answers.count(None) == 39


@pytest.mark.parametrize(
    "change",
    [
        # The password is another one, or the user is shut out, or gone.
        pytest.param(
            lambda user: password_set(user, "other-horse-9", by="x"), id="new"
        ),
        pytest.param(lambda user: User.objects.update(is_active=False), id="shut out"),
        pytest.param(lambda user: user.delete(), id="gone"),
    ],
)
def test_it_ends_with_what_it_was_got_for(alice: User, change: Callable[[User], Any]):
    ticket = ticket_issue(alice)
    change(User.objects.get(pk=alice.pk))
    assert ticket_redeem(ticket) is None


def test_it_ends(alice: User, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tickets, "LIFETIME_S", 0)
    assert ticket_redeem(ticket_issue(alice)) is None


@pytest.mark.parametrize(
    "ticket",
    [
        pytest.param("", id="empty"),
        pytest.param("guess", id="unknown"),
        pytest.param("x" * 10_000, id="long"),
        pytest.param("ü\n\0", id="odd-characters"),
        # A text from outside may hold what UTF-8 cannot.
        pytest.param("\ud800", id="lone-surrogate"),
    ],
)
def test_what_is_no_ticket(ticket: str):
    assert ticket_redeem(ticket) is None


def test_the_cache_does_not_hold_the_ticket(alice: User):
    ticket = ticket_issue(alice)
    assert cache.get(ticket) is None
    assert ticket not in repr(vars(cache))
