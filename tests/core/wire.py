"""A network that goes nowhere and counts, and a real one on loopback."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from ssl import SSLContext

import httpcore

PUBLIC = "93.184.215.14"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

Handler = Callable[[asyncio.StreamWriter], Awaitable[None]]


def redirect(location: str, status: int = 302) -> bytes:
    head = f"HTTP/1.1 {status} Go\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n"
    return head.encode()


class RecordingStream(httpcore.AsyncMockStream):
    def __init__(self, answer: bytes, network: "FakeNetwork") -> None:
        super().__init__([answer])
        self._network = network

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._network.writes.append(buffer)

    async def start_tls(
        self,
        ssl_context: SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.AsyncNetworkStream:
        self._network.tls_names.append(server_hostname)
        return self


class FakeNetwork(httpcore.AsyncNetworkBackend):
    """Answers the connections in turn, the last answer again and again."""

    def __init__(self, *answers: bytes, dead: frozenset[str] = frozenset()) -> None:
        self._answers = answers or (OK,)
        self._dead = dead
        self.connects: list[tuple[str, int]] = []
        self.tls_names: list[str | None] = []
        self.writes: list[bytes] = []

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        self.connects.append((host, port))
        if host in self._dead:
            raise httpcore.ConnectError
        index = min(len(self.connects), len(self._answers)) - 1
        return RecordingStream(self._answers[index], self)

    def requests(self) -> list[str]:
        """What was sent, in lower case, one text per request."""
        requests: list[str] = []
        for text in (part.decode().lower() for part in self.writes):
            if " http/1.1\r\n" in text:
                requests.append("")
            requests[-1] += text
        return [text.replace(" http/1.1\r\n", "\r\n") for text in requests]


class FakeResolver:
    """Knows a few hosts; each has a list of answers, the last one for ever."""

    def __init__(self, hosts: Mapping[str, list[list[str]]]) -> None:
        self._hosts = hosts
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> list[str]:
        self.asked.append(host)
        if host not in self._hosts:
            raise OSError
        answers = self._hosts[host]
        return answers[min(self.asked.count(host), len(answers)) - 1]


def public_hosts(*names: str) -> FakeResolver:
    return FakeResolver({name: [[PUBLIC]] for name in names})


@asynccontextmanager
async def serve(handlers: Mapping[str, Handler]) -> AsyncIterator[int]:
    """A real HTTP server on loopback; gives its port."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter):
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            await handlers[head.split()[1].decode()](writer)
            await writer.drain()
        except (ConnectionError, asyncio.CancelledError, asyncio.IncompleteReadError):
            pass  # The client hung up, as some tests want it to.
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]
