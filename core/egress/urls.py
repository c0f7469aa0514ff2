"""What may stand in the address of a request, read once and never read again.

The result is all that the connection uses, so what was judged is what is contacted.
"""

import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import Final, TypeAlias
from urllib.parse import SplitResult, quote, urljoin, urlsplit

import idna

from core.egress.errors import EgressError, blocked

Allow: TypeAlias = frozenset[tuple[str, int]]

DEFAULT_PORTS: Final = frozenset({80, 443, 8080, 8443})
_PORT_OF_SCHEME: Final = {"http": 80, "https": 443}
_MAX_LENGTH: Final = 16 * 1024

# Space, controls and the backslash: the ways to make two readers see two hosts.
_UNSAFE: Final = re.compile(r"[\s\\\x00-\x20\x7f-\x9f\ud800-\udfff]")
_HOST: Final = re.compile(r"(?=.{1,253}$)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*")
_NUMERIC_END: Final = re.compile(r"(?:^|\.)(?:[0-9]+|0x[0-9a-f]*)$")
_KEPT_IN_TARGET: Final = "!#$%&'()*+,/:;=?@[]~|"
_LOCAL_NAMES: Final = ("localhost", "local", "internal", "home.arpa")


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """Where a request goes: `host` is canonical, `path` includes the query."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def origin(self) -> tuple[str, str, int]:
        return self.scheme, self.host, self.port

    @property
    def authority(self) -> str:
        """What the Host header says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = self.port == _PORT_OF_SCHEME[self.scheme]
        return host if usual else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.authority}{self.path}"


def parse_url(url: str, *, ports: frozenset[int], allow: Allow) -> Target:
    """Read and judge the form of an address. The host's addresses are judged later.

    Raises:
        EgressError: code `egress_blocked`, saying what is not allowed in it.
    """
    parts = _split(url)
    if parts.scheme not in _PORT_OF_SCHEME:
        raise blocked("this kind of address is not allowed: use http:// or https://")
    if "@" in parts.netloc:
        raise blocked("a user name in the address is not allowed: use a credential")
    host = canonical_host(_raw_host(parts.netloc))
    port = _port(parts)
    if port not in ports and (host, port) not in allow:
        known = ", ".join(map(str, sorted(ports)))
        raise blocked(f"port {port} is not allowed: use one of {known}")
    if is_local_name(host) and (host, port) not in allow:
        raise blocked(f"{host} is a name of the inside network")
    path = quote(parts.path or "/", safe=_KEPT_IN_TARGET)
    query = f"?{quote(parts.query, safe=_KEPT_IN_TARGET)}" if parts.query else ""
    return Target(scheme=parts.scheme, host=host, port=port, path=path + query)


def redirect_url(current: Target, location: str) -> str:
    """The address a `Location` header means. It is not judged here."""
    try:
        return urljoin(current.url, location.replace(" ", "%20"))
    except ValueError:
        raise _invalid() from None


def canonical_host(text: str) -> str:
    """The one way to write a host: ASCII, lower case, addresses in full.

    Raises:
        EgressError: code `egress_blocked`, for what is no host.
    """
    if text.startswith("["):
        return _ipv6(text)
    host = _ascii(text).removesuffix(".")
    if not _HOST.fullmatch(host):
        raise _invalid()
    return _ipv4(host) if _NUMERIC_END.search(host) else host


def is_local_name(host: str) -> bool:
    """Names that no public resolver answers, whatever the local one makes of them."""
    return any(host == name or host.endswith("." + name) for name in _LOCAL_NAMES)


def parse_allow(entries: Iterable[str]) -> Allow:
    """Read `host:port` entries, as the setting EGRESS_ALLOW has them.

    Raises:
        ValueError: naming the first entry that is not one.
    """
    return frozenset(map(_allowed_pair, entries))


def _allowed_pair(entry: str) -> tuple[str, int]:
    host, _, port = entry.strip().rpartition(":")
    try:
        if not 0 < int(port) < 65536:
            raise ValueError
        return canonical_host(host), int(port)
    except (ValueError, EgressError):
        raise ValueError(
            f"{entry!r} does not open an address: write host:port, as in "
            "localhost:11434 or [::1]:11434"
        ) from None


def _invalid() -> EgressError:
    return blocked("the address is not allowed, as it is not a valid URL")


def _split(url: object) -> SplitResult:
    if not isinstance(url, str):
        raise _invalid()
    if len(url) > _MAX_LENGTH:
        raise blocked(f"an address over {_MAX_LENGTH:,} characters is not allowed")
    if _UNSAFE.search(url):
        raise blocked("spaces, line ends and \\ are not allowed in an address")
    try:
        return urlsplit(url)
    except ValueError:
        raise _invalid() from None


def _raw_host(netloc: str) -> str:
    return re.sub(r":[0-9]*$", "", netloc)


def _port(parts: SplitResult) -> int:
    try:
        port = parts.port
    except ValueError:
        raise _invalid() from None
    return _PORT_OF_SCHEME[parts.scheme] if port is None else port


def _ascii(text: str) -> str:
    if text.isascii():
        return text.lower()
    try:
        mapped = idna.uts46_remap(text, std3_rules=False, transitional=False)
        return mapped if mapped.isascii() else idna.encode(mapped).decode()
    except UnicodeError:
        raise _invalid() from None


def _ipv4(host: str) -> str:
    """Also the short, hexadecimal, octal and single-number ways to write an address."""
    try:
        return str(IPv4Address(socket.inet_aton(host)))
    except OSError:
        raise _invalid() from None


def _ipv6(text: str) -> str:
    try:
        if "%" in text or not text.endswith("]"):
            raise ValueError
        return str(IPv6Address(text[1:-1]))
    except ValueError:
        raise _invalid() from None
