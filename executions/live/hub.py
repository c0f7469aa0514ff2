"""One subscription for each server process, shared by all its watchers and waiters."""

import asyncio
import logging
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

from executions.live.glimpses import Glimpse, Place
from executions.live.hints import GROUP, Hint, channel_layer

logger = logging.getLogger(__name__)

RECENT_ENDS: Final = 20_000
RECONNECT_S: Final = 1.0

Watcher = Callable[[Hint], None]
Onlooker = Callable[[Place, Glimpse], None]


class LiveHub:
    """Lives on the server's loop. `watch` tells of every hint for an execution, and an
    onlooker of every glimpse."""

    def __init__(self) -> None:
        self._watchers: dict[str, set[Watcher]] = defaultdict(set)
        self._onlookers: dict[str, set[Onlooker]] = {}
        self._ended: OrderedDict[str, None] = OrderedDict()
        self._task: asyncio.Task[None] | None = None
        self._subscribed = asyncio.Event()

    async def start(self) -> None:
        """Return once hints are heard, or a second later when they cannot be."""
        self._task = asyncio.create_task(self._listen(), name="live hub")
        with suppress(TimeoutError):
            await asyncio.wait_for(self._subscribed.wait(), RECONNECT_S)

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    def watch(self, execution_id: str, watcher: Watcher) -> None:
        self._watchers[execution_id].add(watcher)

    def unwatch(self, execution_id: str, watcher: Watcher) -> None:
        watchers = self._watchers.get(execution_id, set())
        watchers.discard(watcher)
        if not watchers:
            self._watchers.pop(execution_id, None)

    @contextmanager
    def watched(
        self, execution_id: str, watcher: Watcher, onlooker: Onlooker
    ) -> Iterator[None]:
        """Both, for as long as it lasts."""
        self.watch(execution_id, watcher)
        onlookers = self._onlookers.setdefault(execution_id, set())
        onlookers.add(onlooker)
        try:
            yield
        finally:
            self.unwatch(execution_id, watcher)
            onlookers.discard(onlooker)
            if not onlookers:
                self._onlookers.pop(execution_id, None)

    def has_ended(self, execution_id: str) -> bool:
        """True if a hint has said so lately; False says nothing."""
        return execution_id in self._ended

    async def _listen(self) -> None:
        while True:
            try:
                await self._subscribe()
            except Exception:
                logger.warning("live: no hints for now; trying again", exc_info=True)
                await asyncio.sleep(RECONNECT_S)

    async def _subscribe(self) -> None:
        layer = channel_layer()
        channel = await layer.new_channel()
        await layer.group_add(GROUP, channel)
        self._subscribed.set()
        while True:
            self._hear(await layer.receive(channel))

    def _hear(self, message: dict[str, Any]) -> None:
        if message["type"] == "glimpses":
            self._show(message["glimpses"])
            return
        for execution_id, last_seq, is_final in message["runs"]:
            hint = Hint(execution_id, last_seq, is_final)
            if is_final:
                self._remember_end(execution_id)
            for watcher in tuple(self._watchers.get(execution_id, ())):
                watcher(hint)

    def _show(self, glimpses: list[Any]) -> None:
        for execution_id, node_id, number, *seen in glimpses:
            place = (execution_id, node_id, number)
            for onlooker in tuple(self._onlookers.get(execution_id, ())):
                onlooker(place, Glimpse(*seen))

    def _remember_end(self, execution_id: str) -> None:
        self._ended[execution_id] = None
        if len(self._ended) > RECENT_ENDS:
            self._ended.popitem(last=False)
