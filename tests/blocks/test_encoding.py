"""JSON text and escapes, there and back."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from blocks.library.encoding import decoded
from blocks.testing import FakeContext, run_block_inline
from tests.blocks.calls import emitted, failure, named

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
    max_leaves=8,
)


def passed(name, pin, value):
    [(_, found)] = run_block_inline(named(name), {pin: value}, FakeContext()).outputs
    return found


@given(VALUES.filter(lambda value: value is not None))
def test_value_comes_back_from_its_json(value):
    text = passed("JSONEncoder", "data", value)
    assert text == orjson.dumps(value).decode()
    assert passed("JSONDecoder", "json_str", text) == value


@given(TEXT)
def test_text_comes_back_from_its_escapes(text):
    encoded = passed("TextEncoder", "text", text)
    assert encoded.isascii()
    assert encoded.isprintable()
    assert decoded(encoded) == text


@given(TEXT)
def test_text_comes_back_from_the_escapes_of_json(text):
    assert decoded(orjson.dumps(text).decode()[1:-1]) == text


@given(TEXT.filter(lambda text: "\\" not in text))
def test_text_without_escapes_stays(text):
    assert decoded(text) == text


DECODED = [
    pytest.param(r"a\qb", r"a\qb", id="means-nothing"),
    pytest.param("a\\", "a\\", id="at-the-end"),
    pytest.param(r"\u12", r"\u12", id="too-short"),
    pytest.param(r"\u00fg", r"\u00fg", id="no-digit"),
    pytest.param(r"\u+123", r"\u+123", id="a-sign-is-no-digit"),
    pytest.param(r"\ud83d\ude00", "\U0001f600", id="pair"),
    pytest.param(r"\ud83d", r"\ud83d", id="half-a-pair"),
    pytest.param(r"\ude00\ud83d", r"\ude00\ud83d", id="pair-the-wrong-way-round"),
    pytest.param(r"\ud83d\n", "\\ud83d\n", id="half-a-pair-before-another-escape"),
    pytest.param(r"\U00110000", r"\U00110000", id="no-character"),
    pytest.param(r"\x41\U0001F600", "A\U0001f600", id="other-sizes"),
    pytest.param(r"\\n", r"\n", id="escaped-backslash"),
]


@pytest.mark.parametrize(("text", "wanted"), DECODED)
def test_escapes_are_read(text, wanted):
    assert decoded(text) == wanted


BAD_JSON = ["", "{", "[1,]", "NaN", "'a'", "\u00a0", "1 2"]


@pytest.mark.parametrize("text", BAD_JSON)
async def test_bad_json_is_an_error(text):
    assert "JSON Decoding Error" in await failure("JSONDecoder", {"json_str": text})


async def test_object_on_the_pin_is_its_own_json():
    assert await emitted("JSONDecoder", {"json_str": {"a": 1}}) == [("data", {"a": 1})]
