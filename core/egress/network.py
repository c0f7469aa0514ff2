"""The one place where a connection is opened: resolve, judge all, connect to those."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Final, TypeAlias

import httpcore

from core.egress.addresses import read_address, why_closed
from core.egress.errors import EgressError, blocked
from core.egress.urls import Allow

Resolver: TypeAlias = Callable[[str, int], Awaitable[Sequence[str]]]
"""Answers with the addresses of a host; raises OSError if it has none."""

_MAX_ADDRESSES_TRIED: Final = 4
_CONNECT_SECONDS: Final = 5.0


async def resolve(host: str, port: int) -> Sequence[str]:
    """Ask the system's resolver."""
    loop = asyncio.get_running_loop()
    answers = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(answer[4][0]) for answer in answers]


class GuardedNetwork(httpcore.AsyncNetworkBackend):
    """Opens connections to judged addresses only.

    The pool above it asks for a host by name. What it gets is bound to an address that
    was judged in the same call, so no second look-up can lead elsewhere; the name is
    still what TLS checks. Hosts in `allow` are connected to wherever they are.
    """

    def __init__(
        self, inner: httpcore.AsyncNetworkBackend, resolver: Resolver, allow: Allow
    ) -> None:
        self._inner = inner
        self._resolver = resolver
        self._allow = allow

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        addresses = await judged_addresses(host, port, self._resolver, self._allow)
        for address in addresses[:_MAX_ADDRESSES_TRIED]:
            try:
                return await self._inner.connect_tcp(
                    address, port, _CONNECT_SECONDS, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        raise EgressError(f"{host} is unreachable: it does not answer", "unreachable")


async def judged_addresses(
    host: str, port: int, resolver: Resolver, allow: Allow
) -> list[str]:
    """The addresses of a canonical host. One that is closed refuses them all.

    Raises:
        EgressError: code `egress_blocked` or `unreachable`.
    """
    answers = await _answers(host, port, resolver)
    try:
        addresses = [read_address(text) for text in answers]
    except ValueError:
        raise blocked(f"the look-up of {host} gave no valid address") from None
    if (host, port) not in allow:
        for address in addresses:
            if kind := why_closed(address):
                raise blocked(f"{host} is at a {kind} address, not a public one")
    return list(dict.fromkeys(map(str, addresses)))


async def _answers(host: str, port: int, resolver: Resolver) -> Sequence[str]:
    try:
        return (str(read_address(host)),)
    except ValueError:
        pass  # A name, then.
    try:
        return await resolver(host, port)
    except (OSError, UnicodeError):
        message = f"{host} is unreachable: no such host is known"
        raise EgressError(message, "unreachable") from None
