"""How JSON values are stored: what `core.codec` made of them, sealed for their place.

A format byte, then a token of `core.crypto`. The place is a column and the id of the
row; the key is that of the workspace. Nothing else is read: what was never sealed is
refused.
"""

from typing import Final
from uuid import UUID

from core import codec
from core.crypto import DataKey, DecryptionError, Keyring

SEALED: Final = b"\x03"


def seal(key: DataKey, column: str, id: UUID, encoded: bytes) -> bytes:
    """What is stored of what `codec.encode` made; `column` is `app.model|field`."""
    return SEALED + key.seal(encoded, place_of(column, id.hex))


def unseal(keyring: Keyring, column: str, hex_id: str, stored: bytes) -> bytes:
    """The JSON bytes of what `seal` made for the same place.

    Raises:
        DecryptionError: it does not open.
        CodecError: it was damaged before it was sealed.
    """
    if stored[:1] != SEALED:
        raise DecryptionError(f"a stored value of {column} {hex_id} was never sealed")
    place = place_of(column, hex_id)
    return codec.decode(keyring.unseal(stored[len(SEALED) :], place=place))


def place_of(column: str, hex_id: str) -> str:
    """What a value is bound to beside its workspace."""
    return f"{column}|{hex_id}"
