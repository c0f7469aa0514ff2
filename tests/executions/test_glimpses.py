"""What blocks show at once, from whichever thread they run in."""

import asyncio

from blocks.context import NodeIdentity
from executions.live import glimpses as module
from executions.live.glimpses import Glimpses

CALLER = NodeIdentity(execution_id="e", node_id="n")


class Layer:
    def __init__(self):
        self.sent = []

    async def group_send(self, group, message):
        self.sent += message["glimpses"]


async def shown(monkeypatch, show):
    layer = Layer()
    monkeypatch.setattr(module, "channel_layer", lambda: layer)
    monkeypatch.setattr(module, "SEND_EVERY_S", 0.001)
    await show(Glimpses().of(CALLER))
    async with asyncio.timeout(5):
        while not layer.sent:
            await asyncio.sleep(0.001)
    return layer.sent


async def test_progress_from_the_loop(monkeypatch):
    async def show(live):
        live.progress(1, 2, "half")

    assert await shown(monkeypatch, show) == [["e", "n", 1, 1, "", 1, 2, "half"]]


async def test_progress_from_a_thread(monkeypatch):
    """Where blocks run that burn CPU."""

    async def show(live):
        await asyncio.to_thread(live.progress, 1, 2, "half")

    assert await shown(monkeypatch, show) == [["e", "n", 1, 1, "", 1, 2, "half"]]
