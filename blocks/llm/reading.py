"""Reading what a server sent, which may be anything."""

from collections.abc import AsyncIterator
from typing import Final

import orjson

from blocks.errors import BlockError
from blocks.values import JsonObject, JsonValue

_LINE_AT_MOST: Final = 8 * 1024 * 1024


async def events(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The data of each server-sent event.

    Raises:
        BlockError: code `too_large`.
    """
    data: list[bytes] = []
    async for line in _lines(chunks):
        if line.startswith(b"data:"):
            data.append(line[5:].removeprefix(b" "))
        elif not line and data:
            yield b"\n".join(data)
            data = []
    if data:
        yield b"\n".join(data)


async def _lines(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    rest = b""
    async for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            yield line.removesuffix(b"\r")
        if len(rest) > _LINE_AT_MOST:
            raise BlockError(
                f"the model sent a line of more than {_LINE_AT_MOST:,} bytes",
                code="too_large",
            )
    if rest:
        yield rest.removesuffix(b"\r")


def parsed(raw: bytes) -> JsonObject | None:
    """None if that is no JSON object."""
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, dict) else None


def object_in(holder: JsonObject, name: str) -> JsonObject:
    value = holder.get(name)
    return value if isinstance(value, dict) else {}


def objects_in(holder: JsonObject, name: str) -> list[JsonObject]:
    value = holder.get(name)
    items: list[JsonValue] = value if isinstance(value, list) else []
    return [item for item in items if isinstance(item, dict)]


def text_in(holder: JsonObject, name: str) -> str:
    value = holder.get(name)
    return value if isinstance(value, str) else ""


def count_in(holder: JsonObject, name: str) -> int:
    value = holder.get(name)
    is_count = isinstance(value, int) and not isinstance(value, bool) and value > 0
    return value if is_count else 0  # type: ignore[return-value]
