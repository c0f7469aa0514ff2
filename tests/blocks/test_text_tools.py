"""Matching, extracting, splitting, replacing and counting text at the edges."""

import pytest

from blocks.library.text_tools import MAX_CHARACTERS
from tests.blocks.calls import called, emitted, failure

MATCHED = [
    pytest.param({"text": "abc", "match": "b", "data": 0}, ("positive", "abc"),
                 id="empty-data-gives-the-text"),
    pytest.param({"text": ["a", "b"], "match": r'^\["a"', "data": ""},
                 ("positive", ["a", "b"]), id="list-is-looked-at-as-json"),
    pytest.param({"text": "a\nb", "match": "a.b", "data": 1, "dot_all": False},
                 ("negative", 1), id="dot-stops-at-a-line-end"),
    pytest.param({"text": "", "match": "", "data": 1}, ("positive", 1), id="empty"),
]  # fmt: skip


@pytest.mark.parametrize(("inputs", "wanted"), MATCHED)
async def test_text_is_matched(inputs, wanted):
    assert await emitted("MatchTextPattern", inputs) == [wanted]


async def test_malformed_pattern_fails_a_match():
    inputs = {"text": "a", "match": "(", "data": 1}
    assert "malformed" in await failure("MatchTextPattern", inputs)


def nothing_in(text):
    return [("negative", text), ("matched_results", []), ("matched_count", 0)]


EXTRACTED = [
    pytest.param({"text": "ab", "pattern": "(", "find_all": True}, nothing_in("ab"),
                 id="malformed-pattern-fits-nothing"),
    pytest.param({"text": "ab", "pattern": "a", "group": -1}, nothing_in("ab"),
                 id="no-group-below-0"),
    pytest.param({"text": "b", "pattern": "(a)|b", "group": 1}, nothing_in("b"),
                 id="group-that-took-no-part"),
    pytest.param({"text": {"n": 7}, "pattern": r"\d"},
                 [("positive", "7"), ("matched_results", ["7"]), ("matched_count", 1)],
                 id="object-is-looked-at-as-json"),
    pytest.param({"text": "aA", "pattern": "a", "case_sensitive": False,
                  "find_all": True},
                 [("positive", "a"), ("positive", "A"),
                  ("matched_results", ["a", "A"]), ("matched_count", 2)],
                 id="any-case"),
]  # fmt: skip


@pytest.mark.parametrize(("inputs", "wanted"), EXTRACTED)
async def test_text_is_extracted(inputs, wanted):
    assert await emitted("ExtractTextInformation", inputs) == wanted


async def test_more_places_than_the_limit_are_cut_and_told():
    inputs = {"text": "a" * 1_001, "pattern": "a", "find_all": True}
    *_, count, cut = await emitted("ExtractTextInformation", inputs)
    assert count == ("matched_count", 1_000)
    assert cut == ("cut", "only the first 1,000 places were taken")


async def test_as_many_places_as_the_limit_are_whole():
    inputs = {"text": "a" * 1_000, "pattern": "a", "find_all": True}
    assert (await emitted("ExtractTextInformation", inputs))[-1][0] == "matched_count"


async def test_long_match_is_cut_and_told():
    inputs = {"text": "a" * 10_001, "pattern": "a+"}
    first, *_, cut = await emitted("ExtractTextInformation", inputs)
    assert first == ("positive", "a" * 10_000)
    assert "10,001" in cut[1]


async def test_unsupported_pattern_is_no_match_that_failed():
    result = await called("ExtractTextInformation", {"text": "a", "pattern": "a(?=b)"})
    assert result.error.code == "unsupported_pattern"
    assert result.outputs == []


SPLIT = [
    pytest.param({"text": " a ; b ", "delimiter": ";"}, ["a", "b"], id="stripped"),
    pytest.param({"text": ";", "delimiter": ";"}, ["", ""], id="nothing-between"),
    pytest.param({"text": "ab", "delimiter": "x"}, ["ab"], id="delimiter-not-there"),
    pytest.param({"text": 12, "delimiter": "1"}, ["", "2"], id="number-becomes-text"),
]


@pytest.mark.parametrize(("inputs", "texts"), SPLIT)
async def test_text_is_split(inputs, texts):
    assert await emitted("TextSplit", inputs) == [("texts", texts)]


async def test_replaced_text_has_a_limit():
    inputs = {"text": "a" * 1_000, "old": "a", "new": "b" * 100_000}
    assert f"limit {MAX_CHARACTERS:,}" in await failure("TextReplace", inputs)


async def test_nothing_is_replaced_between_all_characters():
    inputs = {"text": "ab", "old": "", "new": "-"}
    assert await emitted("TextReplace", inputs) == [("output", "-a-b-")]


async def test_characters_are_counted_not_bytes():
    wanted = [("word_count", 2), ("character_count", 5)]
    assert await emitted("WordCharacterCount", {"text": "北京 üä"}) == wanted
