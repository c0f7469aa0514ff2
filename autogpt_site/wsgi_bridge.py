"""Runs the WSGI application for ASGI requests, each in one thread of a fixed pool.

The body has been read before and the answer is sent after, both on the loop. So threads
and loop meet twice for a request, not at each message: measured, that halves its cost.
"""

import asyncio
import io
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import IO, Any, Final, NamedTuple, cast

from a2wsgi.wsgi import build_environ

from executions.live.waiting import Receive, Scope, Send

Header = tuple[bytes, bytes]
LARGE_FROM: Final = 1024 * 1024


class Answer(NamedTuple):
    status: int
    headers: list[Header]
    body: bytes
    rest: Iterator[bytes] | None = None
    """What follows, piece by piece, where the whole would be too much for memory."""


class WSGIBridge:
    """An ASGI application; `receive` must give the whole body in its first message, as
    `body` or as the file `stream`."""

    def __init__(self, wsgi: Callable[..., Iterable[bytes]], threads: int) -> None:
        self._wsgi = wsgi
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="http")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        message = await receive()
        stream = message.get("stream") or io.BytesIO(message.get("body", b""))
        loop = asyncio.get_running_loop()
        answer = await loop.run_in_executor(self._pool, self._answer, scope, stream)
        try:
            await self._send(answer, send)
        finally:
            # It closes the file, also when the client is gone.
            if answer.rest is not None:
                await loop.run_in_executor(self._pool, cast(Any, answer.rest).close)

    async def _send(self, answer: Answer, send: Send) -> None:
        """At the pace of the client; a thread is held only while a piece is read."""
        start = {"status": answer.status, "headers": answer.headers}
        await send({"type": "http.response.start", **start})
        rest, piece = answer.rest, answer.body
        loop = asyncio.get_running_loop()
        while rest is not None and piece:
            part = {"body": piece, "more_body": True}
            await send({"type": "http.response.body", **part})
            piece = await loop.run_in_executor(self._pool, next, rest, b"")
        await send({"type": "http.response.body", "body": piece})

    def _answer(self, scope: Scope, stream: IO[bytes]) -> Answer:
        environ = build_environ(cast(Any, _unambiguous(scope)), cast(Any, stream))
        said: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(
            status: str, headers: list[tuple[str, str]], error: object = None
        ) -> None:
            said.append((status, headers))

        parts = self._wsgi(environ, start_response)
        status, told = said[-1]
        headers = [_header(*pair) for pair in told]
        if _is_large(headers):
            rest = _closing(parts)
            return Answer(int(status[:3]), headers, next(rest, b""), rest)
        with closing(cast(Any, parts)):
            whole = b"".join(parts)
        return Answer(int(status[:3]), headers, whole)


def _is_large(headers: list[Header]) -> bool:
    """Only who gives out a file says a length like that before."""
    return any(
        name == b"content-length" and len(value) < 20 and int(value) > LARGE_FROM
        for name, value in headers
    )


def _closing(parts: Iterable[bytes]) -> Iterator[bytes]:
    with closing(cast(Any, parts)):
        yield from parts


def _unambiguous(scope: Scope) -> Scope:
    """Without headers that have an underscore: in WSGI `X_Forwarded_Proto` would pass
    for the `X-Forwarded-Proto` that only the proxy may say."""
    headers = [pair for pair in scope["headers"] if b"_" not in pair[0]]
    return {**scope, "headers": headers}


def _header(name: str, value: str) -> Header:
    return name.lower().encode("latin-1"), value.encode("latin-1")
