"""Several at once: of those who want the same, one gets it and none an error."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from rest_framework.test import APIClient

from accounts.models import User, Workspace
from accounts.selectors import default_workspace
from accounts.services import tokens_issue, user_register
from tests.conftest import PASSWORD

AT_ONCE = 6

pytestmark = pytest.mark.django_db(transaction=True)


def together(act: Callable[[], object]) -> Counter[object]:
    """What `act` answers, counted over threads that start at the same moment."""
    ready = Barrier(AT_ONCE)

    def run(_: int) -> object:
        try:
            ready.wait(timeout=10)
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return Counter(pool.map(run, range(AT_ONCE)))


def test_one_of_many_uses_a_refresh_token():
    refresh = tokens_issue(user_register("alice@example.org", PASSWORD)).refresh
    url, body = "/api/v1/auth/token/refresh/", {"refresh": refresh}
    answers = together(lambda: APIClient().post(url, body).status_code)
    assert answers == {200: 1, 401: AT_ONCE - 1}


def test_one_of_many_registers_an_address():
    body = {"email": "alice@example.org", "password": PASSWORD}
    answers = together(
        lambda: APIClient().post("/api/v1/auth/register/", body).status_code
    )
    assert answers == {201: 1, 400: AT_ONCE - 1}
    assert (User.objects.count(), Workspace.objects.count()) == (1, 1)


def test_many_first_requests_make_one_workspace():
    user = User.objects.create_superuser("root@example.org", PASSWORD)
    answers = together(lambda: default_workspace(User.objects.get(pk=user.pk)).pk)
    assert list(answers.values()) == [AT_ONCE]
    assert Workspace.objects.count() == 1
