"""Pieces of the ASGI application."""

import asyncio
import logging
from typing import Any, Final

from autogpt_site.embedded.channel_layer import LoopSafeChannelLayer
from autogpt_site.middleware import with_headers
from autogpt_site.orphans import end_with_parent
from core.collector import settle_collector
from core.http import ProblemResponse
from executions.live.hub import LiveHub
from executions.live.waiting import App, Message, Receive, Scope, Send

logger = logging.getLogger(__name__)


class Switch:
    """Sends each kind of scope to its application; unknown socket paths are refused."""

    def __init__(self, *, http: App, websocket: Any, lifespan: App) -> None:
        self._http = http
        self._websocket = websocket
        self._lifespan = lifespan

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        else:
            await self._lifespan(scope, receive, send)

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._websocket(scope, receive, send)
        except ValueError:  # what channels raises where no route matches
            await send({"type": "websocket.close"})


class Lifespan:
    """Starts and stops what lives as long as the server."""

    def __init__(self, hub: LiveHub) -> None:
        self._hub = hub

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        end_with_parent()
        LoopSafeChannelLayer.bind(asyncio.get_running_loop())
        await self._hub.start()
        settle_collector()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._hub.stop()
        LoopSafeChannelLayer.bind(None)
        await send({"type": "lifespan.shutdown.complete"})


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
            await self._refuse(send)
            return
        body = bytearray()
        while True:
            message = await receive()
            if message["type"] == _DISCONNECTED:
                return
            body += message.get("body", b"")
            if len(body) > self._limit:
                await self._refuse(send)
                return
            if not message.get("more_body"):
                break
        whole = bytes(body)
        await self._app(_sized(scope, len(whole)), _once(whole, receive), send)

    async def _refuse(self, send: Send) -> None:
        detail = f"The body is over the limit of {self._limit:,} bytes. Send less."
        problem = with_headers(
            ProblemResponse(413, detail, title="Body too large", code="body-too-large")
        )
        headers = [
            (name.lower().encode(), value.encode()) for name, value in problem.items()
        ]
        headers += [(b"connection", b"close")]
        await send({"type": "http.response.start", "status": 413, "headers": headers})
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


def _once(body: bytes, receive: Receive) -> Receive:
    """Answers with the whole body first, then with what comes after."""
    given = False

    async def receive_whole() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive_whole
