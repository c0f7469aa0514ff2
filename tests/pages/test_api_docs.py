"""The API reference: in the frame of the site, and clean under its content policy."""

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from tests.pages.world import Markup, browser_of

pytestmark = pytest.mark.django_db


def test_the_reference_stands_in_the_frame(alice: User) -> None:
    alice.is_staff = True  # services mode shows the reference to staff alone
    alice.save()

    answer = browser_of(alice).get("/api/docs/")

    page = Markup(answer.text)
    assert page.inline == []
    assert len(page.ids) == len(set(page.ids))
    assert "swagger-ui" in page.ids
    assert "Sign out" in answer.text


def test_a_stranger_is_offered_to_sign_in(client: Client, settings: Settings) -> None:
    answer = client.get("/api/docs/")

    if settings.SERVICES_MODE:
        assert answer.status_code == 401
        return
    assert Markup(answer.text).inline == []
    assert 'href="/sign-in/">Sign in<' in answer.text
    assert "finder" not in Markup(answer.text).ids
