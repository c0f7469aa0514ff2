"""Websockets whose rights end, or are not there, in process and without a browser."""

import json
from dataclasses import replace
from typing import Any, cast
from uuid import UUID

import pytest
from asgiref.sync import sync_to_async
from asgiref.testing import ApplicationCommunicator
from channels.routing import URLRouter
from django.conf import settings as django_settings
from django.db import OperationalError
from django.test import Client
from django.urls import path
from pytest_django import Settings

from accounts.models import User
from accounts.services import tokens_issue, user_register
from accounts.sign_in.passwords import password_set
from accounts.tickets import ticket_issue
from executions.live import access
from executions.live.consumer import LiveConsumer
from executions.live.hub import LiveHub
from executions.models import Execution
from executions.services import execution_start
from tests.conftest import PASSWORD
from tests.factories import make_graph

ORIGIN = (b"origin", b"http://localhost")

pytestmark = pytest.mark.django_db(transaction=True)


class Impatient(LiveConsumer):
    hub = LiveHub()
    recheck_every_s = 0.05


live_view: Any = path("ws/<uuid:id>/", cast(Any, Impatient.as_asgi()))
application = URLRouter([live_view])


def a_run() -> tuple[Client, Execution]:
    """Of somebody who is signed in in a browser."""
    alice = user_register("alice@example.org", PASSWORD)
    browser = Client()
    browser.force_login(alice)
    graph = make_graph(alice)
    return browser, execution_start(user=alice, graph=graph, inputs={"Input": 1})


def cookie(browser: Client) -> tuple[bytes, bytes]:
    name = django_settings.SESSION_COOKIE_NAME
    return b"cookie", f"{name}={browser.cookies[name].value}".encode()


async def opened(
    run_id: UUID, *headers: tuple[bytes, bytes]
) -> tuple[ApplicationCommunicator, str]:
    """A socket, and what the server says first."""
    scope = {
        "type": "websocket",
        "path": f"/ws/{run_id}/",
        "query_string": b"",
        "headers": headers,
    }
    ws = ApplicationCommunicator(cast(Any, application), scope)
    await ws.send_input({"type": "websocket.connect"})
    return ws, (await ws.receive_output(5))["type"]


async def closed(ws: ApplicationCommunicator) -> int:
    while True:
        message: Any = await ws.receive_output(5)
        if message["type"] == "websocket.close":
            await ws.send_input({"type": "websocket.disconnect", "code": 1000})
            await ws.wait()
            return int(message["code"])


async def left(ws: ApplicationCommunicator) -> None:
    await ws.send_input({"type": "websocket.disconnect", "code": 1000})
    await ws.wait()


async def test_signing_out_ends_the_socket():
    browser, run = await sync_to_async(a_run)()
    ws, first = await opened(run.id, ORIGIN, cookie(browser))
    assert first == "websocket.accept"
    snapshot: Any = await ws.receive_output(5)
    assert json.loads(snapshot["text"])["type"] == "snapshot"
    await sync_to_async(browser.logout)()
    assert await closed(ws) == 4401


async def test_switching_off_the_account_ends_the_socket():
    browser, run = await sync_to_async(a_run)()
    ws, _ = await opened(run.id, ORIGIN, cookie(browser))
    await User.objects.aupdate(is_active=False)
    assert await closed(ws) in (4401, 4404)


@pytest.mark.parametrize("way", ["session", "token", "ticket"])
async def test_a_new_password_ends_the_socket(way: str):
    browser, run = await sync_to_async(a_run)()
    user = await User.objects.aget()
    if way == "session":
        ws, _ = await opened(run.id, ORIGIN, cookie(browser))
    else:
        issue = tokens_issue if way == "token" else ticket_issue
        made: Any = await sync_to_async(issue)(user)
        frame = {"type": "auth", way: made.access if way == "token" else made}
        ws, _ = await opened(run.id)
        text = json.dumps(frame)
        await ws.send_input({"type": "websocket.receive", "text": text})
    snapshot: Any = await ws.receive_output(5)
    assert json.loads(snapshot["text"])["type"] == "snapshot"
    await sync_to_async(password_set)(user, "another-horse-9", by="test")
    assert await closed(ws) == 4401


async def test_who_cannot_be_checked_comes_back(monkeypatch: pytest.MonkeyPatch):
    browser, run = await sync_to_async(a_run)()
    ws, _ = await opened(run.id, ORIGIN, cookie(browser))
    await ws.receive_output(5)

    def broken(*args: object) -> None:
        raise OperationalError

    monkeypatch.setattr(access, "context_of_session", broken)
    assert await closed(ws) == 1013


@pytest.mark.parametrize("way", ["session", "token", "ticket"])
async def test_papers_end_by_themselves_but_for_a_session(
    way: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(Impatient, "papers_hold_s", 0.2)
    browser, run = await sync_to_async(a_run)()
    if way == "session":
        ws, _ = await opened(run.id, ORIGIN, cookie(browser))
        await ws.receive_output(5)
        assert await ws.receive_nothing(0.6)
        await left(ws)
        return
    user = await User.objects.aget()
    issue = tokens_issue if way == "token" else ticket_issue
    made: Any = await sync_to_async(issue)(user)
    frame = {"type": "auth", way: made.access if way == "token" else made}
    ws, _ = await opened(run.id)
    await ws.send_input({"type": "websocket.receive", "text": json.dumps(frame)})
    assert await closed(ws) == 4401


async def test_a_user_has_so_many_sockets_and_no_more(settings: Settings):
    settings.LIMITS = replace(settings.LIMITS, sockets_per_user=2)
    browser, run = await sync_to_async(a_run)()
    open_ones = [(await opened(run.id, ORIGIN, cookie(browser)))[0] for _ in range(2)]
    one_more, _ = await opened(run.id, ORIGIN, cookie(browser))
    assert await closed(one_more) == 4429
    await left(open_ones[0])
    again, _ = await opened(run.id, ORIGIN, cookie(browser))
    snapshot: Any = await again.receive_output(5)
    assert json.loads(snapshot["text"])["type"] == "snapshot"
    for ws in (open_ones[1], again):
        await left(ws)


async def test_a_session_without_an_origin_opens_nothing():
    browser, run = await sync_to_async(a_run)()
    ws, first = await opened(run.id, cookie(browser))
    assert first == "websocket.close"
    await left(ws)


@pytest.mark.parametrize(
    "cookies",
    [
        pytest.param(b"sessionid=\xff\xfe\xff\xff\xff\xff\xff\xff\xff", id="not-ASCII"),
        pytest.param(b"===;;;sessionid", id="no-cookies-at-all"),
        pytest.param(b"sessionid=" + b"a" * 9000, id="long"),
    ],
)
async def test_cookies_that_are_none_are_nobodys(cookies: bytes):
    headers = dict([ORIGIN, (b"cookie", cookies)])
    assert await sync_to_async(access.context_of_session)(headers) is None


def test_a_cookie_with_nul_reaches_no_query(django_assert_num_queries: Any):
    """Quoted, a cookie may hold any character, and PostgreSQL takes no NUL."""
    headers = dict([ORIGIN, (b"cookie", b'sessionid="abcdefgh\\000ijkl"')])
    with django_assert_num_queries(0):
        assert access.context_of_session(headers) is None
