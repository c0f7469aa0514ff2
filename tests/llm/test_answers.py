"""Reading what models write, which is seldom just what was asked for."""

from contextlib import suppress

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from blocks.llm.answers import (
    UnusableAnswer,
    list_read,
    objects_read,
    texts_read,
    truth_read,
)

KEYS = {"a": "the first"}

OBJECTS = [
    pytest.param('{"a": 1}', {"a": 1}, id="bare"),
    pytest.param('```json\n{"a": 1}\n```', {"a": 1}, id="fenced"),
    pytest.param('Here: {"a": {"b": 2}} Bye', {"a": {"b": 2}}, id="in a sentence"),
    pytest.param('For {name}: {"a": 1}', {"a": 1}, id="after other braces"),
    pytest.param('<json>{"a": "}"}</json>', {"a": "}"}, id="brace in a text"),
    pytest.param('{"a": 1, "b": 2}', {"a": 1, "b": 2}, id="with more"),
    pytest.param('[1] {"a": null}', {"a": None}, id="after a list"),
]


@pytest.mark.parametrize(("text", "expected"), OBJECTS)
def test_objects_are_found(text, expected):
    assert objects_read(text, KEYS, as_list=False) == expected


NO_OBJECTS = [
    pytest.param("", "no JSON object", id="nothing"),
    pytest.param('{"a": 1', "no JSON object", id="cut"),
    pytest.param('{"b": 1}', "'a'", id="another key"),
    pytest.param("{" * 100_000, "no JSON object", id="many openings"),
    pytest.param('{"a":' * 100_000, "no JSON object", id="endless"),
]


@pytest.mark.parametrize(("text", "why"), NO_OBJECTS)
def test_what_is_wrong_is_told(text, why):
    with pytest.raises(UnusableAnswer, match=why):
        objects_read(text, KEYS, as_list=False)


LISTS = [
    pytest.param('[{"a": 1}]', [{"a": 1}], id="bare"),
    pytest.param('{"items": [{"a": 1}]}', [{"a": 1}], id="in an object"),
    pytest.param('So:\n[\n{"a": 1}, {"a": 2}]', [{"a": 1}, {"a": 2}], id="two"),
    pytest.param("[]", [], id="empty"),
]


@pytest.mark.parametrize(("text", "expected"), LISTS)
def test_lists_of_objects_are_found(text, expected):
    assert objects_read(text, KEYS, as_list=True) == expected


@pytest.mark.parametrize("text", ['[{"a": 1}, 2]', '[{"b": 1}]', "none", '{"a": 1}'])
def test_lists_of_other_things_are_not_taken(text):
    with pytest.raises(UnusableAnswer):
        objects_read(text, KEYS, as_list=True)


def test_texts_are_texts():
    assert texts_read('["a", 1, true, 1.5]') == ["a", "1", "true", "1.5"]
    with pytest.raises(UnusableAnswer, match="must be text"):
        texts_read('["a", null]')
    with pytest.raises(UnusableAnswer, match="must be text"):
        texts_read('["a", {"b": 1}]')


TRUTHS = [
    pytest.param("true", True, id="plain"),
    pytest.param(" TRUE.\n", True, id="dressed up"),
    pytest.param("Yes, true!", True, id="twice the same"),
    pytest.param('{"result": false}', False, id="in JSON"),
    pytest.param("no", False, id="no"),
]


@pytest.mark.parametrize(("text", "expected"), TRUTHS)
def test_truths_are_read(text, expected):
    assert truth_read(text) is expected


@pytest.mark.parametrize("text", ["", "true or false", "untrue", "maybe"])
def test_what_is_neither_is_not_guessed(text):
    with pytest.raises(UnusableAnswer):
        truth_read(text)


@given(
    st.lists(
        st.recursive(
            st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=5),
            lambda part: (
                st.lists(part, max_size=3)
                | st.dictionaries(st.text(max_size=3), part, max_size=3)
            ),
        ),
        min_size=1,
    ),
    st.text(alphabet="abc .,:\n", max_size=20),
)
def test_any_list_is_found_whatever_stands_around_it(value, words):
    text = f"{words}{orjson.dumps(value).decode()}{words}"
    assert list_read(text) == value


@given(st.text(alphabet='[]{}",: ae1', max_size=80))
def test_any_text_is_read_or_refused(text):
    with suppress(UnusableAnswer):
        assert isinstance(list_read(text), list)
