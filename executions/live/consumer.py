"""The websocket of the live view: one socket, several executions."""

import asyncio
import logging
import math
import time
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, ClassVar, Final
from urllib.parse import parse_qs
from uuid import UUID, uuid4

import orjson
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from rest_framework_simplejwt.settings import api_settings

from accounts.rights.context import AuthContext
from accounts.sign_in.stamps import stamp_now
from core import jsonio
from core.http import parsed_uuid
from core.ratelimit.seats import seats
from executions import selectors
from executions.live import access
from executions.live.hub import LiveHub
from executions.live.stream import EventStream

logger = logging.getLogger(__name__)

NOT_SIGNED_IN: Final = 4401
NOT_THERE: Final = 4404
TOO_MANY: Final = 4429
BAD_FRAME: Final = 1008
TRY_AGAIN: Final = 1013

AUTH_WITHIN_S: Final = 10.0
RECHECK_EVERY_S: Final = 30.0
SUBSCRIPTIONS_AT_MOST: Final = 20
FRAME_BYTES: Final = 64 * 1024
# 20 a second, with room for those that somebody sends at once to watch many runs.
FRAMES_AT_MOST: Final = 40
FRAMES_WITHIN_S: Final = 2.0
PAPERS_HOLD_S: Final = api_settings.ACCESS_TOKEN_LIFETIME.total_seconds()
"""Who came with a ticket or a token shows a new one after that; a session and a key are
looked up anew at each check."""

ERRORS: Final = {
    NOT_SIGNED_IN: 'Sign in first, or send {"type": "auth"} with a ticket or token.',
    NOT_THERE: "There is no such run, or it is not yours.",
    TOO_MANY: "Too many connections, subscriptions or frames. Use fewer.",
    BAD_FRAME: "The frame is not one of: auth, subscribe, unsubscribe.",
}


class LiveConsumer(AsyncWebsocketConsumer):
    """A browser is known by its session cookie, if its Origin is ours; a program says
    in its first frame who it is. Rights are checked at each subscribe and later on."""

    hub: LiveHub
    auth_within_s: ClassVar[float] = AUTH_WITHIN_S
    recheck_every_s: ClassVar[float] = RECHECK_EVERY_S
    papers_hold_s: ClassVar[float] = PAPERS_HOLD_S

    async def connect(self) -> None:
        self._watcher: AuthContext | None = None
        self._stamp: str | None = None
        self._place: tuple[str, str] = ("", "")
        self._until = math.inf
        self._is_closed = False
        self._streams: dict[UUID, asyncio.Task[None]] = {}
        self._session: access.Headers | None = None
        self._frames: deque[float] = deque(maxlen=FRAMES_AT_MOST)
        self._tasks: list[asyncio.Task[None]] = []
        self._gate = asyncio.Lock()
        headers = dict(self.scope["headers"])
        if not access.origin_allowed(headers):
            await self.close()  # before it is accepted: HTTP 403
            return
        await self.accept()
        watcher = await database_sync_to_async(access.context_of_session)(headers)
        if watcher is not None:
            self._session = headers
            await self._welcome(watcher)
        else:
            self._tasks.append(asyncio.create_task(self._expect_auth()))

    async def disconnect(self, code: int) -> None:
        for task in [*self._tasks, *self._streams.values()]:
            task.cancel()
        if self._watcher is not None:
            await asyncio.to_thread(seats().leave, *self._place)

    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        data = bytes_data if text_data is None else text_data.encode()
        frame = _read_frame(data or b"")
        # One frame at a time: an auth under way must be over before a subscribe.
        async with self._gate:
            if self._is_closed:
                return  # it was on its way when we closed
            if self._is_flood():
                await self._refuse(TOO_MANY)
                return
            match frame:
                case {"type": "auth", **said}:
                    await self._authenticate(said)
                case {"type": "subscribe", "execution_id": str(id_), **rest}:
                    await self._subscribe(id_, rest.get("after"))
                case {"type": "unsubscribe", "execution_id": str(id_)}:
                    self._unsubscribe(id_)
                case _ if self._watcher is None:
                    await self._refuse(BAD_FRAME)
                case _:
                    await self._complain(BAD_FRAME)

    def _is_flood(self) -> bool:
        """More frames came lately than anybody who only watches has to send."""
        now = time.monotonic()
        was_full = len(self._frames) == FRAMES_AT_MOST
        oldest = self._frames[0] if was_full else -math.inf
        self._frames.append(now)
        return now - oldest < FRAMES_WITHIN_S

    async def _authenticate(self, said: Mapping[Any, Any]) -> None:
        if self._watcher is not None:
            return
        watcher = await database_sync_to_async(access.context_of_frame)(said)
        if watcher is None:
            await self._refuse(NOT_SIGNED_IN)
        else:
            if watcher.api_key_id is None:
                self._until = time.monotonic() + self.papers_hold_s
            await self._welcome(watcher)

    async def _welcome(self, watcher: AuthContext) -> None:
        self._place = (f"socket:{watcher.user_id}", str(uuid4()))
        most = settings.LIMITS.sockets_per_user
        if not await asyncio.to_thread(seats().take, *self._place, most):
            await self._refuse(TOO_MANY)
            return
        self._watcher = watcher
        self._stamp = await database_sync_to_async(stamp_now)(watcher.user_id)
        self._tasks.append(asyncio.create_task(self._recheck()))
        query = parse_qs(self.scope.get("query_string", b"").decode("latin-1"))
        after = query.get("after", [None])[0]
        await self._subscribe(self.scope["url_route"]["kwargs"]["id"], after)

    async def _subscribe(self, id_: str | UUID, after: object) -> None:
        if self._watcher is None:
            await self._refuse(NOT_SIGNED_IN)
            return
        execution_id = parsed_uuid(str(id_))
        may = database_sync_to_async(selectors.may_watch)
        if execution_id is None or not await may(self._watcher, execution_id):
            await self._refuse(NOT_THERE)
            return
        self._unsubscribe(str(execution_id))
        if len(self._streams) >= SUBSCRIPTIONS_AT_MOST:
            await self._refuse(TOO_MANY)
            return
        watching = asyncio.create_task(self._watch(execution_id, _seq(after)))
        self._streams[execution_id] = watching

    async def _watch(self, execution_id: UUID, after: int | None) -> None:
        """Stream one execution. A stream that breaks ends the socket: who watches then
        comes back and goes on where it was."""
        try:
            await EventStream(execution_id, self.hub, self._send_frame).run(after)
        except Exception:
            logger.warning("live: a stream broke off", exc_info=True)
            with suppress(Exception):
                await self._close(TRY_AGAIN)
        if self._streams.get(execution_id) is asyncio.current_task():
            del self._streams[execution_id]

    def _unsubscribe(self, id_: str) -> None:
        execution_id = parsed_uuid(id_)
        task = self._streams.pop(execution_id, None) if execution_id else None
        if task is not None:
            task.cancel()

    async def _expect_auth(self) -> None:
        await asyncio.sleep(self.auth_within_s)
        if self._watcher is None:
            await self._refuse(NOT_SIGNED_IN)

    async def _recheck(self) -> None:
        """Rights may end while the socket is open. Where they cannot be looked up, who
        watches comes back and is asked again."""
        code: int | None = None
        while code is None:
            await asyncio.sleep(self.recheck_every_s)
            try:
                await asyncio.to_thread(seats().renew, *self._place)
                code = await self._lost_right()
            except Exception:
                logger.warning("live: rights could not be checked", exc_info=True)
                await self._close(TRY_AGAIN)
                return
        await self._refuse(code)

    async def _lost_right(self) -> int | None:
        if time.monotonic() > self._until:
            return NOT_SIGNED_IN
        if self._session is not None:
            still = database_sync_to_async(access.context_of_session)
            if await still(self._session) != self._watcher:
                return NOT_SIGNED_IN
        if self._watcher is not None:
            stamp = await database_sync_to_async(stamp_now)(self._watcher.user_id)
            if stamp is None or stamp != self._stamp:
                return NOT_SIGNED_IN  # shut out, or the password is another one
        may = database_sync_to_async(selectors.may_watch)
        for execution_id in list(self._streams):
            if self._watcher is None or not await may(self._watcher, execution_id):
                return NOT_THERE
        return None

    async def _send_frame(self, frame: bytes) -> None:
        if self._is_closed:
            return
        try:
            await self.send(text_data=frame.decode())
        except OSError:
            self._is_closed = True  # the watcher has gone; `disconnect` follows

    async def _refuse(self, code: int) -> None:
        await self._complain(code)
        await self._close(code)

    async def _close(self, code: int) -> None:
        if not self._is_closed:
            self._is_closed = True
            await self.close(code)

    async def _complain(self, code: int) -> None:
        error = {"type": "error", "code": code, "message": ERRORS[code]}
        await self._send_frame(orjson.dumps(error))


def _read_frame(data: bytes) -> object:
    if len(data) > FRAME_BYTES:
        return None
    try:
        return jsonio.loads(data)
    except jsonio.JsonError:
        return None


def _seq(after: object) -> int | None:
    """The number a client says it has seen; None where it says nothing usable."""
    text = str(after) if isinstance(after, int | str) else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
