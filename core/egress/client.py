"""The guarded HTTP client: one request, its redirects and its limits."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from functools import cache, cached_property
from typing import Final

import httpcore

from core.egress.connect import Connector
from core.egress.errors import EgressError, blocked
from core.egress.messages import (
    Redirect,
    Request,
    Response,
    StreamedResponse,
    checked_headers,
    checked_method,
    on_the_wire,
    read_answer,
    redirected,
    streamed,
)
from core.egress.network import GuardedNetwork, Resolver, resolve
from core.egress.urls import DEFAULT_PORTS, Allow, Target, parse_url, redirect_url

DEFAULT_TIMEOUT_S: Final = 30.0
DEFAULT_MAX_BYTES: Final = 10 * 1024 * 1024
_MAX_REDIRECTS: Final = 5


class EgressClient:
    """Sends requests to public hosts, and to those opened in `allow`.

    It keeps connections but no cookies, and reads no proxy from the environment. Make
    one for each event loop and close it there.
    """

    def __init__(
        self,
        *,
        allow: Allow = frozenset(),
        ports: frozenset[int] = DEFAULT_PORTS,
        resolver: Resolver = resolve,
        network: httpcore.AsyncNetworkBackend | None = None,
        ssl_context: ssl.SSLContext | None = None,
        max_connections: int = 500,
    ) -> None:
        self._allow = allow
        self._ports = ports
        self._loop: asyncio.AbstractEventLoop | None = None
        self._network = GuardedNetwork(
            network or httpcore.AnyIOBackend(), resolver, allow
        )
        self.connector = Connector(allow=allow, resolver=resolver)
        self._ssl_context = ssl_context
        self._max_connections = max_connections

    @cached_property
    def _pool(self) -> httpcore.AsyncConnectionPool:
        """Made for the first request: reading the authorities takes a while."""
        return httpcore.AsyncConnectionPool(
            ssl_context=self._ssl_context or _default_ssl_context(),
            max_connections=self._max_connections,
            max_keepalive_connections=100,
            keepalive_expiry=15.0,
            network_backend=self._network,
        )

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        timeout_s: float = DEFAULT_TIMEOUT_S,
        max_bytes: int = DEFAULT_MAX_BYTES,
    ) -> Response:
        """Send one request and follow its redirects; any status is an answer.

        `timeout_s` spans all of it, from the look-up of the host to the last byte.

        Raises:
            EgressError: it was refused, or there is no complete answer in the limits.
        """
        self._check_loop()
        request = Request(
            method=checked_method(method),
            target=self._target(url),
            headers=checked_headers(headers or {}),
            body=body,
        )
        try:
            async with asyncio.timeout(timeout_s):
                return await self._follow(request, max_bytes)
        except TimeoutError:
            message = f"timeout: no complete answer within {timeout_s:g} s"
            raise EgressError(message, "timeout") from None

    @asynccontextmanager
    async def stream(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        timeout_s: float = DEFAULT_TIMEOUT_S,
        max_bytes: int = DEFAULT_MAX_BYTES,
    ) -> AsyncIterator[StreamedResponse]:
        """Send one request and read the answer while it comes; follows no redirect.

        `timeout_s` spans all of it, to the end of the block.

        Raises:
            EgressError: as for `request`.
        """
        self._check_loop()
        request = Request(
            method=checked_method(method),
            target=self._target(url),
            headers=checked_headers(headers or {}),
            body=body,
        )
        try:
            async with asyncio.timeout(timeout_s):
                wire = on_the_wire(request, accepted="identity")
                with _translated(request):
                    answer = await self._pool.handle_async_request(wire)
                    try:
                        yield streamed(request, answer, max_bytes)
                    finally:
                        await answer.aclose()
        except TimeoutError:
            message = f"timeout: no complete answer within {timeout_s:g} s"
            raise EgressError(message, "timeout") from None

    async def aclose(self) -> None:
        """Close all connections. Requests under way fail."""
        await self.connector.aclose()
        if "_pool" in self.__dict__:
            await self._pool.aclose()

    def _check_loop(self) -> None:
        loop = asyncio.get_running_loop()
        self._loop = self._loop or loop
        if self._loop is not loop:
            raise RuntimeError(
                "an EgressClient belongs to one event loop: make another"
            )

    def _target(self, url: str) -> Target:
        return parse_url(url, ports=self._ports, allow=self._allow)

    async def _follow(self, request: Request, max_bytes: int) -> Response:
        for _ in range(_MAX_REDIRECTS + 1):
            answer = await self._send(request, max_bytes)
            if isinstance(answer, Response):
                return answer
            target = self._target(redirect_url(request.target, answer.location))
            request = redirected(request, target, answer.status)
        host = request.target.host
        raise blocked(f"{host} gave more than {_MAX_REDIRECTS} redirects in a row")

    async def _send(self, request: Request, max_bytes: int) -> Response | Redirect:
        """One exchange. What httpcore raises becomes our own error."""
        with _translated(request):
            answer = await self._pool.handle_async_request(on_the_wire(request))
            try:
                return await read_answer(request, answer, max_bytes)
            finally:
                await answer.aclose()


@contextmanager
def _translated(request: Request) -> Iterator[None]:
    try:
        yield
    except httpcore.TimeoutException:
        raise TimeoutError from None
    except (httpcore.NetworkError, httpcore.ProtocolError) as error:
        message = f"{request.target.host} is unreachable: {_cause(error)}"
        raise EgressError(message, "unreachable") from None


@cache
def _default_ssl_context() -> ssl.SSLContext:
    import httpx

    return httpx.create_ssl_context(trust_env=False)


def _cause(error: Exception) -> str:
    match error:
        case httpcore.RemoteProtocolError():
            return "it does not speak HTTP, or hung up early"
        case httpcore.ConnectError():
            return "no secure connection could be made"
        case httpcore.LocalProtocolError():
            return "the request cannot be sent as it is"
    return "the connection broke"
