"""What tests of credentials share."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from tests.accounts.provider import Provider, provider_running


@pytest.fixture
def provider(settings: Settings) -> Iterator[Provider]:
    """Known to the site, which is known to it."""
    with provider_running() as running:
        settings.EGRESS_ALLOW = [running.address]
        settings.OAUTH_PROVIDERS = running.settings()
        settings.OAUTH_CLIENTS = {"loopback": {"id": "us", "secret": "client-secret"}}
        yield running
