"""What is too long for a model is made to fit, and says so."""

from hypothesis import given
from hypothesis import strategies as st

from blocks.llm.fitting import fitted, tokens_in, tokens_of
from blocks.llm.messages import user
from blocks.llm.summaries import split

_MARK = 40
"""About what the note takes that something is left out."""


def test_a_short_conversation_stays_as_it_is():
    talk = [user("short"), user("x" * 4000)]
    assert fitted(talk, 2000) == talk


def test_the_longest_text_loses_its_middle():
    talk = [user("short"), user("start" + "x" * 40_000 + "end")]
    first, second = fitted(talk, 1000)
    assert first == talk[0]
    assert second["content"].startswith("startxx")
    assert second["content"].endswith("xxend")
    assert "characters are left out" in second["content"]
    assert 500 < tokens_of([first, second]) < 1000 + _MARK


def test_what_is_no_text_is_left_alone():
    call = {"id": "1", "function": {"name": "f", "arguments": "y" * 400}}
    talk = [
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "user", "content": [{"type": "text", "text": "z" * 400}]},
        user("x" * 4000),
    ]
    assert fitted(talk, 500)[:2] == talk[:2]


texts = st.lists(st.text(alphabet="aä世 \n", max_size=3000), min_size=1, max_size=6)


@given(texts, st.integers(300, 2000))
def test_the_result_fits_and_keeps_what_is_short(contents, most):
    talk = [user(text) for text in contents]
    found = fitted(talk, most)
    assert len(found) == len(talk)
    assert tokens_of(found) <= max(most, 0) + len(talk) * _MARK + 60
    if tokens_of(talk) <= most:
        assert found == talk


@given(st.text(alphabet="ab \n", max_size=500), st.integers(1, 60), st.integers(0, 80))
def test_parts_cover_the_text_and_are_no_larger_than_asked(text, size, overlap):
    parts = split(text, size, overlap)
    assert all(len(part) <= size for part in parts)
    at = 0
    for part in parts:
        # Each part begins at, or before, where the last one ended.
        start = text.find(part, max(at - min(overlap, size // 2), 0))
        assert start <= at
        at = max(at, start + len(part))
    assert parts[-1] == "" or text.endswith(parts[-1])
    assert sum(map(len, parts)) >= len(text)


def test_other_languages_have_more_tokens():
    assert tokens_in("abcd") == 1
    assert tokens_in("世界世界") == 3
