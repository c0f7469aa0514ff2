"""Where to tell of a fault in security."""

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from autogpt_site.env import Env

ADDRESS = "/.well-known/security.txt"


def test_it_tells_whom_to_write_to(client: Client, settings: Settings) -> None:
    settings.SECURITY_CONTACT = "mailto:security@example.org"
    answer = client.get(ADDRESS)
    told = dict(line.split(": ", 1) for line in answer.text.splitlines())
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert told["Contact"] == "mailto:security@example.org"
    left = datetime.fromisoformat(told["Expires"]) - timezone.now()
    assert timedelta(days=100) < left < timedelta(days=365)


def test_without_a_contact_it_is_not_there(client: Client) -> None:
    assert client.get(ADDRESS).status_code == 404


@pytest.mark.parametrize(
    "contact",
    [
        pytest.param("security@example.org", id="no URI"),
        pytest.param("mailto:a@b\nContact: mailto:c@d", id="a line of its own"),
        pytest.param("http://example.org", id="not safe on its way"),
    ],
)
def test_what_is_no_contact_is_refused(contact: str) -> None:
    with pytest.raises(ValueError, match="security_contact"):
        Env(security_contact=contact)
