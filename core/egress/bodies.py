"""Reading a response's body within a limit, whatever its compression claims."""

import zlib
from collections.abc import AsyncIterable
from typing import Final

from core.egress.errors import EgressError

ACCEPTED: Final = "gzip, deflate"
_GZIP_OR_ZLIB: Final = zlib.MAX_WBITS | 32
_RAW_DEFLATE: Final = -zlib.MAX_WBITS


async def read_body(
    chunks: AsyncIterable[bytes], *, encoding: str, max_bytes: int
) -> bytes:
    """Collect and unpack a body.

    Raises:
        EgressError: `too_large` once it unpacks to more than `max_bytes`, and never
            much more than that is held; `unreachable` if it is damaged.
    """
    reader = _reader(encoding, max_bytes)
    async for chunk in chunks:
        reader.feed(chunk)
    return reader.finish()


def too_large(max_bytes: int) -> EgressError:
    return EgressError(
        f"the answer is too large: over {max_bytes:,} bytes", "too_large"
    )


class _Plain:
    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._body = bytearray()

    def feed(self, chunk: bytes) -> None:
        self._body += chunk
        if len(self._body) > self._max_bytes:
            raise too_large(self._max_bytes)

    def finish(self) -> bytes:
        return bytes(self._body)


class _Packed(_Plain):
    """Unpacks a step at a time, so that a small chunk cannot become a large one."""

    def __init__(self, max_bytes: int) -> None:
        super().__init__(max_bytes)
        self._unpacker = zlib.decompressobj(_GZIP_OR_ZLIB)
        self._started = False

    def feed(self, chunk: bytes) -> None:
        if chunk and not self._started:
            self._start(chunk)
        while chunk:
            if self._unpacker.eof:
                self._unpacker = zlib.decompressobj(_GZIP_OR_ZLIB)
            super().feed(self._unpacked(chunk))
            chunk = self._unpacker.unconsumed_tail or self._unpacker.unused_data

    def _start(self, chunk: bytes) -> None:
        # Some servers say "deflate" and send it without the zlib header.
        self._started = True
        if chunk[0] & 0x0F != 8 and chunk[0] != 0x1F:
            self._unpacker = zlib.decompressobj(_RAW_DEFLATE)

    def _unpacked(self, chunk: bytes) -> bytes:
        room = self._max_bytes - len(self._body)
        try:
            return self._unpacker.decompress(chunk, room + 1)
        except zlib.error:
            raise _damaged() from None

    def finish(self) -> bytes:
        if self._started and not self._unpacker.eof:
            raise _damaged()
        return super().finish()


def _damaged() -> EgressError:
    return EgressError("the answer's compression is damaged", "unreachable")


def _reader(encoding: str, max_bytes: int) -> _Plain:
    match encoding.strip().lower():
        case "" | "identity":
            return _Plain(max_bytes)
        case "gzip" | "x-gzip" | "deflate":
            return _Packed(max_bytes)
    message = "the answer is in an encoding that was not asked for"
    raise EgressError(message, "unreachable")
