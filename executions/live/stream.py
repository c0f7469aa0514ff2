"""One execution's events for one watcher: what is stored, then what is added."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final
from uuid import UUID

import orjson
from channels.db import database_sync_to_async

from blocks.values import JsonObject
from executions import selectors
from executions.live.glimpses import Glimpse, Place
from executions.live.hints import Hint
from executions.live.hub import LiveHub

COALESCE_S: Final = 0.03
LOOK_EVERY_S: Final = 2.0
FRAME_EVENTS: Final = 500
SNAPSHOT_ABOVE: Final = 5_000
"""A watcher so many events behind gets the view as it is instead of each event."""


class EventStream:
    """Sends frames until the execution has ended or the task is cancelled.

    The next events are read only when the last frame has gone out, so that a slow
    watcher holds nothing but its own place.
    """

    def __init__(
        self,
        execution_id: UUID,
        hub: LiveHub,
        send: Callable[[bytes], Awaitable[None]],
    ) -> None:
        self._id = execution_id
        self._hub = hub
        self._send = send
        self._news = asyncio.Event()
        self._latest = 0
        self._sent_at = -COALESCE_S
        self._glimpses: dict[Place, Glimpse] = {}

    async def run(self, after: int | None) -> None:
        with self._hub.watched(str(self._id), self._hear, self._see):
            seen = await self._first(after)
            ended = False
            while not ended:
                seen, ended = await self._catch_up(seen)
                if not ended:
                    await self._wait()
                    await self._show()

    async def _first(self, after: int | None) -> int:
        """Where events begin: at `after`, unless catching up finds that too far back,
        or behind a snapshot."""
        if after is None:
            return await self._snapshot()
        last = await database_sync_to_async(selectors.last_seq)(self._id)
        self._latest = max(self._latest, last)
        return after

    def _hear(self, hint: Hint) -> None:
        self._latest = max(self._latest, hint.last_seq)
        self._news.set()

    def _see(self, place: Place, glimpse: Glimpse) -> None:
        self._glimpses.setdefault(place, Glimpse(glimpse.attempt)).add(glimpse)
        self._news.set()

    async def _show(self) -> None:
        """What is not recorded goes before what is: its event may follow at once."""
        glimpses, self._glimpses = self._glimpses, {}
        if glimpses:
            nodes = [glimpse.as_json(place) for place, glimpse in glimpses.items()]
            frame = {"type": "live", "execution_id": str(self._id), "nodes": nodes}
            await self._send(orjson.dumps(frame))

    async def _wait(self) -> None:
        """For a hint; now and then look anyhow, for hints may get lost."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._news.wait(), LOOK_EVERY_S)
            # News after a pause goes out at once; what follows it, together.
            since = asyncio.get_running_loop().time() - self._sent_at
            await asyncio.sleep(max(0.0, COALESCE_S - since))
        self._news.clear()
        self._sent_at = asyncio.get_running_loop().time()

    async def _snapshot(self) -> int:
        view = await database_sync_to_async(selectors.view_of)(self._id)
        await self._send(
            orjson.dumps(
                {
                    "type": "snapshot",
                    "execution_id": str(self._id),
                    "seq": view["seq"],
                    "view": view,
                }
            )
        )
        seq: int = view["seq"]
        return seq

    async def _catch_up(self, seen: int) -> tuple[int, bool]:
        """Send all that is stored; answers how far it went and whether that is all."""
        read = database_sync_to_async(selectors.events_after)
        while events := await read(self._id, seen, FRAME_EVENTS):
            if self._latest - seen > SNAPSHOT_ABOVE:
                seen = await self._snapshot()
                continue
            await self._send(_frame(self._id, events))
            seen = int(events[-1]["seq"])  # type: ignore[arg-type]
            if events[-1]["type"] == "execution.finished":
                return seen, True
            if len(events) < FRAME_EVENTS and seen >= self._latest:
                return seen, False  # without asking: its end would be an event
        return seen, await self._is_over(seen)

    async def _is_over(self, seen: int) -> bool:
        """Nothing new: either it goes on, or the watcher had the end already."""
        return await database_sync_to_async(selectors.ends_at)(self._id, seen)


def _frame(execution_id: UUID, events: list[JsonObject]) -> bytes:
    return orjson.dumps(
        {"type": "events", "execution_id": str(execution_id), "events": events}
    )
