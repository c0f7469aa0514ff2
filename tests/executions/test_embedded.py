"""What lets one process do it all: broker, layer, lock and first account."""

import asyncio
import os
import stat
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from channels.layers import InMemoryChannelLayer
from django.core.management import CommandError, call_command
from kombu import Connection, Queue
from pytest_django import Settings

from accounts.models import User
from autogpt_site.embedded import seed, transport
from autogpt_site.embedded.channel_layer import LoopSafeChannelLayer
from autogpt_site.embedded.lock import AlreadyRunning, ProcessLock
from core.ids import new_id
from executions.live.hints import GROUP, Hint, send_hints
from executions.live.hub import LiveHub
from graphs.models import Graph
from tests.servers import Process, Site

# --- The broker -----------------------------------------------------------------------


@pytest.fixture
def broker() -> Iterator[Connection]:
    transport.install()
    with Connection("doorbell://localhost//") as connection:
        yield connection


def test_a_message_wakes_its_consumer(broker: Connection):
    queue = Queue(f"test-{new_id()}")
    heard: list[Any] = []
    with broker.Consumer(queue, callbacks=[lambda body, m: heard.append(body)]):
        sender = threading.Timer(0.2, _publish, (queue.name,))
        sender.start()
        began = time.monotonic()
        broker.drain_events(timeout=10)  # told that there is something
        while not heard:
            broker.drain_events(timeout=10)
        assert time.monotonic() - began < 5
        sender.join()
    assert heard == ["ding"]


def _publish(queue: str) -> None:
    with Connection("doorbell://localhost//") as connection:
        connection.SimpleQueue(queue).put("ding", serializer="json")


def test_who_hears_nothing_does_not_keep_asking(broker: Connection, monkeypatch):
    asked: list[str] = []
    get = transport.Channel._get

    def noted(self: Any, queue: str, **options: Any) -> Any:
        asked.append(queue)
        return get(self, queue, **options)

    monkeypatch.setattr(transport.Channel, "_get", noted)
    with broker.Consumer(Queue(f"test-{new_id()}"), callbacks=[print]):
        began = time.monotonic()
        with pytest.raises(TimeoutError):
            broker.drain_events(timeout=0.5)
        assert time.monotonic() - began >= 0.4
    assert len(asked) <= 3


# --- The channel layer ----------------------------------------------------------------


class HomeLoop:
    """A loop in a thread, as the server's is for the engine."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever)
        self.thread.start()

    def run(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(10)

    def close(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()


@pytest.fixture
def home() -> Iterator[HomeLoop]:
    made = HomeLoop()
    LoopSafeChannelLayer.bind(made.loop)
    yield made
    LoopSafeChannelLayer.bind(None)
    made.close()


async def _started(layer: LoopSafeChannelLayer) -> tuple[str, "asyncio.Task[Any]"]:
    channel = await layer.new_channel()
    await layer.group_add(GROUP, channel)
    return channel, asyncio.create_task(layer.receive(channel))


def test_a_message_from_another_loop_is_heard_at_once(home: HomeLoop):
    layer = LoopSafeChannelLayer()
    _, receiving = home.run(_started(layer))
    began = time.monotonic()
    asyncio.run(layer.group_send(GROUP, {"type": "hints", "runs": [1]}))

    async def received() -> Any:
        return await receiving

    assert home.run(received()) == {"type": "hints", "runs": [1]}
    assert time.monotonic() - began < 2


def test_a_group_forgets_nobody(home: HomeLoop, monkeypatch: pytest.MonkeyPatch):
    """The hub joins once; a day later it must still hear."""
    layer = LoopSafeChannelLayer()
    channel, receiving = home.run(_started(layer))
    for members in layer.groups.values():
        members[channel] = time.time() - 10 * 86_400
    asyncio.run(layer.group_send(GROUP, {"type": "hints", "runs": []}))

    async def received() -> Any:
        return await asyncio.wait_for(receiving, 5)

    assert home.run(received())["type"] == "hints"


async def test_the_hub_tells_each_watcher_of_his_run_only():
    hub = LiveHub()
    await hub.start()
    one, two = str(new_id()), str(new_id())
    seen: list[Hint] = []
    hub.watch(one, seen.append)
    try:
        await send_hints([Hint(two, 3, True), Hint(one, 5, False)])
        async with asyncio.timeout(5):
            while not seen:
                await asyncio.sleep(0.01)
        assert (hub.has_ended(one), hub.has_ended(two)) == (False, True)
        hub.unwatch(one, seen.append)
        hub.unwatch(one, seen.append)  # once too often
    finally:
        await hub.stop()
    assert seen == [Hint(one, 5, False)]


async def test_the_hub_survives_what_its_layer_throws(monkeypatch, caplog):
    monkeypatch.setattr("executions.live.hub.RECONNECT_S", 0.01)
    receive, failures = InMemoryChannelLayer.receive, [OSError("gone")]

    async def flaky(self: Any, channel: str) -> Any:
        if failures:
            raise failures.pop()
        return await receive(self, channel)

    monkeypatch.setattr(InMemoryChannelLayer, "receive", flaky)
    layer = LoopSafeChannelLayer()
    for module in ("hub", "hints"):
        monkeypatch.setattr(f"executions.live.{module}.channel_layer", lambda: layer)
    hub, id = LiveHub(), str(new_id())
    seen: list[Hint] = []
    hub.watch(id, seen.append)
    await hub.start()
    try:
        async with asyncio.timeout(5):
            while not seen:
                await send_hints([Hint(id, 1, False)])
                await asyncio.sleep(0.01)
    finally:
        await hub.stop()
    assert "no hints for now" in caplog.text


# --- The process ----------------------------------------------------------------------


def test_a_lock_is_held_by_one_and_names_him(tmp_path: Path):
    first, second = (ProcessLock(tmp_path / "up.lock") for _ in range(2))
    with first._file, second._file:
        first.take()
        with pytest.raises(AlreadyRunning, match=rf"Process {os.getpid()} .*up\.lock"):
            second.take()


def test_a_second_server_on_the_same_data_gives_up(site: Site, tmp_path: Path):
    command = ["manage.py", "up", "--port", "1"]
    second = Process(command, tmp_path / "log", site.environment)
    try:
        assert second.popen.wait(30) == 1
    finally:
        second.kill()
    assert f"Process {site.process.popen.pid} is running already" in second.log
    assert "Traceback" not in second.log


def test_up_is_not_for_services_mode(settings: Settings):
    settings.SERVICES_MODE = True
    with pytest.raises(CommandError, match="embedded mode"):
        call_command("up")


@pytest.mark.django_db
def test_the_demo_account_is_made_once(settings: Settings, tmp_path: Path):
    settings.DATA_DIR = tmp_path
    first, second = seed.demo_account(), seed.demo_account()
    user = User.objects.get()
    assert first == second
    assert user.check_password(first.password)
    assert (user.is_superuser, user.email) == (True, seed.EMAIL)
    assert Graph.objects.count() == len(list(seed.EXAMPLES.glob("*.json"))) > 0
    mode = stat.S_IMODE((tmp_path / "demo-password").stat().st_mode)
    assert (mode, len(first.password)) == (0o600, 12)
