"""Raw connections for protocols that are not HTTP, judged in the same way.

Whoever speaks the protocol gets an address or an open socket; the name stays what TLS
checks, and no second look-up can lead elsewhere.
"""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import cache
from ipaddress import IPv6Address, ip_address
from typing import Final

from core.egress.errors import EgressError, blocked
from core.egress.network import Resolver, judged_addresses, resolve
from core.egress.urls import Allow, canonical_host, is_local_name

_MAX_ADDRESSES_TRIED: Final = 4
_CONNECT_SECONDS: Final = 5.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Peer:
    """A judged host: its name in canonical form, and where it may be connected to."""

    host: str
    port: int
    addresses: tuple[str, ...]


@cache
def raw_ssl_context() -> ssl.SSLContext:
    """Not the one of HTTP, whose pool tells every server that HTTP will be spoken."""
    import httpx

    return httpx.create_ssl_context(trust_env=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Connector:
    """Opens raw connections to public hosts, and to those in `allow`.

    `ssl_context` makes the context for whoever speaks TLS on them.
    """

    allow: Allow = frozenset()
    resolver: Resolver = resolve
    ssl_context: Callable[[], ssl.SSLContext] = field(default=raw_ssl_context)
    _closers: list[Callable[[], Awaitable[None]]] = field(default_factory=list)

    def before_closing(self, close: Callable[[], Awaitable[None]]) -> None:
        """Whoever keeps connections says how to close them."""
        self._closers.append(close)

    async def aclose(self) -> None:
        """Close the connections that are kept."""
        for close in self._closers:
            await close()

    async def judged(
        self, host: str, port: int, *, ports: frozenset[int] | None = None
    ) -> Peer:
        """Resolve a host and judge every address it has.

        `ports` are the ones the protocol is spoken on; an allowed host may use others.

        Raises:
            EgressError: code `egress_blocked` or `unreachable`.
        """
        is_bare_v6 = ":" in host and not host.startswith("[")
        name = canonical_host(f"[{host}]" if is_bare_v6 else host)
        if (name, port) not in self.allow:
            _check_form(name, port, ports)
        addresses = await judged_addresses(name, port, self.resolver, self.allow)
        return Peer(host=name, port=port, addresses=tuple(addresses))

    async def open(self, peer: Peer) -> socket.socket:
        """A connected, non-blocking socket; the caller closes it.

        Raises:
            EgressError: code `unreachable`.
        """
        for address in peer.addresses[:_MAX_ADDRESSES_TRIED]:
            opened = await _connected(address, peer.port)
            if opened is not None:
                return opened
        raise EgressError(
            f"{peer.host} is unreachable: it does not answer on port {peer.port}",
            "unreachable",
        )


def _check_form(host: str, port: int, ports: frozenset[int] | None) -> None:
    if not 0 < port < 65536:
        raise blocked("a port is a number from 1 to 65535")
    if ports is not None and port not in ports:
        known = ", ".join(map(str, sorted(ports)))
        raise blocked(f"port {port} is not allowed: use one of {known}")
    if is_local_name(host):
        raise blocked(f"{host} is a name of the inside network")


async def _connected(address: str, port: int) -> socket.socket | None:
    is_v6 = isinstance(ip_address(address), IPv6Address)
    made = socket.socket(socket.AF_INET6 if is_v6 else socket.AF_INET)
    made.setblocking(False)
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(_CONNECT_SECONDS):
            await loop.sock_connect(made, (address, port))
    except OSError:  # a timeout is one, too
        made.close()
        return None
    except BaseException:
        made.close()
        raise
    return made
