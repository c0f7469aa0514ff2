"""One stream of events and one socket, without a server around them."""

import asyncio
from typing import Any
from uuid import UUID

import orjson
import pytest
from asgiref.sync import sync_to_async
from asgiref.testing import ApplicationCommunicator
from django.db import connection

from accounts.services import tokens_issue
from executions.engine.database_journal import _flush_patiently
from executions.engine.journal import RunHandle
from executions.live import stream
from executions.live.consumer import LiveConsumer
from executions.live.glimpses import TEXT_AT_MOST, Glimpse
from executions.live.hints import Hint
from executions.live.hub import LiveHub
from executions.live.stream import EventStream
from tests.executions.rows import entry, make_execution, the_end

pytestmark = pytest.mark.django_db(transaction=True)


def finished(user: Any, events: int) -> UUID:
    """A run that has ended after so many events."""
    row = make_execution(user)
    run = RunHandle(row.id, row.lease_token)
    _flush_patiently([entry(run, events, end=the_end())])
    connection.close()
    return row.id


async def frames_of(id: UUID, after: int | None) -> list[Any]:
    frames: list[Any] = []

    async def send(frame: bytes) -> None:
        frames.append(orjson.loads(frame))

    async with asyncio.timeout(10):
        await EventStream(id, LiveHub(), send).run(after)
    return frames


@pytest.mark.parametrize(
    ("after", "types"),
    [
        pytest.param(None, ["snapshot"], id="no number"),
        pytest.param(0, ["snapshot"], id="too far behind"),
        pytest.param(4, ["events"], id="not too far"),
        pytest.param(14, [], id="it has them all"),
        pytest.param(99, [], id="more than there are"),
    ],
)
async def test_who_is_too_far_behind_gets_a_snapshot(alice, monkeypatch, after, types):
    monkeypatch.setattr(stream, "SNAPSHOT_ABOVE", 10)
    id = await sync_to_async(finished)(alice, 14)
    frames = await frames_of(id, after)
    assert [frame["type"] for frame in frames] == types
    assert all(frame.get("seq", 14) == 14 for frame in frames)


async def test_frames_are_of_a_limited_size(alice, monkeypatch):
    monkeypatch.setattr(stream, "FRAME_EVENTS", 6)
    frames = await frames_of(await sync_to_async(finished)(alice, 14), 0)
    sizes = [len(frame["events"]) for frame in frames]
    assert sizes == [6, 6, 2]


async def test_hints_that_come_while_sending_are_not_lost(alice):
    """A watcher that is slow to take a frame still gets all that came meanwhile."""
    row = await sync_to_async(make_execution)(alice)
    run, hub = RunHandle(row.id, row.lease_token), LiveHub()
    frames: list[Any] = []

    def write(count: int, **more: Any) -> None:
        _flush_patiently([entry(run, count, **more)])
        connection.close()

    async def send(frame: bytes) -> None:
        frames.append(orjson.loads(frame))
        if len(frames) == 1:
            await sync_to_async(write)(3, end=the_end())
            hub._hear({"type": "hints", "runs": [Hint(str(row.id), run.seq, True)]})

    await sync_to_async(write)(2)
    async with asyncio.timeout(10):
        await EventStream(row.id, hub, send).run(0)
    seen = [event["seq"] for frame in frames for event in frame["events"]]
    assert seen == [1, 2, 3, 4, 5]
    assert (hub._watchers, hub._onlookers) == ({}, {})


async def test_glimpses_go_out_before_the_event_that_follows_them(alice):
    """Parts of a text that came between two frames are one; they have no number."""
    row = await sync_to_async(make_execution)(alice)
    run, hub = RunHandle(row.id, row.lease_token), LiveHub()
    frames: list[Any] = []

    def write(count: int, **more: Any) -> None:
        _flush_patiently([entry(run, count, **more)])
        connection.close()

    def show(*glimpses: Any) -> None:
        shown = [[str(row.id), "n", 1, 1, *glimpse] for glimpse in glimpses]
        hub._hear({"type": "glimpses", "glimpses": shown})

    async def send(frame: bytes) -> None:
        frames.append(orjson.loads(frame))
        if len(frames) == 1:
            show(("Once ", None, 0, ""), ("upon", 1, 4, "page"))
        elif len(frames) == 2:
            await sync_to_async(write)(1, end=the_end())
            hub._hear({"type": "hints", "runs": [Hint(str(row.id), run.seq, True)]})

    await sync_to_async(write)(2)
    async with asyncio.timeout(10):
        await EventStream(row.id, hub, send).run(0)
    assert [frame["type"] for frame in frames] == ["events", "live", "events"]
    progress = {"done": 1, "total": 4, "note": "page"}
    assert frames[1]["nodes"] == [
        {"node_id": "n", "number": 1, "attempt": 1, "text": "Once upon",
         "progress": progress}
    ]  # fmt: skip


def test_of_a_long_text_that_nobody_read_the_end_is_kept():
    glimpse = Glimpse(1)
    for part in ("a" * TEXT_AT_MOST, "b"):
        glimpse.add(Glimpse(1, text=part))
    assert glimpse.text == "a" * (TEXT_AT_MOST - 1) + "b"
    glimpse.add(Glimpse(2, text="again"))
    assert (glimpse.attempt, glimpse.text) == (2, "again")


# --- The socket -----------------------------------------------------------------------


async def opened(id: UUID) -> ApplicationCommunicator:
    """A socket that was accepted and comes with neither cookie nor Origin."""
    LiveConsumer.hub = LiveHub()
    scope = {
        "type": "websocket",
        "headers": [],
        "query_string": b"",
        "url_route": {"kwargs": {"id": id}},
    }
    application: Any = LiveConsumer.as_asgi()
    ws = ApplicationCommunicator(application, scope)
    await ws.send_input({"type": "websocket.connect"})
    assert (await ws.receive_output(5))["type"] == "websocket.accept"
    return ws


async def end(ws: ApplicationCommunicator) -> None:
    await ws.send_input({"type": "websocket.disconnect", "code": 1000})
    await ws.wait(5)


async def closed_with(ws: ApplicationCommunicator) -> int:
    """The code; frames before it are left out."""
    while (message := await ws.receive_output(5))["type"] != "websocket.close":
        assert message["type"] == "websocket.send"
    return int(message["code"])


async def test_who_does_not_say_who_he_is_is_sent_away(alice, monkeypatch):
    monkeypatch.setattr(LiveConsumer, "auth_within_s", 0.05)
    ws = await opened(await sync_to_async(finished)(alice, 1))
    assert await closed_with(ws) == 4401
    await end(ws)


async def test_a_stream_that_breaks_ends_the_socket(alice, monkeypatch, caplog):
    async def broken(self: EventStream, after: int | None) -> None:
        raise ConnectionError("the database is away")

    monkeypatch.setattr(EventStream, "run", broken)
    ws = await opened(await sync_to_async(finished)(alice, 1))
    token = str((await sync_to_async(tokens_issue)(alice)).access)
    frame = orjson.dumps({"type": "auth", "token": token}).decode()
    await ws.send_input({"type": "websocket.receive", "text": frame})
    assert await closed_with(ws) == 1013
    assert "a stream broke off" in caplog.text
    await end(ws)
