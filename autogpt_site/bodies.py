"""Bodies of requests, read on the loop before a thread looks at them."""

import asyncio
from tempfile import SpooledTemporaryFile
from typing import IO, Final, cast

from autogpt_site.middleware import with_headers
from core.http import ProblemResponse
from executions.live.waiting import App, Message, Receive, Scope, Send

UPLOAD_PATHS: Final = frozenset({"/api/v1/files/"})
UPLOAD_SECONDS: Final = 300.0
"""Who is slower gives way to others: places are few."""
SPOOLED_FROM: Final = 1024 * 1024
_DISCONNECTED: Final = "http.disconnect"


class BodyLimit:
    """Reads the body on the loop, at most `limit` bytes of it, and hands it on whole.

    A client that sends slowly thus holds no thread; one that sends too much gets 413.
    """

    def __init__(self, app: App, limit: int) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if _announced(scope) > self._limit:
            await _refuse(send, self._limit)
            return
        body = bytearray()
        while True:
            message = await receive()
            if message["type"] == _DISCONNECTED:
                return
            body += message.get("body", b"")
            if len(body) > self._limit:
                await _refuse(send, self._limit)
                return
            if not message.get("more_body"):
                break
        whole = bytes(body)
        first = {"type": "http.request", "body": whole, "more_body": False}
        await self._app(_sized(scope, len(whole)), _once(first, receive), send)


class Uploads:
    """Takes larger bodies for some addresses: they go to a file that has no name and is
    gone with the request, and come to the server inside as `stream`.

    Any other request goes to `others`.
    """

    def __init__(self, app: App, others: App, *, limit: int, at_once: int) -> None:
        self._app = app
        self._others = others
        self._limit = limit
        self._room = asyncio.Semaphore(at_once)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "POST" or scope["path"] not in UPLOAD_PATHS:
            await self._others(scope, receive, send)
        elif _announced(scope) > self._limit:
            await _refuse(send, self._limit)
        else:
            async with self._room:
                with SpooledTemporaryFile(max_size=SPOOLED_FROM) as body:
                    await self._take(scope, receive, send, cast(IO[bytes], body))

    async def _take(
        self, scope: Scope, receive: Receive, send: Send, body: IO[bytes]
    ) -> None:
        try:
            async with asyncio.timeout(UPLOAD_SECONDS):
                size = await _spooled(receive, body, self._limit)
        except TimeoutError:
            detail = f"The body took longer than {UPLOAD_SECONDS:.0f} s. Send less."
            await _answer(send, ProblemResponse(408, detail))
            return
        if size is None:
            return
        if size > self._limit:
            await _refuse(send, self._limit)
            return
        body.seek(0)
        first = {"type": "http.request", "stream": body, "more_body": False}
        await self._app(_sized(scope, size), _once(first, receive), send)


async def _spooled(receive: Receive, body: IO[bytes], limit: int) -> int | None:
    """How many bytes came, at most a message above `limit`; None: the client left."""
    size = 0
    while True:
        message = await receive()
        if message["type"] == _DISCONNECTED:
            return None
        part = message.get("body", b"")
        size += len(part)
        if size > limit:
            return size
        body.write(part)
        if not message.get("more_body"):
            return size


async def _refuse(send: Send, limit: int) -> None:
    detail = f"The body is over the limit of {limit:,} bytes. Send less."
    title, code = "Body too large", "body-too-large"
    await _answer(send, ProblemResponse(413, detail, title=title, code=code))


async def _answer(send: Send, problem: ProblemResponse) -> None:
    """The rest of the body is not wanted, so the connection ends."""
    with_headers(problem)
    headers = [
        (name.lower().encode(), value.encode()) for name, value in problem.items()
    ]
    headers += [(b"connection", b"close")]
    start = {"status": problem.status_code, "headers": headers}
    await send({"type": "http.response.start", **start})
    await send({"type": "http.response.body", "body": problem.content})


def _announced(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit() and len(value) < 20:
            return int(value)
    return 0


def _sized(scope: Scope, size: int) -> Scope:
    """The request as if its body had come in one piece; WSGI knows no other."""
    left_out = (b"content-length", b"transfer-encoding")
    headers = [pair for pair in scope["headers"] if pair[0] not in left_out]
    return {**scope, "headers": [*headers, (b"content-length", b"%d" % size)]}


def _once(first: Message, receive: Receive) -> Receive:
    """Answers with the whole body first, then with what comes after."""
    given = False

    async def receive_whole() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return first

    return receive_whole
