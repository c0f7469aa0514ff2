"""Open connections that nobody uses, for who comes next with the same account."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

T = TypeVar("T")

_EACH: Final = 5
_IN_ALL: Final = 100
_SECONDS: Final = 60.0


@dataclass(eq=False, slots=True)
class _Idle(Generic[T]):
    connection: T
    timer: asyncio.TimerHandle


@dataclass(eq=False, slots=True)
class IdleConnections(Generic[T]):
    """Belongs to one event loop. `close` ends a connection that waited too long, or
    for which there is no room; with room for none, each serves one call."""

    close: Callable[[T], Awaitable[None]]
    each: int = _EACH
    in_all: int = _IN_ALL
    seconds: float = _SECONDS
    _waiting: dict[Hashable, deque[_Idle[T]]] = field(default_factory=dict)
    _closing: set[asyncio.Future[None]] = field(default_factory=set)

    def take(self, key: Hashable) -> T | None:
        """One that waits, if there is one: the last that was given."""
        queue = self._waiting.get(key)
        if not queue:
            return None
        idle = queue.pop()
        idle.timer.cancel()
        return idle.connection

    async def give(self, key: Hashable, connection: T) -> None:
        """Let it wait for the next; it is as a new one would be."""
        queue = self._waiting.setdefault(key, deque())
        in_all = sum(map(len, self._waiting.values()))
        if len(queue) >= self.each or in_all >= self.in_all:
            await self.close(connection)
            return
        loop = asyncio.get_running_loop()
        idle = _Idle(connection, loop.call_later(self.seconds, self._expire, key))
        queue.append(idle)

    async def aclose(self) -> None:
        """Close all that wait."""
        waiting = [idle for queue in self._waiting.values() for idle in queue]
        self._waiting.clear()
        for idle in waiting:
            idle.timer.cancel()
            await self.close(idle.connection)
        if self._closing:
            await asyncio.gather(*self._closing)

    def _expire(self, key: Hashable) -> None:
        """The one that waited longest; each has a timer of its own."""
        idle = self._waiting[key].popleft()
        closing = asyncio.ensure_future(self.close(idle.connection))
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)
        if not self._waiting[key]:
            del self._waiting[key]
