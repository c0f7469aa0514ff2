"""Which addresses are public. Everything else is closed to blocks.

The tables are those of the IANA special-purpose registries. Python's `is_global` is not
asked: it takes NAT64 and 6to4 addresses for global whatever they carry.
"""

from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
)
from typing import Final, TypeAlias

Address: TypeAlias = IPv4Address | IPv6Address

_CLOSED_V4: Final = tuple(
    (IPv4Network(network), kind)
    for network, kind in (
        ("0.0.0.0/8", "unspecified"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "carrier-grade NAT"),
        ("127.0.0.0/8", "loopback"),
        ("168.63.129.16/32", "cloud metadata"),
        ("169.254.0.0/16", "link-local"),
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "reserved"),
        ("192.0.2.0/24", "documentation"),
        ("192.88.99.0/24", "reserved"),
        ("192.168.0.0/16", "private"),
        ("198.18.0.0/15", "benchmark"),
        ("198.51.100.0/24", "documentation"),
        ("203.0.113.0/24", "documentation"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
    )
)

# Outside the first network nothing is public; inside it the others are not.
_UNICAST_V6: Final = IPv6Network("2000::/3")
_CLOSED_V6: Final = tuple(
    (IPv6Network(network), kind)
    for network, kind in (
        ("::/128", "unspecified"),
        ("::1/128", "loopback"),
        ("64:ff9b:1::/48", "private"),
        ("2001::/23", "reserved"),
        ("2001:db8::/32", "documentation"),
        ("3fff::/20", "documentation"),
        ("fc00::/7", "private"),
        ("fe80::/10", "link-local"),
        ("ff00::/8", "multicast"),
    )
)
_NAT64: Final = IPv6Network("64:ff9b::/96")


def why_closed(address: Address) -> str | None:
    """The kind of a closed address, or None for a public one."""
    if isinstance(address, IPv4Address):
        return _kind_v4(address)
    if address.scope_id is not None:
        return "link-local"
    carried = _carried(address)
    if carried:
        kinds = (_kind_v4(inner) for inner in carried)
        return next((kind for kind in kinds if kind), None)
    return _kind_v6(address)


def read_address(text: str) -> Address:
    """Read an address; one that only maps IPv4 into IPv6 becomes the IPv4 one.

    Raises:
        ValueError: the text is no address.
    """
    address = ip_address(text)
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped
    return address


def _kind_v4(address: IPv4Address) -> str | None:
    return next((kind for network, kind in _CLOSED_V4 if address in network), None)


def _kind_v6(address: IPv6Address) -> str | None:
    kind = next((kind for network, kind in _CLOSED_V6 if address in network), None)
    return kind or (None if address in _UNICAST_V6 else "reserved")


def _carried(address: IPv6Address) -> tuple[IPv4Address, ...]:
    """The IPv4 addresses that packets to this one would end up at."""
    if address.ipv4_mapped:
        return (address.ipv4_mapped,)
    if address in _NAT64:
        return (IPv4Address(int(address) & 0xFFFF_FFFF),)
    if address.sixtofour:
        return (address.sixtofour,)
    return address.teredo or ()
