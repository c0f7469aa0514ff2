"""A credential that is easy to find again, put through runs on a real server; and all
the places where nothing of it may be."""

import codecs
import json
import re
import sqlite3
import subprocess
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, quote_plus

import httpx
import orjson
import psycopg
import pytest

from tests.factories import INPUT, OUTPUT, document, node
from tests.servers import (
    ended,
    events_of,
    new_agent,
    running_site,
    socket,
    start_run,
    until,
)

AUTHENTICATED: Final = "fff86bcd-e001-4bad-a7f6-2eae4720c8dc"
PATHS: Final = ("/", "/fail")
PINS: Final = ("response", "headers", "error", "client_error", "server_error")

Told = dict[str, str]
"""What was said, by the place; behind a colon, by which run."""


# --- Its forms ------------------------------------------------------------------------


def forms(secret: str) -> Told:
    raw = secret.encode()
    return {
        "plain": secret,
        "JSON": json.dumps(secret)[1:-1],
        "quoted": quote(secret, safe=""),
        "quoted in a form": quote_plus(secret),
        "base64": b64encode(raw).decode()[:-4],
        "basic": b64encode(b"user:" + raw).decode()[8:-4],
        "hex": raw.hex(),
        "HEX": raw.hex().upper(),
        "beginning": secret[:11],
    }


def unescaped(text: str) -> str:
    """JSON's escapes undone, wherever they stand: `\\u0022`, `\\"`, `\\/`."""
    plain = re.sub(r"\\u([0-9a-fA-F]{4})", lambda m: chr(int(m[1], 16)), text)
    return plain.replace('\\"', '"').replace("\\/", "/").replace("\\\\", "\\")


def found(told: Told, secret: str) -> list[tuple[str, str]]:
    """Each place with each form that stands in it, as it is or behind escapes."""
    return [
        (place, form)
        for place, text in told.items()
        for view in (text, unescaped(text), unescaped(unescaped(text)))
        for form, part in forms(secret).items()
        if part in view
    ]


# --- Who is told it -------------------------------------------------------------------


class _Echo(BaseHTTPRequestHandler):
    """Tells what it was sent, in several forms; `/fail` as the text of an error."""

    def do_GET(self) -> None:
        key = self.headers.get("X-Key", "")
        body = {
            "plain": f"you sent {key}!",
            "base64": b64encode(f"user:{key}".encode()).decode(),
            "quoted": f"https://x.example/?key={quote(key, safe='')}",
            "hex": key.encode().hex(),
            "HEX": key.encode().hex().upper(),
            "json": json.dumps({"key": key}),
            "nested": json.dumps(json.dumps({"key": key})),
        }
        raw = orjson.dumps(body)
        self.send_response(500 if self.path == "/fail" else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("X-Echo", key)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the output of tests is theirs."""


@pytest.fixture(scope="module")
def echo() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Echo) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield f"127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def _agent(address: str, path: str, credential: str) -> dict[str, Any]:
    asks = node(
        "ask",
        AUTHENTICATED,
        url=f"http://{address}{path}",
        method="GET",
        credentials={"id": credential, "provider": "http", "type": "host_scoped"},
    )
    nodes = [node("in", INPUT, name="Go"), asks]
    nodes += [node(pin, OUTPUT, name=pin) for pin in PINS]
    return document(nodes, [f"ask.{pin} -> {pin}.value" for pin in PINS])


# --- What is said ---------------------------------------------------------------------


def said_to(client: httpx.Client, url: str, echo: str, secret: str) -> Told:
    """What the API and its sockets say about runs that used the credential."""
    body = {
        "provider": "http",
        "kind": "host_scoped",
        "hosts": [echo],
        "secrets": {"X-Key": secret},
    }
    made = client.post("/credentials/", json=body)
    assert made.status_code == 201, made.text
    id_ = made.json()["id"]
    told = {"credential": made.text + client.get("/credentials/").text}
    for path in PATHS:
        told |= _of_a_run(client, url, _agent(echo, path, id_), path)
        assert id_ not in told[f"export:{path}"]
    uses = client.get(f"/credentials/{id_}/uses/")
    assert [(u["node_id"], u["pin"]) for u in uses.json()] == [
        ("ask", "credentials")
    ] * len(PATHS)
    until(lambda: _is_noted(client), within_s=20)
    audit = client.get("/audit/").text + client.get("/audit/export/").text
    return told | {"credential uses": uses.text, "audit": audit}


def _of_a_run(client: httpx.Client, url: str, body: Any, path: str) -> Told:
    graph = new_agent(client, body)
    run = start_run(client, graph, {})["id"]
    result = ended(client, run)
    return {
        f"execution API:{path}": client.get(f"/executions/{run}/").text,
        f"node output:{path}": client.get(f"/executions/{run}/nodes/").text,
        f"events:{path}": json.dumps(events_of(client, run)),
        f"errors:{path}": json.dumps(result["errors"]),
        f"ws frames:{path}": _frames(client, url, run),
        f"export:{path}": client.get(f"/graphs/{graph}/export/").text,
        f"findings:{path}": client.get(f"/graphs/{graph}/findings/").text,
    }


def _frames(client: httpx.Client, url: str, run: str) -> str:
    """All events, and a snapshot."""
    token = client.headers["authorization"].split()[1]
    said: list[str] = []
    for query, last in (("?after=0", "execution.finished"), ("", '"snapshot"')):
        with socket(url, run, query=query) as ws:
            ws.send(json.dumps({"type": "auth", "token": token}))
            while last not in (said or [""])[-1]:
                said.append(str(ws.recv(timeout=10)))
    return "\n".join(said)


def _is_noted(client: httpx.Client) -> bool:
    """Each use is in the audit log before long."""
    rows = client.get("/audit/", params={"action": "credential.used"}).json()
    return [row["detail"]["node"] for row in rows["results"]] == ["ask"] * len(PATHS)


# --- What is kept ---------------------------------------------------------------------


def of_sqlite(folder: Path) -> str:
    """The files as they lie there, and what a dump makes of them."""
    files = b"".join(path.read_bytes() for path in folder.glob("db.sqlite3*"))
    with closing(sqlite3.connect(folder / "db.sqlite3")) as database:
        dump = "\n".join(database.iterdump())
    return files.decode("latin-1") + dump + _blobs(dump)


def of_postgresql(url: str) -> str:
    """A dump by the tool for it, and every table in its own words."""
    dump = subprocess.run(
        ["pg_dump", "--inserts", url],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout
    return dump + _blobs(dump) + _copied(url)


def _copied(url: str) -> str:
    with psycopg.connect(url) as connection:
        tables = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        ).fetchall()
        assert len(tables) > 20
        said = ""
        for (name,) in tables:
            copy = psycopg.sql.SQL("COPY {} TO STDOUT").format(
                psycopg.sql.Identifier(name)
            )
            with connection.cursor().copy(copy) as rows:
                said += "".join(bytes(row).decode() for row in rows)
    return said


def _blobs(dump: str) -> str:
    """What stands in a dump as hexadecimal, as the text that it may be."""
    written = re.findall(r"(?:X'|\\x)((?:[0-9A-Fa-f]{2}){8,})", dump)
    return "\n".join(codecs.decode(each, "hex").decode("latin-1") for each in written)


def places(folder: Path, echo: str, secret: str) -> Told:
    """On a site of its own, in embedded mode."""
    settings = {"EGRESS_ALLOW": echo, "LOG_LEVEL": "DEBUG"}
    with running_site(folder, **settings) as site, site.demo() as client:
        told = said_to(client, site.url, echo, secret)
        told["metrics"] = httpx.get(f"{site.url}/metrics").text
    log = site.process.log
    # Errors go to the log and nowhere else: there is no other tracker of them.
    return told | {"logs": log, "error tracker": log, "database": of_sqlite(folder)}
