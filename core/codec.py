"""The one seam between JSON bytes and what the database stores.

The first byte names the format, so a new one (encryption, say) can be added beside
those that rows already use.
"""

import zlib
from typing import Final

from core.limits import MIB

PLAIN: Final = 0x01
ZLIB: Final = 0x02

MAX_BYTES: Final = 256 * MIB
"""Of one value before it is stored. As large as all outputs of one execution."""

_WORTH_TRYING: Final = 4 * 1024
_WORTH_KEEPING: Final = 0.9
_FAST: Final = 1


class CodecError(ValueError):
    """Stored bytes that cannot be read, or a value too large to be stored."""


def encode(raw_json: bytes) -> bytes:
    """Turn JSON bytes into what is stored.

    Raises:
        CodecError: `decode` would refuse them for their size.
    """
    if len(raw_json) > MAX_BYTES:
        size = f"{len(raw_json):,} bytes"
        raise CodecError(f"a value of {size} is over the limit of {MAX_BYTES:,}")
    if len(raw_json) >= _WORTH_TRYING:
        packed = zlib.compress(raw_json, _FAST)
        if len(packed) < len(raw_json) * _WORTH_KEEPING:
            return b"%c%b" % (ZLIB, packed)
    return b"%c%b" % (PLAIN, raw_json)


def decode(stored: bytes) -> bytes:
    """Give back the JSON bytes.

    Raises:
        CodecError: the format is unknown, the bytes are damaged or they unpack to more
            than `MAX_BYTES`.
    """
    match stored[:1]:
        case b"\x01":
            return stored[1:]
        case b"\x02":
            return _unpacked(stored[1:])
        case b"":
            raise CodecError("a stored value is empty: its format byte is missing")
    raise CodecError(
        f"a stored value has the unknown format 0x{stored[0]:02x}: "
        "it was damaged, or written by a newer version"
    )


def _unpacked(packed: bytes) -> bytes:
    unpacker = zlib.decompressobj()
    try:
        raw = unpacker.decompress(packed, MAX_BYTES + 1)
    except zlib.error as error:
        raise CodecError(f"a stored value is damaged: {error}") from None
    if len(raw) > MAX_BYTES:
        raise CodecError(f"a stored value unpacks to more than {MAX_BYTES:,} bytes")
    if not unpacker.eof or unpacker.unused_data:
        raise CodecError("a stored value is damaged: it ends too early or too late")
    return raw
