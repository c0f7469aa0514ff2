"""Patterns of users: what they find, what is refused, and how long they take."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blocks.errors import BlockInputError
from blocks.patterns import (
    MALFORMED,
    MAX_PATTERN_CHARACTERS,
    MAX_TEXT_CHARACTERS,
    UNSUPPORTED,
    compile_pattern,
)


def found(
    pattern: str, text: str, *, case_sensitive=True, dot_all=True
) -> list[str | None]:
    compiled = compile_pattern(pattern, case_sensitive=case_sensitive, dot_all=dot_all)
    return [match.groups[0] for match in compiled.matches(text)]


FOUND = [
    # Letters and digits of all scripts, as Python has them.
    pytest.param(r"\w+", "Grüße an 北京, x_1", ["Grüße", "an", "北京", "x_1"], id="w"),
    pytest.param(r"\W+", "aü, 北", [", "], id="not-w"),
    pytest.param(r"\d+", "7 und ٣", ["7", "٣"], id="d"),
    pytest.param(r"\D+", "a٣b", ["a", "b"], id="not-d"),
    pytest.param(r"a\sb", "a\u00a0b a\x0bb", ["a\u00a0b", "a\x0bb"], id="s"),
    pytest.param(r"\S+", "a\u00a0b", ["a", "b"], id="not-s"),
    # The same within a class, where RE2 has other words for it.
    pytest.param(r"[\w-]+", "ä-1 !", ["ä-1"], id="w-in-class"),
    pytest.param(r"[^\W\d_]+", "aß9_b", ["aß", "b"], id="letters-only"),
    pytest.param(r"[^\s]+", "a\u00a0b", ["a", "b"], id="s-in-class"),
    pytest.param(r"[]a]+", "]a]", ["]a]"], id="bracket-first-in-class"),
    pytest.param(r"[^]]+", "ab]", ["ab"], id="bracket-first-in-negated-class"),
    pytest.param(r"[[:a]+", "[:a", ["[:a"], id="no-named-classes"),
    pytest.param(r"[\b]", "\x08", ["\x08"], id="backspace-in-class"),
    # What Python writes in another way.
    pytest.param(r"[\u4e00-\u9fff]+", "hi 北京!", ["北京"], id="u-escape"),
    pytest.param(r"\U0001F600", "\U0001f600", ["\U0001f600"], id="long-u-escape"),
    pytest.param(r"\Aa\Z", "a", ["a"], id="end-of-text"),
    pytest.param(r"a{,2}b", "aab", ["aab"], id="repeat-up-to"),
    pytest.param(r"{,x}", "{,x}", ["{,x}"], id="brace-that-is-none"),
    pytest.param("foo$", "foo\n", ["foo"], id="end-before-last-line-end"),
    pytest.param("(?m)^.$", "a\nb", ["a", "b"], id="lines"),
    pytest.param("(?i)ABC", "abc", ["abc"], id="inline-flag"),
    pytest.param(r"(?P<n>\d)x", "7x", ["7x"], id="named-group"),
    pytest.param("a*", "baab", ["", "aa", "", ""], id="empty-matches"),
]


@pytest.mark.parametrize(("pattern", "text", "wanted"), FOUND)
def test_pattern_finds_what_it_does_in_python(pattern, text, wanted):
    assert found(pattern, text) == wanted


def test_flags_are_as_asked():
    assert found("A.", "a\n", case_sensitive=False) == ["a\n"]
    assert found("A.", "a\n", case_sensitive=False, dot_all=False) == []
    assert found("A", "a") == []


def test_group_that_took_no_part_is_none():
    [match] = compile_pattern("(x)|(y)", case_sensitive=True, dot_all=True).matches("y")
    assert match.groups == ("y", None, "y")


REFUSED = [
    pytest.param("(", MALFORMED, "missing )", id="open-group"),
    pytest.param("a)", MALFORMED, "unexpected )", id="closed-group"),
    pytest.param("[a", MALFORMED, "missing ]", id="open-class"),
    pytest.param("*", MALFORMED, "repetition", id="nothing-to-repeat"),
    pytest.param("a\\", MALFORMED, "trailing", id="backslash-at-the-end"),
    pytest.param("[b-a]", MALFORMED, "range", id="range-backwards"),
    pytest.param("a\ud800", MALFORMED, "no proper text", id="half-a-character"),
    pytest.param("a(?=b)", UNSUPPORTED, "look-ahead", id="look-ahead"),
    pytest.param("(?<!a)b", UNSUPPORTED, "look-behind", id="look-behind"),
    pytest.param(r"(a)\1", UNSUPPORTED, r"back to a group, \1", id="back-reference"),
    pytest.param("(?P<n>a)(?P=n)", UNSUPPORTED, "back to a group", id="named-one"),
    pytest.param("(?>a)", UNSUPPORTED, "atomic", id="atomic-group"),
    pytest.param("a{1000}{1000}{1000}", UNSUPPORTED, "unsupported", id="bomb"),
    pytest.param("a{5000}", UNSUPPORTED, "unsupported", id="many-repeats"),
    pytest.param("(((a{500}){500}))", UNSUPPORTED, "unsupported", id="nested-repeats"),
    pytest.param("a" * (MAX_PATTERN_CHARACTERS + 1), UNSUPPORTED, "limit 10,000",
                 id="too-long"),
]  # fmt: skip


@pytest.mark.parametrize(("pattern", "code", "part"), REFUSED)
def test_what_cannot_run_is_refused_by_name(pattern, code, part):
    with pytest.raises(BlockInputError, match=re.escape(part)) as refusal:
        found(pattern, "a")
    assert refusal.value.code == code


TEXTS = [
    pytest.param("a" * (MAX_TEXT_CHARACTERS + 1), "limit", id="too-long"),
    pytest.param("\ud800", "surrogate", id="half-a-character"),
]


@pytest.mark.parametrize(("text", "part"), TEXTS)
def test_text_that_cannot_be_searched_is_refused(text, part):
    with pytest.raises(BlockInputError, match=part):
        found("b", text)


EVIL = [
    pytest.param(r"^(a+)+$", "a" * 50_000 + "!", id="nested-repeats"),
    pytest.param(r"^(a|aa)+$", "a" * 50_000 + "!", id="either-way"),
    pytest.param(r"^([a-z]+)*@", "a" * 50_000, id="repeated-class"),
    pytest.param(r"^(\w+\s?)*$", "ä" * 50_000 + "!", id="words"),
]


@pytest.mark.parametrize(("pattern", "text"), EVIL)
def test_time_grows_with_the_text_and_not_faster(pattern, text):
    began = time.process_time()
    assert found(pattern, text) == []
    assert time.process_time() - began < 1.0


ATOMS = st.sampled_from(["a", "b", ".", "[ab]", "[^a]", r"\w", r"\s", r"\d", "(?:ab)"])
PARTS = st.tuples(ATOMS, st.sampled_from(["", "*", "+", "?", "{1,2}"])).map("".join)
PATTERNS = st.lists(PARTS, min_size=1, max_size=4).map("".join)


@given(pattern=PATTERNS, text=st.text("ab 1ü北\n", max_size=12))
def test_patterns_find_what_python_finds(pattern, text):
    wanted = [match.group() for match in re.finditer(pattern, text, re.DOTALL)]
    assert found(pattern, text) == wanted
