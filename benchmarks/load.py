"""The load generator: a process of its own that speaks HTTP/1.1 and little else.

A general client costs as much as the server it measures; this one costs a small part,
and says which. Reads its orders as JSON from stdin, prints what it measured as JSON.
"""

import asyncio
import re
import sys
import time
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any

import orjson

_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


@dataclass(frozen=True)
class Orders:
    """`clients` send one request after the other, taking the paths in turn, for
    `seconds` after a warm-up; or, with `once`, one request each and all together.

    An answer is good if its status is 2xx and it contains `expect`.
    """

    port: int
    token: str
    method: str
    paths: list[str]
    body: str = ""
    expect: str = ""
    clients: int = 1
    warm_up_s: float = 2.0
    seconds: float = 6.0
    once: bool = False

    def requests(self) -> list[bytes]:
        return [self._request(path) for path in self.paths]

    def _request(self, path: str) -> bytes:
        head = (
            f"{self.method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n"
            f"Authorization: Bearer {self.token}\r\nAccept: application/json\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(self.body)}\r\n"
        )
        return f"{head}\r\n{self.body}".encode()


@dataclass
class Book:
    """What was measured: (when it began, when it ended) of each good answer."""

    good: list[tuple[float, float]] = field(default_factory=list)
    errors: int = 0
    example: str = ""

    def note(self, began: float, answer: bytes, expect: bytes) -> None:
        if answer.startswith(b"HTTP/1.1 2") and expect in answer:
            self.good.append((began, time.perf_counter()))
        else:
            self.errors += 1
            self.example = answer[:2000].decode(errors="replace")


class Client(asyncio.Protocol):
    """Sends its next request once it has the whole answer to the last."""

    def __init__(self, orders: Orders, book: Book, until: float) -> None:
        self._requests = cycle(orders.requests())
        self._expect = orders.expect.encode()
        self._until = 0.0 if orders.once else until
        self._book = book
        self._buffer = b""
        self._began = 0.0
        self._transport: Any = None
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def send(self) -> None:
        self._began = time.perf_counter()
        self._transport.write(next(self._requests))

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not is_whole(self._buffer):
            return
        self._book.note(self._began, self._buffer, self._expect)
        self._buffer, self._began = b"", 0.0
        if time.perf_counter() < self._until:
            self.send()
        else:
            self._transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        if self._began:  # no answer, or not all of it
            self._book.note(self._began, b"", self._expect)
        if not self.done.done():
            self.done.set_result(None)


def is_whole(answer: bytes) -> bool:
    """
    Raises:
        ValueError: an answer of unknown length.
    """
    end = answer.find(b"\r\n\r\n")
    if end < 0:
        return False
    length = _LENGTH.search(answer, 0, end)
    if length is None:
        raise ValueError(f"no Content-Length: {answer[:end]!r}")
    return len(answer) >= end + 4 + int(length[1])


async def measure(orders: Orders) -> dict[str, Any]:
    book = Book()
    until = time.perf_counter() + orders.warm_up_s + orders.seconds
    clients = [await _connected(orders, book, until) for _ in range(orders.clients)]
    busy, began = time.process_time(), time.perf_counter()
    for client in clients:
        client.send()
    await asyncio.gather(*(client.done for client in clients))
    elapsed = time.perf_counter() - began
    since = began if orders.once else until - orders.seconds
    return {
        **_within(book, since, until),
        "errors": book.errors,
        "example": book.example,
        "elapsed_s": elapsed,
        "cpu_share": (time.process_time() - busy) / elapsed,
    }


def _within(book: Book, since: float, until: float) -> dict[str, Any]:
    """Answers that ended in the window count, so that what is slow counts too."""
    took = [end - began for began, end in book.good if since <= end]
    in_time = sum(since <= end < until for _, end in book.good)
    return {
        "latencies_ms": [seconds * 1000 for seconds in took],
        "per_s": in_time / (until - since),
    }


async def _connected(orders: Orders, book: Book, until: float) -> Client:
    _, client = await asyncio.get_running_loop().create_connection(
        lambda: Client(orders, book, until), "127.0.0.1", orders.port
    )
    return client


def main() -> None:
    orders = Orders(**orjson.loads(sys.stdin.buffer.read()))
    sys.stdout.buffer.write(orjson.dumps(asyncio.run(measure(orders))))


if __name__ == "__main__":
    main()
