"""What all tests share: people, clients, and a world that is clean for each test."""

from collections.abc import Callable, Iterator

import pytest
from django.core.cache import cache
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.addresses import forget_rules
from accounts.api_keys import usage
from accounts.models import User
from accounts.services import tokens_issue, user_register
from tests.rates import forget_rates

PASSWORD = "correct-horse-9"

SignedIn = Callable[[User], APIClient]


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture(autouse=True)
def _use_of_keys_stays_in_its_test() -> Iterator[None]:
    """Else it would be written a little later, into the database of another test."""
    yield
    usage.forget()


@pytest.fixture(autouse=True)
def _quick_passwords(request: pytest.FixtureRequest, settings: Settings) -> None:
    """The real hasher is slow on purpose; only tests of that want it."""
    if "real_passwords" not in request.fixturenames:
        settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def _no_rates_of_others(settings: Settings) -> None:
    """What other tests did from the same address does not count."""
    settings.ADDRESS_RULES = False
    forget_rules()
    forget_rates()


@pytest.fixture(autouse=True)
def _admin_by_password(settings: Settings) -> None:
    """Only tests of that want a second factor of staff, whatever the mode."""
    settings.ADMIN_REQUIRES_SECOND_FACTOR = False


@pytest.fixture(autouse=True)
def _static_files_on_demand(settings: Settings) -> None:
    """Else every client would first list all static files there are."""
    settings.WHITENOISE_AUTOREFRESH = True


@pytest.fixture
def real_passwords() -> None:
    """Named by a test that measures or inspects how passwords are kept."""


@pytest.fixture
def alice(db: None) -> User:
    """She owns things."""
    return user_register("alice@example.org", PASSWORD)


@pytest.fixture
def charlie(db: None) -> User:
    """He must see nothing of what is Alice's."""
    return user_register("charlie@example.org", PASSWORD)


@pytest.fixture
def anyone() -> APIClient:
    """Not signed in."""
    return APIClient()


@pytest.fixture
def signed_in() -> SignedIn:
    """A program's client that sends an access token of the user."""

    def client_of(user: User) -> APIClient:
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {tokens_issue(user).access}")
        return client

    return client_of
