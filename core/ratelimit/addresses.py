"""Who calls, as far as the network can tell."""

from collections.abc import Mapping, Sequence
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Any, Final

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_HOSTS_OF_ONE: Final = 64
"""Of an IPv6 address so many bits are one customer's network."""


def client_address(meta: Mapping[str, Any], trusted_proxies: int) -> str:
    """The address of the client: so many proxies are ours, and each adds on the right
    whom it was called by. What stands left of that anybody may have written.

    An address that cannot be read is that of the nearest proxy.
    """
    nearest = str(meta.get("REMOTE_ADDR") or "")
    if not trusted_proxies:
        return nearest
    said = str(meta.get("HTTP_X_FORWARDED_FOR") or "").split(",")
    hops = [hop.strip() for hop in said if hop.strip()]
    if len(hops) < trusted_proxies:
        return nearest
    return _read(hops[-trusted_proxies]) or nearest


def _read(text: str) -> str:
    try:
        return str(ip_address(text))
    except ValueError:
        return ""


def one_client(address: str) -> str:
    """What counts as one client: an IPv4 address, an IPv6 network of 64 bits."""
    return network_of(address, 32, _HOSTS_OF_ONE)


def network_of(address: str, bits: int, bits_of_6: int) -> str:
    """The network around an address; the text itself if it is none."""
    if ":" not in address and bits == 32:
        return address
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    mapped = getattr(parsed, "ipv4_mapped", None)
    found: Address = mapped or parsed
    length = bits if found.version == 4 else bits_of_6
    return str(ip_network((found, length), strict=False))


class AddressRules:
    """Networks that may call and that may not. With any to allow, only those may; what
    is to be denied may not in any case."""

    def __init__(self, allow: Sequence[str] = (), deny: Sequence[str] = ()) -> None:
        self._allow = [ip_network(each, strict=False) for each in allow]
        self._deny = [ip_network(each, strict=False) for each in deny]

    def allows(self, address: str) -> bool:
        if not self._allow and not self._deny:
            return True
        try:
            parsed = ip_address(address)
        except ValueError:
            return not self._allow
        found: Address = getattr(parsed, "ipv4_mapped", None) or parsed
        if any(found in network for network in self._deny):
            return False
        return not self._allow or any(found in network for network in self._allow)
