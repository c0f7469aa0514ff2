"""Reading e-mail addresses strictly: what is not plainly one is refused."""

import re
from typing import Final

from blocks.errors import BlockInputError

_ATOM: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LOCAL: Final = rf"{_ATOM}(?:\.{_ATOM})*"
_LABEL: Final = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN: Final = rf"{_LABEL}(?:\.{_LABEL})*"
_ADDRESS: Final = re.compile(f"(?=.{{3,254}}$)(?=[^@]{{1,64}}@){_LOCAL}@{_DOMAIN}")
_NAMED: Final = re.compile(r"(?P<name>[^<>@,;:\\\"]{1,128})<(?P<address>[^<>\s]+)>")
_BROKEN: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def read_address(pin: str, text: str) -> str:
    """`a@b.example` or `Name <a@b.example>`, as it is sent.

    Raises:
        BlockInputError: it is neither, or has a line break.
    """
    found = text.strip()
    named = _NAMED.fullmatch(found)
    address = named["address"] if named else found
    if _BROKEN.search(text) or not _ADDRESS.fullmatch(_ascii(address)):
        shown = "".join(char if char.isprintable() else "?" for char in found[:80])
        raise BlockInputError(f"pin {pin!r}: {shown!r} is not an e-mail address")
    if named is None:
        return _ascii(address)
    return f'"{named["name"].strip()}" <{_ascii(address)}>'


def read_addresses(pin: str, value: str | list[str], *, at_most: int) -> list[str]:
    """Addresses from a list, or from a text in which they are parted by commas.

    Raises:
        BlockInputError: one of them is none, or there are too many.
    """
    parts = value.split(",") if isinstance(value, str) else value
    if isinstance(value, str) and not value.strip():
        return []
    if len(parts) > at_most:
        raise BlockInputError(
            f"pin {pin!r}: {len(parts)} addresses; the most at a time are {at_most}"
        )
    return [read_address(pin, part) for part in parts]


def read_line(pin: str, text: str) -> str:
    """A text that goes into a header.

    Raises:
        BlockInputError: it has a line break or control character.
    """
    if _BROKEN.search(text):
        raise BlockInputError(f"pin {pin!r}: line breaks are not allowed here")
    return text


def _ascii(address: str) -> str:
    """The domain as it is looked up; the rest stays."""
    local, at, domain = address.rpartition("@")
    try:
        return local + at + domain.encode("idna").decode()
    except UnicodeError:
        return address
