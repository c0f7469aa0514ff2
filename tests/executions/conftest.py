"""One real server for all tests that only talk to one."""

from collections.abc import Iterator

import httpx
import pytest

from tests.servers import Site, registered, running_site


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Its log must be clean in the end, whatever was thrown at it."""
    with running_site(tmp_path_factory.mktemp("site")) as running:
        yield running
    assert running.process.complaints() == []


@pytest.fixture(scope="session")
def alice_there(site: Site) -> Iterator[httpx.Client]:
    with registered(site.url, "alice@example.org") as client:
        yield client


@pytest.fixture(scope="session")
def charlie_there(site: Site) -> Iterator[httpx.Client]:
    with registered(site.url, "charlie@example.org") as client:
        yield client
