"""Runs the WSGI application for ASGI requests, each in one thread of a fixed pool.

The body has been read before and the answer is sent after, both on the loop. So threads
and loop meet twice for a request, not at each message: measured, that halves its cost.
"""

import asyncio
import io
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any, NamedTuple, cast

from a2wsgi.wsgi import build_environ

from executions.live.waiting import Receive, Scope, Send

Header = tuple[bytes, bytes]


class Answer(NamedTuple):
    status: int
    headers: list[Header]
    body: bytes


class WSGIBridge:
    """An ASGI application; `receive` must give the whole body in its first message."""

    def __init__(self, wsgi: Callable[..., Iterable[bytes]], threads: int) -> None:
        self._wsgi = wsgi
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="http")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = (await receive()).get("body", b"")
        loop = asyncio.get_running_loop()
        answer = await loop.run_in_executor(self._pool, self._answer, scope, body)
        start = {"status": answer.status, "headers": answer.headers}
        await send({"type": "http.response.start", **start})
        await send({"type": "http.response.body", "body": answer.body})

    def _answer(self, scope: Scope, body: bytes) -> Answer:
        stream = io.BytesIO(body)
        environ = build_environ(cast(Any, _unambiguous(scope)), cast(Any, stream))
        said: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(
            status: str, headers: list[tuple[str, str]], error: object = None
        ) -> None:
            said.append((status, headers))

        parts = self._wsgi(environ, start_response)
        with closing(cast(Any, parts)):
            whole = b"".join(parts)
        status, headers = said[-1]
        return Answer(int(status[:3]), [_header(*pair) for pair in headers], whole)


def _unambiguous(scope: Scope) -> Scope:
    """Without headers that have an underscore: in WSGI `X_Forwarded_Proto` would pass
    for the `X-Forwarded-Proto` that only the proxy may say."""
    headers = [pair for pair in scope["headers"] if b"_" not in pair[0]]
    return {**scope, "headers": headers}


def _header(name: str, value: str) -> Header:
    return name.lower().encode("latin-1"), value.encode("latin-1")
