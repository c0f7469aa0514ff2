"""Hostile requests: each route refuses them alike, stores nothing and tells nothing."""

import json
import logging
import re
from io import BytesIO
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.test import APIClient

from accounts.models import User
from autogpt_site.bodies import BodyLimit
from autogpt_site.wsgi_bridge import WSGIBridge
from graphs.models import Graph
from tests.conftest import SignedIn
from tests.factories import make_graph

NOWHERE = "01a2042f-34ce-7130-870a-ba7d8f43dd2b"
API = "api/v1/"
JSON = "application/json"
PROBLEM = {"type", "title", "status", "detail", "errors"}
INSIDES = (b"Traceback", b"site-packages", b"django.", b"sqlite", b"psycopg")

pytestmark = pytest.mark.django_db


def routes(patterns: Any = None, before: str = "") -> list[str]:
    """Every address of the API, with an id that is nobody's."""
    found: list[str] = []
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        path = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            found += routes(pattern.url_patterns, path)
        elif isinstance(pattern, URLPattern) and path.startswith(API):
            found.append("/" + re.sub(r"<uuid:\w+>", NOWHERE, path))
    return [route.replace("<str:id>", "none") for route in found]


ROUTES = routes()
TAKES_A_BODY = [
    ("post", "/api/v1/auth/register/"),
    ("post", "/api/v1/auth/token/"),
    ("post", "/api/v1/auth/token/refresh/"),
    ("post", "/api/v1/auth/logout/"),
    ("patch", "/api/v1/me/"),
    ("post", "/api/v1/graphs/"),
    ("post", "/api/v1/graphs/import/"),
    ("post", "/api/v1/graphs/validate/"),
]
BODIES = [
    pytest.param(b"null", id="null"),
    pytest.param(b"[1, 2]", id="a-list"),
    pytest.param(b'"text"', id="text"),
    pytest.param(b"{", id="cut-off"),
    pytest.param(b'{"name": "a",}', id="comma-too-many"),
    pytest.param(b'{"name": "a", "name": "b"}', id="a-key-twice"),
    pytest.param(b'{"nodes": [{"id": "a", "id": "b"}]}', id="a-key-twice-inside"),
    pytest.param(b'{"name": NaN}', id="NaN"),
    pytest.param(b'{"name": 1e999}', id="too-large-a-number"),
    pytest.param(b'{"name": ' + b"9" * 5000 + b"}", id="too-long-a-number"),
    pytest.param(b'{"name": "a\\u0000b"}', id="NUL"),
    pytest.param(b'{"\\u0000": 1}', id="NUL-as-a-key"),
    pytest.param(b'{"name": "\\ud800"}', id="half-a-character"),
    pytest.param(b'{"name": ' + b"[" * 900 + b"]" * 900 + b"}", id="deep"),
    pytest.param(b'{"a":' * 100_000, id="very-deep"),
    pytest.param(b'\xef\xbb\xbf{"name": "a"}', id="byte-order-mark"),
    pytest.param(b'{"name": "\xff\xfe"}', id="not-UTF-8"),
    pytest.param('{"name": "a"}'.encode("utf-16"), id="UTF-16"),
    pytest.param(b"\x1f\x8b\x08\x00\x00", id="compressed"),
    pytest.param(b"\x80\x04N.", id="a-pickle"),
]


def send(
    client: APIClient, method: str, path: str, body: Any = b"{}", kind: str = JSON
) -> Any:
    return client.generic(method.upper(), path, body, content_type=kind)


def assert_refused(answer: Any, *statuses: int) -> None:
    assert answer.status_code in statuses, answer.content[:300]
    assert set(answer.json()) == PROBLEM
    assert not [inside for inside in INSIDES if inside in answer.content]


def test_there_are_routes_to_try():
    assert len(ROUTES) > 20


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize(("method", "path"), TAKES_A_BODY)
def test_bodies_that_are_refused(
    alice: User, signed_in: SignedIn, method: str, path: str, body: bytes
):
    answer = send(signed_in(alice), method, path, body)
    assert_refused(answer, 400)
    assert not Graph.objects.exists()


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "multipart/form-data; boundary=x",
        "application/xml",
        "json",
        "a" * 5000,
    ],
)
@pytest.mark.parametrize(("method", "path"), TAKES_A_BODY)
def test_types_that_are_refused(
    alice: User, signed_in: SignedIn, method: str, path: str, kind: str
):
    answer = send(signed_in(alice), method, path, b'{"name": "x"}', kind)
    assert_refused(answer, 415)
    assert not Graph.objects.exists()


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "TRACE"])
@pytest.mark.parametrize("path", ROUTES)
def test_strangers_get_nothing(anyone: APIClient, path: str, method: str):
    answer = send(anyone, method, path)
    assert_refused(answer, 400, 401, 405)


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", [path for path in ROUTES if NOWHERE in path])
def test_what_is_of_others_is_as_if_it_were_not(
    alice: User, charlie: User, signed_in: SignedIn, path: str, method: str
):
    """Of executions there are none here, but to their views any id is one."""
    graph = make_graph(alice)
    client = signed_in(charlie)

    def ask(id: str) -> Any:
        return send(client, method, path.replace(NOWHERE, id))

    theirs, nobodys = ask(str(graph.id)), ask(NOWHERE)
    assert_refused(theirs, 404, 405)
    assert theirs.content == nobodys.content
    graph.refresh_from_db()
    assert (graph.revision, graph.deleted_at) == (1, None)


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-HTTP-Method"])
def test_no_header_changes_the_method(alice: User, signed_in: SignedIn, header: str):
    graph = make_graph(alice)
    answer = signed_in(alice).post(
        f"/api/v1/graphs/{graph.id}/", {}, headers={header: "DELETE"}
    )
    assert_refused(answer, 405)
    assert Graph.objects.filter(deleted_at=None).exists()


@pytest.mark.parametrize("field", ["owner", "workspace", "id", "is_staff", "revision"])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("post", "/api/v1/graphs/"),
        ("patch", "/api/v1/graphs/{id}/"),
        ("put", "/api/v1/graphs/{id}/"),
        ("patch", "/api/v1/me/"),
        ("post", "/api/v1/auth/register/"),
        ("post", "/api/v1/graphs/{id}/executions/"),
    ],
)
def test_fields_that_are_not_for_callers(
    alice: User, signed_in: SignedIn, method: str, path: str, field: str
):
    graph = make_graph(alice)
    body = json.dumps({"name": "x", field: "1"})
    answer = send(signed_in(alice), method, path.format(id=graph.id), body)
    assert_refused(answer, 400)
    assert field in {error["field"] for error in answer.json()["errors"]}
    graph.refresh_from_db()
    assert (graph.name, graph.revision, Graph.objects.count()) == ("Sum", 1, 1)


@pytest.mark.parametrize(
    "query",
    [
        "limit=0", "limit=-1", "limit=1e9", "limit=٣", "limit=%00", "cursor=x",
        "cursor=cj0x", "cursor=8J%2BYgA==", "cursor=%FF%FE", "graph=x", "status=x",
        "include_inactive=maybe", "after=-1", "after=2147483648", "%ff=%ff",
    ],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/api/v1/graphs/", "/api/v1/executions/"])
def test_queries_never_break_a_list(
    alice: User, signed_in: SignedIn, path: str, query: str
):
    answer = signed_in(alice).get(f"{path}?{query}")
    if answer.status_code != 200:
        assert_refused(answer, 400, 404)


# --- Headers, cookies and the log -----------------------------------------------------


@pytest.mark.parametrize("path", ["/agents/", "/api/v1/me/", "/sign-in/"])
def test_a_cookie_with_nul_reaches_no_query(client: Client, path: str):
    """Quoted, a cookie may hold any character, and PostgreSQL takes no NUL."""
    cookie = f'{settings.SESSION_COOKIE_NAME}="abcdefgh\\000ijkl"'
    answer = client.get(path, headers={"Cookie": cookie})
    assert answer.status_code == 400


def test_static_files_are_for_our_pages_alone(client: Client):
    answer = client.get("/static/css/tokens.css")
    answer.close()
    assert answer.status_code == 200
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert "max-age" in answer.headers["Cache-Control"]
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]


async def test_a_body_over_the_limit_gets_the_headers_too():
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def never(*_: Any) -> Any:
        raise AssertionError("nothing is read and nobody is called")

    scope = {"type": "http", "headers": [(b"content-length", b"11")]}
    await BodyLimit(never, limit=10)(scope, never, send)
    headers = dict(sent[0]["headers"])
    assert sent[0]["status"] == 413
    assert b"default-src 'self'" in headers[b"content-security-policy"]
    assert headers[b"cache-control"] == b"no-store"


async def test_a_header_with_underscores_passes_for_no_other():
    seen: dict[str, Any] = {}

    def wsgi(environ: dict[str, Any], start: Any) -> BytesIO:
        seen.update(environ)
        start("200 OK", [])
        return BytesIO()

    async def receive() -> Any:
        return {"type": "http.request", "body": b""}

    async def send(message: Any) -> None:
        return None

    headers = [(b"x_forwarded_proto", b"https"), (b"x-forwarded-for", b"1.2.3.4")]
    scope = {
        "type": "http", "method": "GET", "path": "/", "query_string": b"",
        "http_version": "1.1", "headers": headers,
    }  # fmt: skip
    await WSGIBridge(wsgi, threads=1)(scope, receive, send)
    assert "HTTP_X_FORWARDED_PROTO" not in seen
    assert seen["HTTP_X_FORWARDED_FOR"] == "1.2.3.4"


@pytest.mark.parametrize("host", ["evil.example", "testserver,evil.example", "a b", ""])
def test_another_host_is_refused(client: Client, host: str):
    answer = client.get("/sign-in/", headers={"Host": host})
    assert answer.status_code == 400
    assert b"evil" not in answer.content


def test_what_strangers_cause_takes_one_line_of_the_log():
    logging_settings: Any = settings.LOGGING
    brief = logging_settings["filters"]["brief"]["callback"]
    try:
        raise DisallowedHost("Invalid HTTP_HOST header: 'evil.example'.")
    except DisallowedHost as error:
        ours = logging.LogRecord(
            "core.http", 40, "", 0, "x", None, (DisallowedHost, error, None)
        )
        theirs = logging.LogRecord(
            "django.security.DisallowedHost",
            40,
            "",
            0,
            "x",
            None,
            (DisallowedHost, error, None),
        )
    assert brief(ours)
    assert brief(theirs)
    assert (ours.exc_info is None, theirs.exc_info) == (False, None)
    assert "brief" in logging_settings["handlers"]["console"]["filters"]


# --- Browsers -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({}, id="no-token"),
        pytest.param({"X-CSRFToken": "x" * 32}, id="another-token"),
        pytest.param({"Origin": "https://evil.example"}, id="another-site"),
        pytest.param({"Origin": "null"}, id="a-sandboxed-page"),
    ],
)
@pytest.mark.parametrize(
    "path", ["/api/v1/graphs/", "/agents/new/", "/agents/import/", "/sign-out/"]
)
def test_a_session_alone_changes_nothing(
    alice: User, path: str, headers: dict[str, str]
):
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    answer = client.post(path, b"{}", content_type="application/json", headers=headers)
    assert answer.status_code == 403
    assert b"<style" not in answer.content  # a page of ours, not of the framework
    assert not Graph.objects.exists()
    assert client.get("/api/v1/me/").status_code == 200  # still signed in


@pytest.mark.parametrize(
    "after",
    [
        "https:evil.example",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "http:///evil.example",
        "https://testserver@evil.example",
        "javascript:alert(1)",
    ],
)
def test_signing_in_and_out_leads_nowhere_else(client: Client, alice: User, after: str):
    client.force_login(alice)
    signed_in = client.get("/sign-in/", {"next": after})
    signed_out = client.post("/sign-out/", {"next": after})
    assert signed_in.headers["Location"] == "/agents/"
    assert signed_out.headers["Location"] == "/sign-in/"


SCRIPT = '"><script>alert(1)</script><img src=x onerror=alert(2)>{{7*7}}</title>'


def test_names_stay_text(client: Client, alice: User):
    client.force_login(alice)
    graph = make_graph(alice, {"name": SCRIPT, "description": SCRIPT})
    User.objects.update(name=SCRIPT)
    paths = ["", f"{graph.id}/", f"{graph.id}/delete/", "import/"]
    pages = [client.get(f"/agents/{path}") for path in paths]
    pages.append(client.get(f"/runs/?agent={graph.id}"))
    for page in pages:
        assert page.status_code == 200
        assert b"<script>alert" not in page.content
        assert b"<img src=x" not in page.content
    assert client.get(f"/api/v1/graphs/{graph.id}/").json()["name"] == SCRIPT


@pytest.mark.parametrize(
    "text",
    [
        "Write SQL: SELECT name FROM users WHERE a < 5 AND b > 3;",
        "O'Brien & Sons <sales@obrien.example>",
        "rm -rf / is dangerous; explain why `sudo` matters && what $PATH is",
        "&lt;already escaped&gt; &amp;amp;",
        "=SUM(A1:A3) in a note",
        "\\u0000 as six characters, not a NUL",
        "  spaces around, a tab\t and a line\nend ",
        "👩‍👩‍👧 e\u0301 \u202etxt.exe",
    ],
)
def test_ordinary_text_is_kept_to_the_byte(alice: User, signed_in: SignedIn, text: str):
    client = signed_in(alice)
    made = client.post("/api/v1/graphs/", {"name": "x", "description": text}).json()
    path = f"/api/v1/graphs/{made['id']}/"
    for _ in range(3):
        read = client.get(path).json()
        assert read["description"] == text
        client.put(path, {key: read[key] for key in ("name", "description")})


def test_the_admin_is_for_staff(client: Client, alice: User):
    client.force_login(alice)
    root = "/" + settings.ADMIN_PATH
    for path in ("", "accounts/user/", "graphs/graph/", "executions/execution/"):
        answer = client.get(root + path)
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith(root + "login/")
