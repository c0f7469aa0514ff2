"""Websocket clients that watch runs: a process of its own.

Reads its orders as JSON from stdin. Says `ready` once every client has its snapshot.
When all runs have ended it prints how old the end of each node was when it arrived, in
milliseconds since the worker noted it.
"""

import asyncio
import sys
import time
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
from websockets.asyncio.client import ClientConnection, connect

ENDED_WITHIN_S: Final = 120
CONNECTING_AT_ONCE: Final = 10


@dataclass(frozen=True)
class Orders:
    """One client for each of `runs`; the same run may stand there several times."""

    url: str
    token: str
    runs: list[str]


@dataclass
class Book:
    ages_ms: list[float] = field(default_factory=list)
    events: int = 0
    first_at: float = 0.0
    last_at: float = 0.0

    def note(self, frame: dict[str, Any]) -> bool:
        """Whether the frame brought the end of the run."""
        now = time.time() * 1000
        for event in frame.get("events", ()):
            self.events += 1
            self.first_at = self.first_at or now
            self.last_at = now
            if event["type"] == "node.completed":
                self.ages_ms.append(now - event["at"])
            if event["type"] == "execution.finished":
                return True
        return False


class Watchers:
    def __init__(self, orders: Orders) -> None:
        self._orders = orders
        self._book = Book()
        self._gate = asyncio.Semaphore(CONNECTING_AT_ONCE)
        self._connected = 0

    async def watch(self) -> dict[str, Any]:
        async with asyncio.timeout(ENDED_WITHIN_S), asyncio.TaskGroup() as group:
            for run in self._orders.runs:
                group.create_task(self._client(run))
        book = self._book
        seconds = (book.last_at - book.first_at) / 1000
        return {"ages_ms": book.ages_ms, "per_s": book.events / seconds}

    async def _client(self, run: str) -> None:
        async with self._gate:
            socket = await self._opened(run)
        self._connected += 1
        if self._connected == len(self._orders.runs):
            print("ready", flush=True)
        while not self._book.note(orjson.loads(await socket.recv())):
            pass
        await socket.close()

    async def _opened(self, run: str) -> ClientConnection:
        """Signed in, and told how the run stands."""
        address = f"{self._orders.url}/ws/executions/{run}/"
        socket = await connect(address, proxy=None, compression=None)
        await socket.send(
            orjson.dumps({"type": "auth", "token": self._orders.token}), text=True
        )
        frame = orjson.loads(await socket.recv())
        if frame["type"] != "snapshot":
            raise RuntimeError(f"no snapshot but {frame}")
        return socket


def main() -> None:
    orders = Orders(**orjson.loads(sys.stdin.buffer.readline()))
    found = asyncio.run(Watchers(orders).watch())
    found["cpu_s"] = time.process_time()
    print(orjson.dumps(found).decode())


if __name__ == "__main__":
    main()
