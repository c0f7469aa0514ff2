"""The in-memory channel layer, usable from every loop of the process.

Its queues belong to the server's loop; a put from another loop would be noticed only
at that loop's next wake-up. So all calls are carried to the server's loop.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from channels.layers import InMemoryChannelLayer

T = TypeVar("T")


class LoopSafeChannelLayer(InMemoryChannelLayer):
    """`bind` names the home loop; the server does it when it starts."""

    _home: asyncio.AbstractEventLoop | None = None

    @classmethod
    def bind(cls, loop: asyncio.AbstractEventLoop | None) -> None:
        cls._home = loop

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        await self._at_home(super().group_send(group, message))

    async def send(self, channel: str, message: dict[str, Any]) -> None:
        await self._at_home(super().send(channel, message))

    async def group_add(self, group: str, channel: str) -> None:
        await self._at_home(super().group_add(group, channel))

    async def group_discard(self, group: str, channel: str) -> None:
        await self._at_home(super().group_discard(group, channel))

    def _clean_expired(self) -> None:
        """Nothing expires: a group that forgot the hub, because it joined a day ago or
        was slow for a minute, would be silent for good. Queues have a capacity."""

    async def _at_home(self, call: Coroutine[Any, Any, T]) -> T:
        home = self._home
        if home is None or home.is_closed() or home is asyncio.get_running_loop():
            return await call
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(call, home))
