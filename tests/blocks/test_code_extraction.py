"""Code in what language models say."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blocks.library.code_extraction import _PINS, _pieces
from tests.blocks.calls import emitted

TAKEN = [
    pytest.param("```python\n\n```", [], id="empty-code-is-none"),
    pytest.param("", [], id="nothing"),
    pytest.param("```c++\nint a;\n``` ```C#\nvar b;\n```",
                 [("cpp", "int a;"), ("csharp", "var b;")], id="signs-in-the-tag"),
    pytest.param("```xml\n<a/>\n```\n```html\n<b/>\n```",
                 [("html", "<b/>"), ("xml", "<a/>")], id="in-the-order-of-the-pins"),
    pytest.param("a ```js f()``` b",
                 [("javascript", "f()"), ("remaining_text", "a  b")], id="in-a-line"),
    pytest.param("```brainfuck\n+\n```", [("remaining_text", "```brainfuck\n+\n```")],
                 id="unknown-language-stays"),
    pytest.param("```\npython\n```", [("remaining_text", "```\npython\n```")],
                 id="a-word-of-code-is-no-language"),
    pytest.param("```python\nx", [("remaining_text", "```python\nx")], id="left-open"),
    pytest.param("a\n\n\n```sh\nls\n```\n\nb",
                 [("bash", "ls"), ("remaining_text", "a\nb")], id="empty-lines-go"),
    pytest.param("```py\n  x\n```", [("python", "x")], id="blanks-around-go"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "wanted"), TAKEN)
async def test_code_is_taken_out(text, wanted):
    assert await emitted("CodeExtraction", {"text": text}) == wanted


@pytest.mark.parametrize(("name", "tags"), _PINS.items())
async def test_each_language_has_its_pin(name, tags):
    for tag in tags:
        text = f"```{tag}\ncode\n```"
        assert await emitted("CodeExtraction", {"text": text}) == [(name, "code")]


@given(st.text("`py \n", max_size=40))
def test_plain_text_is_only_cut_where_code_is_taken(text):
    rest = "".join(piece for name, piece in _pieces(text) if name is None)
    if "```py" not in text:
        assert rest == text


async def test_many_fences_take_no_time():
    began = time.process_time()
    await emitted("CodeExtraction", {"text": "```" * 100_001})
    assert time.process_time() - began < 1
