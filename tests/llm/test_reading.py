"""Streams arrive in whatever pieces the network likes."""

from collections.abc import AsyncIterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blocks.errors import BlockError
from blocks.llm import reading
from blocks.llm.reading import events


async def arriving(pieces: list[bytes]) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


async def read(*pieces: bytes) -> list[bytes]:
    return [data async for data in events(arriving([*pieces]))]


STREAMS = [
    pytest.param(b"data: a\n\ndata: b\n\n", [b"a", b"b"], id="plain"),
    pytest.param(b"data:a\r\n\r\n", [b"a"], id="other line ends, no blank"),
    pytest.param(b": hello\n\nevent: x\nid: 1\ndata: a\n\n", [b"a"], id="other fields"),
    pytest.param(b"data: a\ndata: b\n\n", [b"a\nb"], id="two lines"),
    pytest.param(b"data: a", [b"a"], id="no end"),
    pytest.param(b"\n\n\n", [], id="only blanks"),
    pytest.param(b"", [], id="nothing"),
]


@pytest.mark.parametrize(("stream", "expected"), STREAMS)
async def test_events_are_read(stream, expected):
    assert await read(stream) == expected


@given(st.data())
async def test_how_it_is_cut_does_not_matter(data):
    texts = data.draw(st.lists(st.text(alphabet="abä世:", max_size=9), min_size=1))
    stream = b"".join(f"data: {text}\n\n".encode() for text in texts)
    cuts = data.draw(st.lists(st.integers(0, len(stream)), max_size=9))
    edges = [0, *sorted(cuts), len(stream)]
    pieces = [stream[a:b] for a, b in pairwise(edges)]
    assert await read(*pieces) == [text.encode() for text in texts]


async def test_a_line_without_end_is_not_kept_for_ever(monkeypatch):
    monkeypatch.setattr(reading, "_LINE_AT_MOST", 100)
    with pytest.raises(BlockError) as caught:
        await read(*[b"x" * 60] * 3)
    assert caught.value.code == "too_large"
