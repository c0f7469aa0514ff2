"""Websockets: real ones of our application, in this process."""

import asyncio
import json
import re
from collections.abc import Callable
from time import perf_counter
from typing import Any, Final, cast

from asgiref.sync import async_to_sync, sync_to_async
from asgiref.testing import ApplicationCommunicator
from django.conf import settings
from django.core.cache import cache
from django.test import Client

from accounts.models import User
from accounts.services import tokens_issue
from accounts.sign_in.passwords import password_set
from accounts.tickets import ticket_issue
from core.limits import LIMITS_BY_NAME
from executions.live.consumer import (
    BAD_FRAME,
    FRAME_BYTES,
    NOT_THERE,
    TOO_MANY,
    LiveConsumer,
)
from executions.live.hub import LiveHub
from tests.security.corpus.facts import Facts, noted
from tests.security.corpus.generators import built
from tests.security.corpus.measures import measured
from tests.security.corpus.rows import Row
from tests.security.corpus.stage import Stage
from tests.security.corpus.tools import Target, Tools, starting

OWN_ORIGIN: Final = "http://localhost"
REPLIES: Final = {NOT_THERE: "not_found", TOO_MANY: "too_many", BAD_FRAME: "bad_frame"}
PATIENCE_S: Final = 10.0
OVERSIZE: Final = 1009

Message = dict[str, Any]


class Socket:
    """What a client sees of one."""

    def __init__(self, path: str, headers: dict[str, str]) -> None:
        from autogpt_site.asgi import application

        place, _, query = path.partition("?")
        scope = {
            "type": "websocket",
            "path": place,
            "query_string": query.encode(),
            "headers": [(k.lower().encode(), v.encode()) for k, v in headers.items()],
        }
        self._ws = ApplicationCommunicator(cast(Any, application), scope)
        self.handshake = 0
        self.closed: int | None = None
        self.frames: list[Message] = []
        self.errors: list[str] = []

    async def open(self) -> None:
        await self._ws.send_input({"type": "websocket.connect"})
        answer: Any = await self._ws.receive_output(PATIENCE_S)
        is_open = answer["type"] == "websocket.accept"
        self.handshake = 101 if is_open else 403
        if not is_open:
            await self._left()

    async def send(self, data: Any) -> None:
        kind = "bytes" if isinstance(data, bytes) else "text"
        text = data if isinstance(data, str | bytes) else json.dumps(data)
        if len(text) > FRAME_BYTES:
            # The server around ours ends it, as tests/executions/test_live.py shows.
            self.closed = OVERSIZE
            await self._left()
            return
        await self._ws.send_input({"type": "websocket.receive", kind: text})

    async def hear(self) -> None:
        """The next thing that the server says."""
        message: Any = await self._ws.receive_output(PATIENCE_S)
        if message["type"] == "websocket.close":
            self.closed = int(message["code"])
            await self._left()
            return
        frame = json.loads(message["text"])
        if frame["type"] == "error":
            self.errors.append(f"error {REPLIES.get(frame['code'], frame['code'])}")
        else:
            self.frames.append(frame)

    async def until(self, is_so: Callable[[], object]) -> None:
        """Until it is so or the socket has ended."""
        while not is_so() and self.closed is None:
            await self.hear()

    @property
    def has_more(self) -> bool:
        return not self._ws.output_queue.empty()

    async def leave(self) -> None:
        if self.handshake == 101 and self.closed is None:
            await self._left()

    async def _left(self) -> None:
        await self._ws.send_input({"type": "websocket.disconnect", "code": 1000})
        await self._ws.wait()


def on_a_socket(row: Row, tools: Tools) -> Facts:
    tools.monkeypatch.setattr(LiveConsumer, "hub", LiveHub(), raising=False)
    tools.monkeypatch.setattr(LiveConsumer, "recheck_every_s", 0.05)
    tools.monkeypatch.setattr(LiveConsumer, "auth_within_s", 0.3)
    tools.settings.LIMITS = LIMITS_BY_NAME["default"]
    stage = Stage()
    done = measured(row, lambda: async_to_sync(_played)(stage, row))
    return {**done.facts, **done.result, "audit": noted()}


async def _played(stage: Stage, row: Row) -> Facts:
    browser, headers = await _headers(stage, row)
    path = stage.path(row.target.removeprefix("ws:"))
    others = [Socket(path, headers) for _ in range(_more(row))]
    ws = Socket(path, headers)
    for each in (*others, ws):
        await each.open()
        if each.handshake == 101:
            await _shows_papers(each, stage, row)
            await _begins(each)
    is_kept = False
    if ws.handshake == 101 and ws.closed is None:
        is_kept = await _goes_on(ws, stage, row, browser)
    for each in (*others, ws):
        await each.leave()
    return _facts(ws, stage, row, is_kept)


def _facts(ws: Socket, stage: Stage, row: Row, is_kept: bool) -> Facts:
    theirs = str(stage.runs["B"].id)
    return {
        "handshake": ws.handshake,
        "status": ws.handshake,
        "ws_close": ws.closed,
        "ws_reply": ws.errors[-1] if ws.errors else "",
        "frames_received": len(ws.frames),
        "frames_of_others": sum(theirs in json.dumps(frame) for frame in ws.frames),
        "connection_kept": is_kept,
        "text": json.dumps(ws.frames),
    }


# --- Who comes ------------------------------------------------------------------------


async def _headers(stage: Stage, row: Row) -> tuple[Client, dict[str, str]]:
    """Whose session ends later, comes with one."""
    browser, given = Client(), row.given
    who = str(given.get("as", ""))
    headers = dict(given.get("headers", {}))
    if "cookie" in who or "then" in given:
        await sync_to_async(browser.force_login)(_person(stage, who))
        name = settings.SESSION_COOKIE_NAME
        headers["Cookie"] = f"{name}={browser.cookies[name].value}"
        if "headers" not in given:
            headers["Origin"] = OWN_ORIGIN
    return browser, headers


def _person(stage: Stage, who: str) -> User:
    return {"userA": stage.a, "userB": stage.b}[who.split()[0]]


async def _shows_papers(ws: Socket, stage: Stage, row: Row) -> None:
    """A program's first frame."""
    who = str(row.given.get("as", ""))
    if "ticket" in row.given:
        ticket = await sync_to_async(_ticket)(stage, str(row.given["ticket"]))
        await ws.send({"type": "auth", "ticket": ticket})
    elif who and "cookie" not in who and "then" not in row.given:
        issued = await sync_to_async(tokens_issue)(_person(stage, who))
        await ws.send({"type": "auth", "token": issued.access})


def _ticket(stage: Stage, what: str) -> str:
    ticket = ticket_issue(stage.a)
    if "expired" in what:
        cache.clear()  # where tickets live, no longer than they may
    elif "used" in what or "twice" in what:
        from accounts.tickets import ticket_redeem

        assert ticket_redeem(ticket) is not None
    elif re.search("password", what):
        password_set(stage.a, "Correct-Horse-10", by="test")
    elif re.search("deactivated|disabled", what):
        User.objects.filter(id=stage.a.id).update(is_active=False)
    elif " " not in what:
        return what
    else:
        raise AssertionError(f"nothing here knows of a ticket that is {what!r}")
    return ticket


def _more(row: Row) -> int:
    """Sockets that are open already."""
    told = [row.given[n] for n in ("sockets", "connections") if n in row.given]
    return int(told[0]) - 1 if told else 0


async def _begins(ws: Socket) -> None:
    """With a snapshot, or an end."""
    await ws.until(lambda: ws.frames)


# --- What comes then ------------------------------------------------------------------


async def _goes_on(ws: Socket, stage: Stage, row: Row, browser: Client) -> bool:
    """Whether the socket is still good afterwards."""
    given, before = row.given, len(ws.errors)
    if "send" in given:
        await ws.send(_with_runs(stage, given["send"]))
    if "send_raw" in given:
        await ws.send(built(given["send_raw"]))
    if "flood" in given:
        await _floods(ws, **given["flood"])
    if "then" in given:
        await sync_to_async(_happens)(stage, browser, given["then"])
        await ws.until(lambda: False)
    if "send" in given or "send_raw" in given:
        await ws.until(lambda: len(ws.errors) > before)
    return await _still_answers(ws, stage)


def _with_runs(stage: Stage, frame: Any) -> Any:
    text = json.dumps(frame)
    for who in ("A", "B"):
        text = text.replace(f"<{who}>", str(stage.runs[who].id))
    return json.loads(text)


async def _floods(ws: Socket, messages: int, per_s: int) -> None:
    """Until it is enough for the server, too; it is heard meanwhile."""
    began = perf_counter()
    for number in range(messages):
        await ws.send({"type": "noop"})
        await asyncio.sleep(max(0.0, began + number / per_s - perf_counter()))
        while ws.closed is None and ws.has_more:
            await ws.hear()
        if ws.closed is not None:
            return


def _happens(stage: Stage, browser: Client, what: str) -> None:
    if "logout" in what:
        browser.logout()
    elif re.search("deactivated|disabled", what):
        User.objects.filter(id=stage.a.id).update(is_active=False)
    elif "password" in what:
        password_set(stage.a, "Correct-Horse-10", by="test")
    else:
        raise AssertionError(f"nothing here makes happen {what!r}")


async def _still_answers(ws: Socket, stage: Stage) -> bool:
    if ws.closed is not None:
        return False
    seen = len(ws.frames)
    own = str(stage.runs["A"].id)
    await ws.send({"type": "subscribe", "execution_id": own})
    await ws.until(lambda: len(ws.frames) > seen)
    return ws.closed is None


TARGETS = [Target(starting("ws:"), on_a_socket, "transactions")]
