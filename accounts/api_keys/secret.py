"""The key itself: shown once, kept as its digest."""

from hashlib import sha256
from secrets import token_urlsafe
from typing import Final

PREFIX: Final = "agpt_"
BYTES: Final = 32
SHOWN: Final = len(PREFIX) + 6
"""Characters that tell one key from another in a list."""


def key_made() -> str:
    return PREFIX + token_urlsafe(BYTES)


def digest_of(key: str) -> bytes:
    # A guess from outside may hold what UTF-8 cannot; it is to be wrong, not an error.
    return sha256(key.removeprefix(PREFIX).encode(errors="replace")).digest()


def shown_of(key: str) -> str:
    return key[:SHOWN]
