"""Signing in: guessing, knowing who is there, shutting others out, ways round."""

import re
from collections.abc import Iterator
from itertools import count, islice
from statistics import median
from time import process_time
from typing import Any, Final

from django.conf import settings as site_settings
from django.test import Client

from accounts.models import User
from autogpt_site import settings as as_shipped
from core.ratelimit.rates import RATES_BY_NAME
from tests.conftest import PASSWORD
from tests.rates import forget_rates
from tests.security.corpus.facts import Facts, noted
from tests.security.corpus.measures import TRIES
from tests.security.corpus.rows import Row
from tests.security.corpus.stage import JSON, Stage
from tests.security.corpus.tools import Target, Tools, both, starting, with_part

TOKEN: Final = "/api/v1/auth/token/"
KNOWN: Final = "known@example.com"
FORM: Final = {"username": KNOWN, "password": PASSWORD}
WRONG: Final = "wrong"


def alike(row: Row, tools: Tools) -> Facts:
    """Two sign-ins that must not differ, in words or in time; with the real hasher, for
    it is what takes time. Neither way waits, so the time of the processor is what a
    stranger measures, without the other work of this machine."""
    tools.settings.PASSWORD_HASHERS = as_shipped.PASSWORD_HASHERS
    Stage()
    pair, repeat = row.given["pair"], row.given["repeat"]
    for _ in range(TRIES):
        facts = _compared(pair, repeat)
        if facts["median_diff_ms"] <= row.expect["median_diff_ms"]:
            break
    return facts


def _compared(pair: list[Any], repeat: int) -> Facts:
    said: list[set[bytes]] = [set(), set()]
    took: list[list[float]] = [[], []]
    statuses: set[int] = set()
    for _ in range(repeat):
        for which, body in enumerate(pair):
            forget_rates()
            began = process_time()
            answer = Client().post(TOKEN, body, JSON)
            took[which].append(process_time() - began)
            statuses.add(answer.status_code)
            said[which].add(answer.content)
    (status,) = statuses
    return {
        "status": status,
        "same_body": said[0] == said[1] and len(said[0]) == 1,
        "median_diff_ms": abs(median(took[0]) - median(took[1])) * 1000,
    }


def too_often(row: Row, tools: Tools) -> Facts:
    tools.settings.RATES = RATES_BY_NAME["default"]
    Stage()
    status, answer = 0, None
    for request in _guesses(row):
        answer = Client().post(TOKEN, request.pop("body"), JSON, **request)
        status = answer.status_code
    assert answer is not None
    return {
        "status_last": status,
        "status": status,
        "retry_after": "Retry-After" in answer,
        "audit": noted(),
    }


def _guesses(row: Row) -> Iterator[dict[str, Any]]:
    """As often as the row says, with what it changes each time."""
    given = row.given
    spellings = given.get("same_account_spellings", [KNOWN])
    times = given.get("wrong_password_times") or given.get("times") or len(spellings)
    header, addresses = given.get("rotate_header"), given.get("addresses", 1)
    for number in islice(count(), times):
        email = spellings[number % len(spellings)]
        made: dict[str, Any] = {"body": {"email": email, "password": WRONG}}
        if header is not None:
            made["headers"] = {header: f"192.0.2.{number % 250}"}
        made["REMOTE_ADDR"] = f"198.51.{number % addresses}.1"
        yield made


def owner_gets_in(row: Row, tools: Tools) -> Facts:
    """From a browser he signed in with before, whatever strangers have tried."""
    tools.settings.RATES = RATES_BY_NAME["default"]
    tools.settings.MAIL_IS_ON = True
    tries = re.match(r"(\d+) wrong tries from (\d+) addresses", _story(row))
    assert tries is not None, "the row tells another story"
    Stage()
    browser = Client()
    browser.post("/sign-in/", FORM)
    browser.post("/sign-out/")
    body = {"email": KNOWN, "password": WRONG}
    for number in range(int(tries[1])):
        address = f"198.51.{number % int(tries[2])}.1"
        Client().post(TOKEN, body, JSON, REMOTE_ADDR=address)
    browser.post("/sign-in/", FORM, REMOTE_ADDR="192.0.2.1")
    return {"owner_can_log_in": browser.get("/agents/").status_code == 200}


def _story(row: Row) -> str:
    return str(row.given["victim_account"])


def no_session_for_staff(row: Row, tools: Tools) -> Facts:
    """The admin's own door takes no password, and a session got elsewhere opens
    nothing of it."""
    assert row.given["staff without a second factor"] is True
    tools.settings.ADMIN_REQUIRES_SECOND_FACTOR = True
    user = Stage().a
    User.objects.filter(id=user.id).update(is_staff=True, role=User.Role.ADMIN)
    client, path = Client(), f"/{site_settings.ADMIN_PATH}"
    client.post(f"{path}login/", {**FORM, "next": path})
    by_password = "_auth_user_id" in client.session
    client.post("/sign-in/", FORM)
    return {"session": by_password or client.get(path).status_code == 200}


def leads_nowhere(row: Row, tools: Tools) -> Facts:
    goal = row.target.partition("?next=")[2]
    Stage()
    answer = Client().post("/sign-in/", {**FORM, "next": goal})
    assert answer.status_code == 302
    place = answer["Location"]
    is_ours = place.startswith("/") and not place.startswith(("//", "/\\"))
    return {"redirect_host": "same" if is_ours else "other", "status": 302}


LOGIN = starting("POST /api/auth/login/")
TARGETS = [
    Target(both(LOGIN, with_part("pair")), alike),
    Target(both(LOGIN, with_part("victim_account")), owner_gets_in),
    Target(both(LOGIN, with_part("times")), too_often),
    Target(both(LOGIN, with_part("spellings")), too_often),
    Target(
        both(starting("POST /admin/login/"), with_part("second factor")),
        no_session_for_staff,
    ),
    Target(starting("GET /login/?next=", "POST /login/?next="), leads_nowhere),
]
