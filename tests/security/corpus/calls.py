"""Rows that are one request: sent as the row says, judged by what came of it."""

import json
import re
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote
from uuid import uuid4

from django.http import HttpResponse
from django.test import Client
from django.urls import resolve

from accounts.models import User
from accounts.services import user_register
from core.ratelimit.rates import RATES_BY_NAME
from executions.models import Execution
from graphs.models import Graph
from tests.conftest import PASSWORD
from tests.security.corpus import tokens
from tests.security.corpus.facts import Facts, noted
from tests.security.corpus.generators import built
from tests.security.corpus.measures import measured
from tests.security.corpus.rows import Row
from tests.security.corpus.spies import Spy, own_addresses, watching
from tests.security.corpus.stage import JSON, Stage, our_graph
from tests.security.corpus.tools import Target, Tools

STRANGERS: Final = ("auth", "jwt", "api-key", "admin", "csrf")
"""Of these kinds, rows that name nobody come from nobody."""
WITHOUT_BODY: Final = ("GET", "HEAD", "OPTIONS")
_REQUEST: Final = re.compile(
    r"(GET|POST|PUT|PATCH|DELETE|OPTIONS|HEAD|TRACE) /(<[^>]*>|[^\s<])*$"
)
_MAY_BE_MISSING: Final = ("auth", "sql")


@dataclass(frozen=True)
class Call:
    """A request, made ready: it can be sent again."""

    client: Client
    method: str
    path: str
    body: bytes
    options: dict[str, Any]

    def send(self) -> HttpResponse:
        answer: Any = self.client.generic(
            self.method, self.path, self.body, **self.options
        )
        return answer  # type: ignore[no-any-return]


def call_of(stage: Stage, row: Row) -> Call:
    method, _, rest = row.target.partition(" ")
    given, path = row.given, _path(stage, row, rest)
    _check_route(path, row)
    headers = dict(given.get("headers", {}))
    if name := given.get("object_of"):
        assert f"<{name.removeprefix('user')}>" in rest, "it is of somebody else"
    options: dict[str, Any] = {"content_type": headers.pop("Content-Type", JSON)}
    if (host := headers.pop("Host", None)) is not None:
        options["SERVER_NAME"] = host
    headers |= tokens.headers_of(stage, given)
    raw = _raw(stage, row, path, method)
    body = b"" if method in WITHOUT_BODY else raw
    return Call(_client(stage, row), method, path, body, options | {"headers": headers})


def _client(stage: Stage, row: Row) -> Client:
    is_stranger = row.kind in STRANGERS or "api_key" in row.given
    return stage.client(row.given.get("as", "" if is_stranger else "userA"))


def _path(stage: Stage, row: Row, rest: str) -> str:
    """A value that has no place of its own stands in the address."""
    path = stage.path(tokens.filled(stage, row, rest))
    if path.endswith("="):
        path += quote(str(row.value))
    if "<id>" in path:
        path = path.replace("<id>", quote(str(row.value)))
    assert "<" not in path, f"nothing here is called as in {path}"
    return path


def _check_route(path: str, row: Row) -> None:
    """An address that is not there refuses everything, which proves nothing."""
    expected = row.expect.get("status", ())
    if not (row.kind in _MAY_BE_MISSING and 404 in expected):
        resolve(path.partition("?")[0])


def _raw(stage: Stage, row: Row, path: str, method: str) -> bytes:
    given = row.given
    if "raw_bytes_hex" in given:
        return bytes.fromhex(given["raw_bytes_hex"])
    if "raw" in given:
        raw = built(given["raw"])
        return raw if isinstance(raw, bytes) else raw.encode()
    if "refresh/" in path and "jwt" in given:
        return json.dumps({"refresh": tokens.refresh(stage, given["jwt"])}).encode()
    value = stage.body(built(given.get("json", {})))
    if path.endswith("/graphs/") and method == "POST":
        value = our_graph(value)
    if path.endswith("/reset/confirm/"):
        value.pop("email", None)  # our token tells whose it is
    return json.dumps(value).encode()


def request_once(row: Row, tools: Tools) -> Facts:
    if row.kind == "rate":
        tools.settings.RATES = RATES_BY_NAME["default"]
    stage = Stage()
    _let_in_whom_it_names(row)
    call = call_of(stage, row)
    row.given.get("seconds")  # a slower machine only makes it easier for the caller
    before, counted, passwords = stage.state(), stage.counts(), _passwords()
    with watching(Spy(own=own_addresses())) as spy:
        for _ in range(row.given.get("times", 1) - 1):
            call.send()
        done = measured(row, call.send)
    answer = done.result
    if answer.status_code == 404 and "<B>" in row.target and "object_of" in row.given:
        _check_that_it_does_not_tell(call, row, answer)
    return {
        **_said(stage, row, answer),
        **done.facts,
        "stored": stage.counts() != counted,
        "changed": stage.state() != before,
        "password_changed": _passwords() != passwords,
        "mails_sent": stage.counts()["MailOrder"] - counted["MailOrder"],
        "executions": stage.counts()["Execution"] - counted["Execution"],
        "executed": bool(spy.programs),
        "connects": len(spy.connects),
        "forbidden_fields_changed": _is_assigned(stage),
        "audit": noted(),
        **tokens.facts_after(stage, row),
    }


def _let_in_whom_it_names(row: Row) -> None:
    """A body that names an account is about one that is there."""
    body = row.input.get("json") if row.has_parts else None
    email = body.get("email") if isinstance(body, dict) else None
    is_meant = isinstance(email, str) and "register" not in row.target
    if is_meant and row.kind == "auth" and email != "known@example.com":
        user_register(str(email), PASSWORD)


def _passwords() -> list[str]:
    return list(User.objects.order_by("id").values_list("password", flat=True))


def _said(stage: Stage, row: Row, answer: Any) -> Facts:
    text = _text(answer)
    parsed = answer.json() if answer.get("Content-Type", "").endswith("json") else {}
    rows = parsed.get("results", []) if isinstance(parsed, dict) else []
    theirs = {str(stage.graphs["B"].id), str(stage.runs["B"].id)}
    return {
        "status": answer.status_code,
        "status_last": answer.status_code,
        "retry_after": "Retry-After" in answer,
        "text": text,
        "no_header": answer,
        "headers": answer,
        "server_error": answer.status_code >= 500,
        "rows_max": len(rows),
        "rows_of_others": sum(id_ in text for id_ in theirs),
        "exported": text.count('"nodes"'),
        **_findings(stage, row, parsed),
    }


def _text(answer: Any) -> str:
    raw = answer.getvalue() if answer.streaming else answer.content
    return raw.decode(errors="replace")


def _findings(stage: Stage, row: Row, made: Any) -> Facts:
    """Of the rule that the row names."""
    if "finding" not in row.expect or "id" not in made:
        return {}
    path = f"/api/v1/graphs/{made['id']}/findings/"
    found = stage.client("userA").get(path).json()["findings"]
    meant = [each for each in found if row.expect["finding"] in each["rule"]]
    return {
        "finding": [each["rule"] for each in meant],
        "severity": [each["severity"] for each in meant],
    }


def _is_assigned(stage: Stage) -> bool:
    """Whether somebody got what only the platform gives."""
    staff = User.objects.filter(is_staff=True) | User.objects.exclude(role="user")
    theirs = Graph.objects.filter(workspace__members=stage.b)
    a, run = stage.graphs["A"], Execution.objects.get(id=stage.runs["A"].id)
    old = Graph.objects.get(id=a.id)
    is_same = (old.name, old.created_at, old.version) == (
        a.name, a.created_at, a.version,
    )  # fmt: skip
    return (
        staff.exists()
        or [graph.id for graph in theirs] != [stage.graphs["B"].id]
        or (run.status, run.outputs) != ("QUEUED", stage.runs["A"].outputs)
        or not is_same
        or User.objects.filter(email_verified_at__isnull=False).exists()
    )


def _check_that_it_does_not_tell(call: Call, row: Row, answer: Any) -> None:
    """What is somebody else's and what is not there are answered alike."""
    id_ = re.search(r"[0-9a-f-]{36}", call.path)
    assert id_ is not None
    path = call.path.replace(id_[0], str(uuid4()))
    other: Any = Call(call.client, call.method, path, call.body, call.options).send()
    assert (other.status_code, other.content) == (answer.status_code, answer.content)


def _is_request(row: Row) -> bool:
    in_address = row.kind == "sql" and isinstance(row.input, str)
    return bool(_REQUEST.match(row.target)) and (row.has_parts or in_address)


TARGETS = [Target(_is_request, request_once)]
