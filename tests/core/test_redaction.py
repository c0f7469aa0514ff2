"""Secrets are taken out of values, errors and log lines in every form they take."""

import logging
from base64 import b64encode, urlsafe_b64encode
from urllib.parse import quote, quote_plus

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.redaction import MARK, Patterns, RedactingFormatter, Redactor, redactor

SECRET = 'CANARY-7f3a/"ü" +x'
ESCAPED = orjson.dumps(SECRET).decode()
PATTERNS = Patterns([SECRET])

FORMS = [
    pytest.param(SECRET, id="plain"),
    pytest.param(b64encode(SECRET.encode()).decode(), id="base64"),
    pytest.param(
        urlsafe_b64encode(SECRET.encode()).decode(), id="base64 for addresses"
    ),
    pytest.param(b64encode(f"user:{SECRET}".encode()).decode(), id="basic auth"),
    pytest.param(b64encode(f"u:{SECRET}:more".encode()).decode(), id="in the middle"),
    pytest.param(quote(SECRET), id="quoted"),
    pytest.param(quote(SECRET, safe=""), id="quoted whole"),
    pytest.param(quote_plus(SECRET), id="quoted in a query"),
    pytest.param(orjson.dumps(SECRET).decode(), id="JSON"),
    pytest.param(
        orjson.dumps(orjson.dumps(SECRET).decode()).decode(), id="JSON in JSON"
    ),
]


def _is_gone(text: str) -> bool:
    inner = b64encode(SECRET.encode()).decode()[4:-4]
    return "CANARY" not in text and inner not in text


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_found_and_taken_out(form: str):
    value = {"body": [f"before {form} after"], form: 1}
    assert PATTERNS.are_in(orjson.dumps(value))
    cleaned = orjson.dumps(PATTERNS.value(value)).decode()
    assert MARK in cleaned
    assert _is_gone(cleaned)
    assert _is_gone(PATTERNS.text(f"HTTP 500 for {form}!"))


@given(st.text(min_size=8), st.text(), st.text())
def test_no_place_hides_a_secret(secret: str, before: str, after: str):
    patterns = Patterns([secret])
    value = {"a": [before + secret + after]}
    try:
        raw = orjson.dumps(value)
    except TypeError:
        return  # has no UTF-8 form, so it can be no output
    assert patterns.are_in(raw)
    assert patterns.value(value) != value


def test_what_is_no_secret_stays_as_it_is():
    value = {"a": ["CANARY", 1, None, True, 2.5], "b": {"c": ""}}
    assert not PATTERNS.are_in(orjson.dumps(value))
    assert PATTERNS.value(value) == value


def test_a_secret_that_is_a_number_is_found():
    patterns = Patterns(["1234567890"])
    assert patterns.are_in(b'{"a":1234567890}')
    assert patterns.value({"a": 1234567890, "b": True}) == {"a": MARK, "b": True}


def test_a_short_one_would_be_found_everywhere():
    assert Patterns(["1234567"]).value("call 1234567") == "call 1234567"
    assert not Patterns([]).are_in(b"anything")
    assert Patterns([]).text("anything") == "anything"


def test_of_one_secret_within_another_nothing_stays():
    patterns = Patterns(["abcdefgh", "abcdefghijkl"])
    assert patterns.text("abcdefghijkl") == MARK


def test_secrets_belong_to_their_run_until_it_ends():
    here = Redactor()
    here.learn("a", ["secret-of-a"])
    here.learn("a", ["another-of-a"])
    assert here.of("b") is None
    assert here.of("a").text("secret-of-a another-of-a") == f"{MARK} {MARK}"
    assert here.line("x secret-of-a") == f"x {MARK}"
    here.forget("a")
    assert here.of("a") is None
    assert here.line("x secret-of-a") == "x secret-of-a"


def test_a_log_line_and_its_traceback_are_clean():
    redactor.learn("run", [SECRET])
    try:
        try:
            raise ValueError(f"cannot use {SECRET}")
        except ValueError as error:
            info = (type(error), error, error.__traceback__)
        record = logging.LogRecord(
            "a", logging.ERROR, "f", 1, "with %s", (SECRET,), info
        )
        text = RedactingFormatter("%(message)s").format(record)
    finally:
        redactor.forget("run")
    assert "CANARY" not in text
    assert text.count(MARK) >= 2


def test_it_shows_nothing_of_itself():
    assert SECRET not in repr(PATTERNS)
