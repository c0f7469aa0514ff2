"""Passwords that whoever knows the site guesses first."""

from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError

from accounts.models import User

WORDS: Final = frozenset(
    (
        "admin", "administrator", "agent", "agents", "autogpt", "automation",
        "password", "welcome", "workflow", "workflows", "workspace",
    )
)  # fmt: skip
_SHORTEST: Final = 4


class WordsOfTheSite:
    """A password must be more than one of these words, or of the name of the site's
    host, whatever digits and signs stand around it."""

    def validate(self, password: str, user: User | None = None) -> None:
        """
        Raises:
            ValidationError: it is no more than that.
        """
        letters = "".join(filter(str.isalpha, password)).lower()
        if letters in WORDS | _of_the_host():
            text = "This password is a word of the site. Choose another one."
            raise ValidationError(text, code="password_word_of_site")

    def get_help_text(self) -> str:
        return "Your password can't be a word of the site with digits around it."


def _of_the_host() -> frozenset[str]:
    labels = (urlsplit(settings.SITE_URL).hostname or "").split(".")
    words = ("".join(filter(str.isalpha, label)) for label in labels)
    return frozenset(word for word in words if len(word) >= _SHORTEST)
