"""FillTextTemplate and CombineTexts at their edges."""

import pytest

from blocks.library.text import MAX_CHARACTERS
from tests.blocks.calls import called, emitted, failure

COMBINED = [
    pytest.param(
        {"input": [1, True, {"a": 1}]}, '1true{"a":1}', id="items-become-text"
    ),
    pytest.param({"input": "alone", "delimiter": ","}, "alone", id="one-text"),
    pytest.param({"input": '["a", "b"]', "delimiter": "-"}, "a-b", id="list-as-json"),
]


@pytest.mark.parametrize(("inputs", "text"), COMBINED)
async def test_texts_are_combined(inputs, text):
    assert await emitted("CombineTexts", inputs) == [("output", text)]


REFUSED = [
    pytest.param({"input": [None]}, "at 0", id="null-is-no-text"),
    pytest.param({"input": ["a"] * 1_000, "delimiter": "x" * 100_000},
                 f"limit {MAX_CHARACTERS:,}", id="too-long-in-all"),
]  # fmt: skip


@pytest.mark.parametrize(("inputs", "part"), REFUSED)
async def test_what_cannot_be_combined_is_refused(inputs, part):
    assert part in await failure("CombineTexts", inputs)


async def test_limit_of_a_template_has_a_code():
    inputs = {"values": {}, "format": "{{ 'a' * 10 ** 9 }}"}
    result = await called("FillTextTemplate", inputs)
    assert result.error is not None
    assert result.error.code == "template_limit"
