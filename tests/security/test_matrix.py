"""The authorisation matrix: every route, every method, every kind of person.

The routes are read from the site, so one that is added later is here at once: it fails
until it says which right it needs, or is listed among those for anyone.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

import pytest
from django.conf import settings
from django.db import transaction
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.permissions import AllowAny
from rest_framework.test import APIClient

from accounts.rights.table import RIGHTS, Standing
from tests.files.conftest import folder  # noqa: F401 (a fixture: files stay here)
from tests.security.matrix_world import MAKERS, PERSONAS, SHARED, Persona, World

pytestmark = pytest.mark.django_db

API: Final = "api/v1/"
METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")
MANAGED_ELSEWHERE: Final = ("api/schema/", "api/docs/", settings.ADMIN_PATH)
"""By the admin's and the reference's own guards, which have tests of their own."""

PUBLIC: Final = {
    "livez", "readyz", "hooks/<str:token>/", "hooks/<str:token>", "", "sign-in/",
    "sign-up/", "sign-out/", "sign-in/code/", "sign-in/verify/", "verify/<str:token>/",
    "sign-in/with/<slug:name>/", "sign-in/with/<slug:name>/back/", "password/reset/",
    "password/reset/<str:token>/", ".well-known/security.txt",
}  # fmt: skip
"""Pages and addresses for anyone."""

KINDS: Final[Mapping[str, str]] = {
    # The part of an address before an id, and what the id is of.
    "graphs": "graph",
    "agents": "graph",
    "examples": "example",
    "executions": "execution",
    "runs": "execution",
    "credentials": "credential",
    "schedules": "schedule",
    "hooks": "hook",
    "files": "file",
    "concurrency-limits": "limit",
    "reviews": "review",
    "review-rules": "rule",
    "api-keys": "key",
    "keys": "key",
    "values": "value",
    "blocks": "block",
    "workspaces": "workspace",
    "sessions": "session",
    "members": "member",
    "invitations": "invitation",
    "shares": "share",
}

OF_THE_SITE: Final = {"block", "example"}
"""Kinds that are the same for everybody."""


class Route(NamedTuple):
    pattern: str
    view: Any

    @property
    def is_page(self) -> bool:
        return not self.pattern.startswith(API)


class Case(NamedTuple):
    """`right` is what the method of the route needs."""

    route: Route
    method: str
    right: str


def routes() -> list[Route]:
    found = list(_walk(get_resolver().url_patterns, ""))
    return [r for r in found if not r.pattern.startswith(MANAGED_ELSEWHERE)]


def _walk(patterns: list[Any], before: str) -> Iterator[Route]:
    for each in patterns:
        path = before + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from _walk(each.url_patterns, path)
        elif isinstance(each, URLPattern):
            yield Route(path, each.callback)


def is_for_anyone(route: Route) -> bool:
    view = getattr(route.view, "cls", None)
    return route.pattern in PUBLIC or (
        view is not None and tuple(view.permission_classes) == (AllowAny,)
    )


def _cases() -> Iterator[Any]:
    for route in routes():
        if is_for_anyone(route):
            continue
        for method in _methods(route):
            name = f"{method} {route.pattern}"
            yield pytest.param(Case(route, method, _right(route, method)), id=name)


def _methods(route: Route) -> list[str]:
    view = getattr(route.view, "cls", None)
    if view is None:
        return ["GET", "POST"]
    return [method for method in METHODS if hasattr(view, method.lower())]


def _right(route: Route, method: str) -> str:
    view = getattr(route.view, "cls", route.view)
    return str(getattr(view, "rights", {}).get(method, ""))


CASES: Final = list(_cases())


# --- What is to be expected -----------------------------------------------------------


def kind_of(case: Case) -> str | None:
    """What the first id in the address is of; None: the address has none."""
    found = re.search(r"([\w-]+)/<\w+:\w+>", case.route.pattern)
    return KINDS[found[1]] if found else None


def expected(case: Case, persona: Persona, world: World) -> int:
    """401, 403, 404, or 200 for anything that is no refusal."""
    auth = persona.context(world.alice.pk, case.right)
    if not auth.may_ever(case.right):
        return 403
    if case.route.pattern.endswith("/leave/") and persona.role == "admin":
        return 404  # nobody leaves where he does not belong
    if case.route.pattern == "invitations/<str:token>/":
        return 200  # whoever holds the link may look, and this one opens nothing
    kind = kind_of(case)
    if kind is None or kind in OF_THE_SITE:
        return 200 if _is_own_place(case, persona) else 403
    if kind == "key":
        return _expected_of_key(case, persona)
    if kind == "session":
        return 404  # it is Alice's alone, whoever asks
    standing = persona.standing(kind if kind in SHARED else "")
    if auth.may(case.right, standing):
        return 200
    reading = f"{case.right.partition(':')[0]}:read"
    return 403 if auth.may(reading, standing) else 404


def _expected_of_key(case: Case, persona: Persona) -> int:
    """Alice's key: owners of the workspace may stop it, nobody else sees it, and nobody
    at all gets its secret."""
    if persona.seat != "owner" and persona.role != "admin":
        return 404
    return 403 if case.route.pattern.endswith("/rotate/") else 200


def _is_own_place(case: Case, persona: Persona) -> bool:
    """Without an id it is about the person's own workspace, which he owns; a key's is
    Alice's, where the persona has a seat."""
    seat = persona.seat if persona.scopes else "owner"
    context = persona.context(None, case.right)  # type: ignore[arg-type]
    return context.may(case.right, Standing(seat))


def address_in(case: Case, world: World) -> str:
    path = case.route.pattern
    for before, param in re.findall(r"([\w-]+)/(<\w+:\w+>)", path):
        path = path.replace(f"{before}/{param}", f"{before}/{_id(world, before)}")
    return f"/{path}"


def _id(world: World, before: str) -> str:
    assert before in KINDS, (
        f"The matrix does not know what the id after “{before}/” is of: "
        "name it in KINDS, and how to make one in matrix_world.MAKERS."
    )
    return world.id_of(KINDS[before])


def told(status: int) -> int:
    return status if status in (401, 403, 404) else 200


def is_no_answer(case: Case, status: int) -> bool:
    """Pages say only when they are asked which methods they take."""
    return case.route.is_page and status == 405


# --- The matrix -----------------------------------------------------------------------


def test_every_route_says_which_right_it_needs() -> None:
    silent = [
        f"{method} {route.pattern}"
        for route in routes()
        if not is_for_anyone(route)
        for method in _methods(route)
        if _right(route, method) not in RIGHTS
    ]
    assert silent == []


@pytest.mark.parametrize("case", CASES)
def test_who_gets_through(case: Case) -> None:
    world = World()
    path = address_in(case, world)
    leaks = []
    for persona in PERSONAS:
        if case.route.is_page and persona.scopes:
            continue  # pages know no keys
        with transaction.atomic():
            status = _asked(world, persona, case, path)
            transaction.set_rollback(True)
        wanted = expected(case, persona, world)
        if told(status) != wanted and not is_no_answer(case, status):
            leaks.append(f"{persona.name}: {status} instead of {wanted}")
    assert leaks == []


def _asked(world: World, persona: Persona, case: Case, path: str) -> int:
    user = world.person(persona)
    client: Any
    if case.route.is_page:
        client = world.browser(user)
    else:
        client = world.client(persona, user, case.right)
    answer = client.generic(case.method, path, b"{}", content_type="application/json")
    answer.getvalue()  # a file is closed once it is read
    assert answer.status_code < 500, path
    return int(answer.status_code)


LISTS: Final = [
    case for case in CASES if case.id.startswith("GET ") and "<" not in case.id
]


@pytest.mark.parametrize("case", LISTS)
def test_no_list_tells_of_what_is_anothers(case: Case) -> None:
    world = World()
    ids = {world.id_of(kind) for kind in MAKERS if kind not in OF_THE_SITE}
    stranger = PERSONAS[0]
    user = world.person(stranger)
    client: Any = (
        world.browser(user)
        if case.route.is_page
        else world.client(stranger, user, case.right)
    )
    answer = client.get(f"/{case.route.pattern}")
    text = answer.getvalue().decode()
    assert [id_ for id_ in ids if id_ in text] == []


@pytest.mark.parametrize("case", CASES)
def test_nobody_gets_through_unknown(case: Case) -> None:
    path = address_in(case, World())
    answer = APIClient().generic(case.method, path, b"{}", content_type="text/plain")
    if case.route.is_page:
        assert (answer.status_code, answer["Location"].partition("?")[0]) == (
            302,
            "/sign-in/",
        )
    else:
        assert answer.status_code == 401
