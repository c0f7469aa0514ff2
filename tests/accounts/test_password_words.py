"""Passwords made of words of the site."""

from contextlib import nullcontext

import pytest
from django.core.exceptions import ValidationError
from pytest_django import Settings

from accounts.password_words import WordsOfTheSite


@pytest.mark.parametrize(
    ("password", "is_good"),
    [
        pytest.param("AutoGPT-2026!", False, id="product"),
        pytest.param("12agents34", False, id="what it is for"),
        pytest.param("Robot.Farm2026", False, id="host"),
        pytest.param("!robot-farm!", False, id="host with signs"),
        # Labels as short as these are parts of many words.
        pytest.param("org20262026", True, id="short label"),
        pytest.param("agents of change", True, id="more than a word"),
        pytest.param("20262026-2026", True, id="no letters"),
    ],
)
def test_more_than_a_word_is_wanted(password: str, is_good: bool, settings: Settings):
    settings.SITE_URL = "https://robot-farm.example.org"
    refusal = pytest.raises(ValidationError, match="word of the site")
    with nullcontext() if is_good else refusal:
        WordsOfTheSite().validate(password)
