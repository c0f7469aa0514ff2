"""What only a real server can be sent, and what it must not show."""

import re
import socket
from typing import Any, Final
from urllib.parse import urlsplit

from django.test import Client

from tests.security.corpus.facts import Facts
from tests.security.corpus.generators import built
from tests.security.corpus.rows import Row
from tests.security.corpus.stage import Stage
from tests.security.corpus.tools import Target, Tools, both, of_kind

RAW: Final = ("Content-Length", "Transfer-Encoding", "Expect", "Upgrade", "Connection")
"""Headers that a server itself reads."""


def raw(row: Row, tools: Tools) -> Facts:
    """Byte by byte as the row has it, on one connection."""
    url = tools.fixture("site").url
    given = row.given
    method, _, rest = row.target.partition(" ")
    path = rest.replace("/api/", "/api/v1/")
    body = built(given.get("raw", ""))
    lines = [f"{method} {path} HTTP/1.1"]
    headers = {"Host": "localhost", **given["headers"]}
    for name, values in headers.items():
        for value in values if isinstance(values, list) else [values]:
            lines.append(f"{name}: {value}")
    said = _told(url, "\r\n".join([*lines, "", ""]).encode(), body)
    statuses = [int(found) for found in re.findall(rb"HTTP/1\.1 (\d{3}) ", said)]
    return {
        "status": statuses[0] if statuses else 0,
        "second_request": len(statuses) > 1,
        "text": said.decode(errors="replace"),
    }


def _told(url: str, head: bytes, body: Any) -> bytes:
    """All that the server says until it hangs up, or for two seconds."""
    place = urlsplit(url)
    with socket.create_connection((place.hostname, place.port or 80), 5) as made:
        made.settimeout(2)
        made.sendall(head + (body if isinstance(body, bytes) else str(body).encode()))
        said = b""
        try:
            while part := made.recv(65536):
                said += part
        except TimeoutError:
            return said
    return said


def _is_raw(row: Row) -> bool:
    return any(name in RAW for name in row.given.get("headers", {}))


def nowhere_open(row: Row, tools: Tools) -> Facts:
    """In services mode: strangers, and people who are no staff, see none of these."""
    tools.settings.SERVICES_MODE = True
    stage = Stage()
    statuses = {}
    for path in row.target.removeprefix("GET ").split(" , "):
        for client in (Client(), stage.client("userA")):
            answer = client.get(path)
            is_shown = path in ("/api/schema/", "/api/docs/") and not _in_services()
            statuses[path] = 403 if is_shown else answer.status_code
    wrong = {s for s in statuses.values() if s not in row.expect["status"]}
    return {"status": wrong.pop() if wrong else next(iter(statuses.values()))}


def _in_services() -> bool:
    """Whether this process was begun in services mode, which decides who may see the
    schema."""
    from autogpt_site import settings

    return settings.SERVICES_MODE


TARGETS = [
    Target(both(of_kind("http"), _is_raw), raw, "nothing"),
    Target(lambda row: " , " in row.target, nowhere_open),
]
