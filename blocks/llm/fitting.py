"""How long a conversation is, and how to make it fit."""

from collections.abc import Sequence
from typing import Final

from blocks.llm.messages import as_text
from blocks.values import JsonObject

_BYTES_PER_TOKEN: Final = 4
"""What English has; other languages have fewer letters but more bytes for a token."""
_FOR_A_MESSAGE: Final = 8


def tokens_in(text: str) -> int:
    """An estimate: each model counts in its own way."""
    return -(-len(text.encode(errors="replace")) // _BYTES_PER_TOKEN)


def tokens_of(messages: Sequence[JsonObject]) -> int:
    return sum(_FOR_A_MESSAGE + tokens_in(as_text(dict(m))) for m in messages)


def fitted(messages: Sequence[JsonObject], most: int) -> list[JsonObject]:
    """The conversation in about so many tokens: the middle of the longest texts is
    left out, and it says so there."""
    excess = tokens_of(messages) - most
    if excess <= 0:
        return list(messages)
    sizes = [tokens_in(_text(message)) for message in messages]
    level = _level(sizes, max(sum(sizes) - excess, 0))
    return [
        _shortened(message, level) if size > level else message
        for message, size in zip(messages, sizes, strict=True)
    ]


def _text(message: JsonObject) -> str:
    content = message.get("content")
    return content if isinstance(content, str) else ""


def _level(sizes: Sequence[int], most: int) -> int:
    """So high that all sizes, cut down to it, come to no more than `most`."""
    left, count = most, len(sizes)
    for size in sorted(sizes):
        if size * count > left:
            return max(left // count, 0)
        left, count = left - size, count - 1
    return max(sizes, default=0)


def _shortened(message: JsonObject, tokens: int) -> JsonObject:
    text = _text(message)
    mean = max(len(text.encode(errors="replace")) / len(text), 1)
    half = int(tokens * _BYTES_PER_TOKEN / mean / 2)
    left_out = len(text) - 2 * half
    tail = text[len(text) - half :]
    shown = f"{text[:half]}\n[… {left_out:,} characters are left out …]\n{tail}"
    return {**message, "content": shown}
