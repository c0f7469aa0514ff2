"""`python -m benchmarks.sign_in_costs`: what it costs to know who calls, in a process
of its own on the database that the environment names; prints one JSON object."""

import json
import sys
import time
from collections.abc import Callable
from typing import Any, Final

import django

CALLS: Final = 2_000
WARM_UP: Final = 200


def main() -> int:
    django.setup()
    from accounts.api_keys.services import key_create
    from accounts.selectors import default_workspace
    from accounts.services import tokens_issue, user_register

    user = user_register("costs@example.com", "correct horse battery")
    workspace = default_workspace(user)
    made = key_create(user=user, workspace=workspace, name="cost", permissions=["*"])
    bearer = f"Bearer {tokens_issue(user).access}"
    figures = {
        "auth_key_cpu_ms": _cpu_ms(_asking(HTTP_X_API_KEY=made.key)),
        "auth_jwt_cpu_ms": _cpu_ms(_asking(HTTP_AUTHORIZATION=bearer)),
    }
    print(json.dumps(figures))
    return 0


def _asking(**headers: str) -> Callable[[], object]:
    """Looks for the user of a fresh request, as every view of the API does."""
    from django.test import RequestFactory
    from rest_framework.request import Request
    from rest_framework.settings import api_settings

    factory = RequestFactory()
    kinds: Any = api_settings.DEFAULT_AUTHENTICATION_CLASSES
    authenticators = [kind() for kind in kinds]
    bare = factory.get("/api/v1/graphs/", **headers)  # type: ignore[arg-type]

    def ask() -> object:
        found = Request(bare, authenticators=authenticators).user.pk
        if found is None:
            raise RuntimeError("nobody is known by these headers")
        return found

    return ask


def _cpu_ms(ask: Callable[[], object]) -> float:
    """Of one call in this process; that of the database is not in it."""
    for _ in range(WARM_UP):
        ask()
    began = time.process_time()
    for _ in range(CALLS):
        ask()
    return (time.process_time() - began) / CALLS * 1000


if __name__ == "__main__":
    sys.exit(main())
