"""`?wait=`, and webhooks that answer with the outputs: holds the answer to a start
request on the loop, without a thread, until the execution has ended."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from typing import Any, Final
from urllib.parse import parse_qs
from uuid import UUID

import orjson
from channels.db import database_sync_to_async

from executions import results, selectors
from executions.live.hints import Hint
from executions.live.hub import LiveHub
from executions.live.together import Together

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

logger = logging.getLogger(__name__)

LOOK_EVERY_S: Final = 1.0

HOOKS: Final = "/hooks/"
WAIT_HEADER: Final = "x-wait-s"
"""How long a view wants its answer held; no client ever sees it."""

_WAIT_HEADER: Final = WAIT_HEADER.encode()
_REPLAYED: Final = b"idempotency-replayed"


class WaitForEnd:
    """ASGI middleware. A 202 to a start request with `?wait=`, or to the delivery of a
    webhook that wants to wait, becomes a 200 with the outputs, if the end comes in
    time."""

    def __init__(self, app: App, hub: LiveHub) -> None:
        self._app = app
        self._hub = hub
        self._results = Together(database_sync_to_async(results.results_of))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        seconds = _seconds_to_wait(scope)
        if seconds is None and not scope["path"].startswith(HOOKS):
            await self._app(scope, receive, send)
            return
        answer = _Held()
        await self._app(scope, receive, answer.take)
        if seconds is None:
            seconds = answer.seconds_to_wait()
        execution_id = answer.accepted_id()
        if execution_id is not None and seconds is not None:
            await self._improve(answer, execution_id, seconds)
        if answer.is_there:
            await answer.send_to(send)

    async def _improve(self, answer: "_Held", id_: UUID, seconds: float) -> None:
        try:
            # The end of a replayed one may be long past: no hint of it would come.
            if (answer.is_replay and await _has_ended(id_)) or await self._ends(
                id_, seconds
            ):
                answer.replace(200, await self._results.of(id_))
        except Exception:
            # It was accepted all the same, so what is held back is still true.
            logger.warning("live: could not wait for run %s", id_, exc_info=True)

    async def _ends(self, execution_id: UUID, seconds: float) -> bool:
        key = str(execution_id)
        ended = asyncio.Event()

        def hear(hint: Hint) -> None:
            if hint.is_final:
                ended.set()

        self._hub.watch(key, hear)
        try:
            if self._hub.has_ended(key):
                return True
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._wait(execution_id, ended)
            return ended.is_set()
        finally:
            self._hub.unwatch(key, hear)

    async def _wait(self, execution_id: UUID, ended: asyncio.Event) -> None:
        """For the hint; now and then look anyhow, for hints may get lost."""
        while not ended.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(ended.wait(), LOOK_EVERY_S)
                return
            if await _has_ended(execution_id):
                ended.set()


async def _has_ended(execution_id: UUID) -> bool:
    return await database_sync_to_async(selectors.has_ended)(execution_id)


def _seconds_to_wait(scope: Scope) -> float | None:
    """What a start request asks for; the view has looked at the same, the last one."""
    if scope["method"] != "POST" or not scope["path"].endswith("/executions/"):
        return None
    query = scope["query_string"].decode("latin-1")
    found = parse_qs(query, keep_blank_values=True).get("wait")
    try:
        return float(found[-1]) if found else None
    except ValueError:
        return None


class _Held:
    """An answer kept back."""

    def __init__(self) -> None:
        self._start: Message = {}
        self._body = bytearray()

    async def take(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
        else:
            self._body += message.get("body", b"")

    @property
    def is_there(self) -> bool:
        """There is none for a client that went away before it had said all."""
        return bool(self._start)

    @property
    def is_replay(self) -> bool:
        return any(name == _REPLAYED for name, _ in self._start.get("headers", ()))

    def accepted_id(self) -> UUID | None:
        if self._start.get("status") != 202:
            return None
        return UUID(orjson.loads(bytes(self._body))["id"])

    def seconds_to_wait(self) -> float | None:
        """What the view asks for; taken out of what is sent."""
        headers = self._start.get("headers", ())
        found = {name.lower(): value for name, value in headers}.get(_WAIT_HEADER)
        if found is None:
            return None
        kept = [pair for pair in headers if pair[0].lower() != _WAIT_HEADER]
        self._start = {**self._start, "headers": kept}
        return float(found)

    def replace(self, status: int, body: bytes) -> None:
        kept = [h for h in self._start["headers"] if h[0].lower() != b"content-length"]
        length = (b"content-length", str(len(body)).encode())
        self._start = {**self._start, "status": status, "headers": [*kept, length]}
        self._body = bytearray(body)

    async def send_to(self, send: Send) -> None:
        await send(self._start)
        await send({"type": "http.response.body", "body": bytes(self._body)})
