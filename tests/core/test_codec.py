"""Stored values come back as they were, or not at all."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import codec

REPETITIVE = b"[" + b'"the same again",' * 1000 + b"1]"


@given(st.binary(max_size=20_000) | st.text("ab", max_size=20_000).map(str.encode))
def test_bytes_come_back_as_they_were(raw: bytes):
    assert codec.decode(codec.encode(raw)) == raw


@pytest.mark.parametrize(
    ("raw", "format_byte"),
    [
        pytest.param(b"", codec.PLAIN, id="empty"),
        pytest.param(b'{"a": 1}', codec.PLAIN, id="small"),
        pytest.param(b"1" * 4095, codec.PLAIN, id="just-too-small-to-try"),
        pytest.param(b"1" * 4096, codec.ZLIB, id="just-large-enough"),
        pytest.param(REPETITIVE, codec.ZLIB, id="large"),
        pytest.param(bytes(range(256)) * 17, codec.ZLIB, id="repeats-far-apart"),
        pytest.param(random.Random(1).randbytes(9000), codec.PLAIN, id="dense"),
    ],
)
def test_only_what_pays_is_compressed(raw: bytes, format_byte: int):
    stored = codec.encode(raw)
    assert stored[0] == format_byte
    assert len(stored) <= len(raw) + 1


@pytest.mark.parametrize(
    ("stored", "text"),
    [
        pytest.param(b"", "empty", id="empty"),
        pytest.param(b"{}", "unknown format 0x7b", id="bare-json"),
        pytest.param(b"\x00{}", "unknown format 0x00", id="format-0"),
        pytest.param(b"\x03abc", "unknown format 0x03", id="later-format"),
        pytest.param(b"\x02abc", "damaged", id="not-compressed"),
        pytest.param(codec.encode(REPETITIVE)[:-5], "too early", id="cut"),
        pytest.param(codec.encode(REPETITIVE) + b"x", "too late", id="longer"),
    ],
)
def test_what_cannot_be_read_is_refused(stored: bytes, text: str):
    with pytest.raises(codec.CodecError, match=text):
        codec.decode(stored)


def test_both_sides_have_the_same_bound(monkeypatch: pytest.MonkeyPatch):
    stored = codec.encode(b"1" * 10_001)
    monkeypatch.setattr(codec, "MAX_BYTES", 10_000)
    with pytest.raises(codec.CodecError, match="more than 10,000 bytes"):
        codec.decode(stored)
    with pytest.raises(codec.CodecError, match="over the limit of 10,000"):
        codec.encode(b"1" * 10_001)
    assert codec.decode(codec.encode(b"1" * 10_000)) == b"1" * 10_000
