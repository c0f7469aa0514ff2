"""Large bodies through the server: in to a file, out piece by piece."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from autogpt_site.bodies import SPOOLED_FROM, Uploads
from autogpt_site.wsgi_bridge import LARGE_FROM, WSGIBridge

UPLOAD = {"type": "http", "method": "POST", "path": "/api/v1/files/", "headers": []}


class Client:
    """Sends these parts; keeps what comes back."""

    def __init__(self, *parts: bytes, leaves: bool = False) -> None:
        last = len(parts) - 1
        self.messages: list[Any] = [
            {"type": "http.request", "body": part, "more_body": leaves or place < last}
            for place, part in enumerate(parts)
        ]
        self.messages.append({"type": "http.disconnect"})
        self.got: list[Any] = []

    async def receive(self) -> Any:
        return self.messages.pop(0)

    async def send(self, message: Any) -> None:
        self.got.append(message)

    @property
    def status(self) -> int | None:
        return self.got[0]["status"] if self.got else None


class Inside:
    """The server within: reads the body it is given."""

    def __init__(self) -> None:
        self.body: bytes | None = None
        self.scope: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.scope = scope
        self.body = (await receive())["stream"].read()
        assert (await receive())["type"] == "http.disconnect"
        await send({"type": "http.response.start", "status": 201, "headers": []})


async def others(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 299, "headers": []})


def uploads(inside: Any, limit: int = 10) -> Uploads:
    return Uploads(inside, others, limit=limit, at_once=1)


async def test_parts_come_as_one_file():
    inside, client = Inside(), Client(b"he", b"", b"llo")
    await uploads(inside)(UPLOAD, client.receive, client.send)
    assert (inside.body, client.status) == (b"hello", 201)
    assert (b"content-length", b"5") in inside.scope["headers"]


async def test_large_body_is_whole():
    inside = Inside()
    client = Client(*[b"n" * 100_000] * 30)
    await uploads(inside, SPOOLED_FROM * 9)(UPLOAD, client.receive, client.send)
    assert inside.body == b"n" * 3_000_000


@pytest.mark.parametrize(
    ("headers", "parts"),
    [
        pytest.param([(b"content-length", b"11")], [], id="announced"),
        pytest.param([], [b"n" * 6, b"n" * 6], id="counted"),
        pytest.param([(b"content-length", b"3")], [b"n" * 11], id="a-lie"),
    ],
)
async def test_too_large_a_body_is_refused(headers: Any, parts: list[bytes]):
    inside, client = Inside(), Client(*parts)
    scope = {**UPLOAD, "headers": headers}
    await uploads(inside)(scope, client.receive, client.send)
    assert (inside.body, client.status) == (None, 413)


async def test_client_that_is_too_slow_is_told(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("autogpt_site.bodies.UPLOAD_SECONDS", 0.01)

    class Slow(Client):
        async def receive(self) -> Any:
            return await asyncio.sleep(600)

    inside, client = Inside(), Slow()
    await uploads(inside)(UPLOAD, client.receive, client.send)
    assert (inside.body, client.status) == (None, 408)


async def test_client_that_leaves_gets_nothing():
    inside, client = Inside(), Client(b"he", leaves=True)
    await uploads(inside)(UPLOAD, client.receive, client.send)
    assert (inside.body, client.status) == (None, None)


@pytest.mark.parametrize(
    "change", [{"method": "GET"}, {"path": "/api/v1/graphs/"}, {"path": "/"}]
)
async def test_other_requests_go_elsewhere(change: Any):
    inside, client = Inside(), Client(b"n" * 100)
    await uploads(inside)({**UPLOAD, **change}, client.receive, client.send)
    assert (inside.body, client.status) == (None, 299)


# --- Out ------------------------------------------------------------------------------


class Pieces:
    def __init__(self, count: int) -> None:
        self.left = count
        self.is_closed = False

    def __iter__(self) -> Iterator[bytes]:
        while self.left:
            self.left -= 1
            yield b"n" * 100_000

    def close(self) -> None:
        self.is_closed = True


def bridge_to(pieces: Pieces, length: int) -> WSGIBridge:
    def wsgi(environ: Any, start: Any) -> Pieces:
        start("200 OK", [("Content-Length", str(length))])
        return pieces

    return WSGIBridge(wsgi, threads=1)


SCOPE = {
    "type": "http", "method": "GET", "path": "/", "query_string": b"",
    "http_version": "1.1", "headers": [],
}  # fmt: skip


@pytest.mark.parametrize(("count", "messages"), [(20, 22), (5, 2)])
async def test_only_large_answers_come_in_pieces(count: int, messages: int):
    pieces, client = Pieces(count), Client(b"")
    bridge = bridge_to(pieces, count * 100_000)
    await bridge(SCOPE, client.receive, client.send)
    assert len(client.got) == messages
    assert sum(len(m.get("body", b"")) for m in client.got) == count * 100_000
    assert not client.got[-1].get("more_body")
    assert pieces.is_closed


async def test_client_that_left_ends_the_reading():
    pieces = Pieces(100)

    class Gone(Client):
        async def send(self, message: Any) -> None:
            if len(self.got) == 3:
                raise ConnectionResetError
            await super().send(message)

    client = Gone(b"")
    bridge = bridge_to(pieces, LARGE_FROM + 1)
    with pytest.raises(ConnectionResetError):
        await bridge(SCOPE, client.receive, client.send)
    assert pieces.is_closed
    assert pieces.left > 90
