"""HTTP as it really arrives: waiting, large, slow, broken and hostile requests."""

import asyncio
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import httpx
import pytest

from tests.executions.agents import sums, ticks
from tests.servers import API, Site, ended, new_agent, run_of, start_run

MIB = 1024 * 1024
WAITERS = 300


@pytest.fixture(scope="session")
def adder(alice_there: httpx.Client) -> str:
    return new_agent(alice_there, sums())


@pytest.fixture(scope="session")
def sleeper(alice_there: httpx.Client) -> str:
    return new_agent(alice_there, ticks(seconds=4, repeat=1))


# --- ?wait= ---------------------------------------------------------------------------


def test_waiting_gives_the_outputs(alice_there, adder):
    answer = alice_there.post(
        f"/graphs/{adder}/executions/?wait=20", json={"inputs": {"Input": 8}}
    )
    run = answer.json()
    assert answer.status_code == 200
    assert (run["status"], run["outputs"]) == ("COMPLETED", {"Output": [42]})
    assert set(run) == {"id", "status", "outputs", "errors"}
    assert run_of(alice_there, run["id"])["outputs"] == run["outputs"]


def test_waiting_in_vain_says_where_to_look(alice_there, sleeper):
    began = time.monotonic()
    answer = alice_there.post(
        f"/graphs/{sleeper}/executions/?wait=0.5", json={"inputs": {"Input": 8}}
    )
    assert answer.status_code == 202
    assert 0.4 < time.monotonic() - began < 3
    run = answer.json()
    assert answer.headers["location"].endswith(f"{API}/executions/{run['id']}/")
    assert ended(alice_there, run["id"])["outputs"] == {"Output": [8]}


def test_what_is_refused_is_not_waited_for(alice_there, charlie_there, adder):
    began = time.monotonic()
    url = f"/graphs/{adder}/executions/?wait=20"
    assert charlie_there.post(url, json={}).status_code == 404
    assert alice_there.post(url, json={"inputs": {"x": 1}}).status_code == 400
    assert alice_there.get(url).status_code == 405
    assert time.monotonic() - began < 10


async def test_hundreds_of_waiters_leave_room_for_others(site, alice_there, sleeper):
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(
        headers=alice_there.headers, limits=limits, timeout=60
    ) as client:
        url = f"{site.url}{API}/graphs/{sleeper}/executions/?wait=60"
        body = {"inputs": {"Input": 1}}
        waiting = [
            asyncio.create_task(client.post(url, json=body)) for _ in range(WAITERS)
        ]
        alive = 0
        while not all(task.done() for task in waiting):
            answer = await client.get(f"{site.url}/livez")
            alive += answer.status_code == 200
            await asyncio.sleep(0.05)
        answers = [(await task).json() for task in waiting]
    assert [a["outputs"] for a in answers] == [{"Output": [1]}] * WAITERS
    assert alive >= 5


def test_a_waiter_who_goes_away_hurts_nobody(site, alice_there, sleeper):
    with pytest.raises(httpx.ReadTimeout):
        alice_there.post(
            f"/graphs/{sleeper}/executions/?wait=30",
            json={"inputs": {"Input": 3}},
            timeout=0.5,
        )
    newest = alice_there.get(f"/executions/?graph={sleeper}&limit=1").json()["results"]
    assert ended(alice_there, newest[0]["id"])["status"] == "COMPLETED"


# --- Bodies ---------------------------------------------------------------------------


def raw(site: Site, request: bytes, *, within_s: float = 15) -> bytes:
    """The answer to bytes as they are, read until the server closes."""
    with socket.create_connection(("127.0.0.1", site.port), timeout=within_s) as wire:
        with suppress(ConnectionError):  # refused before it had said all
            wire.sendall(request)
        return b"".join(_received(wire))


def _received(wire: socket.socket) -> Iterator[bytes]:
    try:
        while data := wire.recv(65_536):
            yield data
    except ConnectionResetError:
        return


def head(site: Site, client: httpx.Client, path: str, *more: str) -> bytes:
    lines = [
        f"POST {path} HTTP/1.1",
        f"Host: 127.0.0.1:{site.port}",
        f"Authorization: {client.headers['authorization']}",
        "Content-Type: application/json",
        "Connection: close",
        *more,
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def status_of(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def chunked(*parts: bytes) -> bytes:
    chunks = [b"%x\r\n%b\r\n" % (len(part), part) for part in parts]
    return b"".join([*chunks, b"0\r\n\r\n"])


def test_a_body_may_come_in_chunks(site, alice_there, adder):
    request = head(
        site, alice_there, f"{API}/graphs/{adder}/executions/?wait=20",
        "Transfer-Encoding: chunked",
    ) + chunked(b'{"inputs": {"Inp', b'ut": 1}}')  # fmt: skip
    answer = raw(site, request)
    assert status_of(answer) == 200
    assert b'"Output":[35' in answer


def test_a_body_over_the_limit_is_refused(site, alice_there):
    body = b'{"name":"' + b"x" * (10 * MIB) + b'"}'
    answer = alice_there.post("/graphs/", content=body)
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:problem:body-too-large"


def test_a_body_that_only_says_it_is_large_is_refused_unread(site, alice_there):
    request = head(site, alice_there, f"{API}/graphs/", "Content-Length: 99999999999")
    assert status_of(raw(site, request)) == 413


def test_chunks_over_the_limit_are_refused(site, alice_there):
    request = head(
        site, alice_there, f"{API}/graphs/", "Transfer-Encoding: chunked"
    ) + chunked(*[b"x" * MIB] * 11)
    answer = raw(site, request)
    assert answer == b"" or status_of(answer) == 413  # or cut off while still sending


def test_slow_bodies_hold_nobody_up(site, alice_there, adder):
    """More of them than there are threads, and each is answered in the end."""
    path = f"{API}/graphs/{adder}/executions/?wait=20"
    body = b'{"inputs": {"Input": 1}}'
    start = head(site, alice_there, path, f"Content-Length: {len(body)}")
    wires = [socket.create_connection(("127.0.0.1", site.port)) for _ in range(30)]
    try:
        for wire in wires:
            wire.sendall(start + body[:5])
        assert run_quickly(alice_there, adder) == {"Output": [35]}
        for wire in wires:
            wire.sendall(body[5:])
        answers = [b"".join(_received(wire)) for wire in wires]
    finally:
        for wire in wires:
            wire.close()
    assert [status_of(answer) for answer in answers] == [200] * 30


def run_quickly(client: httpx.Client, agent: str) -> Any:
    return start_run(client, agent, {"Input": 1}, "?wait=10")["outputs"]


@pytest.mark.parametrize("query", ["?wait=nan&wait=1", "?wait=900&wait=1"])
def test_of_several_waits_the_one_that_was_checked_counts(alice_there, sleeper, query):
    answer = alice_there.post(
        f"/graphs/{sleeper}/executions/{query}",
        json={"inputs": {"Input": 1}},
        timeout=3,
    )
    assert answer.status_code == 202


@pytest.mark.parametrize("query", ["", "?wait=5"])
def test_a_body_that_never_ends_leaves_no_trace(site, alice_there, adder, query):
    path = f"{API}/graphs/{adder}/executions/{query}"
    request = head(site, alice_there, path, "Content-Length: 500") + b'{"inputs"'
    with socket.create_connection(("127.0.0.1", site.port)) as wire:
        wire.sendall(request)
    assert run_quickly(alice_there, adder) == {"Output": [35]}


# --- Nasty requests -------------------------------------------------------------------

JSON = {"content-type": "application/json"}
START = "/graphs/{adder}/executions/"
BAD_BODIES = {
    "empty": b"",
    "not JSON": b"{",
    "a list": b"[]",
    "null": b"null",
    "NaN": b'{"inputs": {"Input": NaN}}',
    "huge number": b'{"inputs": {"Input": 1e999}}',
    "huge integer": b'{"inputs": {"Input": ' + b"9" * 5000 + b"}}",
    "lone surrogate": b'{"inputs": {"Input": "\\ud800"}}',
    "NUL": b'{"inputs": {"Input": "\\u0000"}}',
    "key twice": b'{"inputs": {}, "inputs": {}}',
    "deep": b'{"inputs":' + b"[" * 9000 + b"]" * 9000 + b"}",
    "bytes": b"\xff\xfe\x00",
    "unknown key": b'{"input": {}}',
    "inputs list": b'{"inputs": []}',
    "inputs null": b'{"inputs": null}',
    "priority": b'{"priority": 10}',
    "delay nan": b'{"delay_s": "nan"}',
    "delay inf": b'{"delay_s": "inf"}',
    "version": b'{"version": "latest"}',
}


@pytest.mark.parametrize("body", BAD_BODIES.values(), ids=BAD_BODIES.keys())
@pytest.mark.parametrize("query", ["", "?wait=5"])
def test_a_malformed_body_is_a_problem_not_a_fault(alice_there, adder, query, body):
    url = START.format(adder=adder) + query
    answer = alice_there.post(url, content=body, headers=JSON)
    assert answer.status_code == 400 or body == b""
    assert answer.status_code < 500
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == answer.status_code


NASTY = [
    ("GET", "/livez?a=\xff"),
    ("GET", f"{API}/executions/?status=\xff\xfe"),
    ("GET", f"{API}/executions/?status=%ff"),
    ("GET", f"{API}/executions/?cursor=%00"),
    ("GET", f"{API}/executions/?cursor=AAAA&limit=-1"),
    ("GET", f"{API}/executions/?graph=x"),
    ("GET", f"{API}/executions/" + "a" * 8000 + "/"),
    ("GET", f"{API}/executions/../../../etc/passwd"),
    ("GET", f"{API}/executions/%00/"),
    ("GET", f"{API}/exe\xffcutions/"),
    ("GET", "//evil.example/%2f.."),
    ("GET", "/" + "%2e/" * 500),
    ("GET", f"{API}/executions/?" + "&".join(f"k{n}=v" for n in range(3000))),
    ("HEAD", "/livez"),
    ("HEAD", f"{API}/executions/"),
    ("OPTIONS", f"{API}/executions/"),
    ("OPTIONS", "*"),
    ("TRACE", f"{API}/executions/"),
    ("PROPFIND", f"{API}/executions/"),
    ("DELETE", f"{API}/executions/"),
    ("PUT", f"{API}/me/"),
    ("POST", f"{API}/executions/?wait=5"),
    ("POST", "/executions/?wait=nan"),
    ("POST", "/executions/?wait=\xff"),
    ("GET", "/ws/executions/x/"),
]


@pytest.mark.parametrize(("method", "target"), NASTY)
def test_nasty_requests_are_answered_and_are_no_faults(
    site, alice_there, method, target
):
    request = head(site, alice_there, "/").replace(
        b"POST / ", f"{method} {target} ".encode("latin-1"), 1
    )
    answer = raw(site, request)
    assert 200 <= status_of(answer) < 500
    assert b"Traceback" not in answer


HEADERS = [
    "Content-Length: -1",
    "Content-Length: 5, 6",
    "Transfer-Encoding: gzip",
    "Cookie: sessionid=\x01; csrftoken=\xff",
    "X-Long: " + "x" * 70_000,
    "Authorization: Bearer \xff\xfe",
    "Content-Type: application/json; charset=utf-7",
    "Content-Type: multipart/form-data",
    "Content-Encoding: gzip",
    "Accept: image/png",
    "X-Forwarded-For: " + "1," * 500,
    "Origin: http://[",
]


@pytest.mark.parametrize("header", HEADERS, ids=[h[:30] for h in HEADERS])
def test_nasty_headers_are_no_faults(site, alice_there, header):
    name = header.split(":")[0]
    kept = [
        line
        for line in head(site, alice_there, f"{API}/graphs/").split(b"\r\n")
        if not line.startswith(f"{name}:".encode())
    ]
    request = b"\r\n".join([kept[0], header.encode("latin-1"), *kept[1:]])
    answer = raw(site, request)
    assert answer == b"" or status_of(answer) < 500


def test_the_server_is_well_after_all_this(site, alice_there, adder):
    assert run_quickly(alice_there, adder) == {"Output": [35]}
    assert httpx.get(f"{site.url}/readyz").json()["status"] == "ready"
