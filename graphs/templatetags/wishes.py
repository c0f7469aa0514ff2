"""What an agent asks for, in words."""

import re
from collections.abc import Iterable
from typing import Final

from django.template import Library

from accounts.credentials.providers import provider_of
from accounts.models import Credential

register = Library()

_WORD_BEGINS: Final = re.compile(r"(?<=[a-z\d])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


@register.filter
def block_words(name: str) -> str:
    """As the builder writes it: that it is a block goes without saying."""
    return _WORD_BEGINS.sub(" ", name.removesuffix("Block"))


@register.filter
def provider_words(names: Iterable[str]) -> str:
    """By their titles; a provider that nobody knows by its own name."""
    found = ((name, provider_of(name)) for name in names)
    return " or ".join(known.title if known else name for name, known in found)


@register.filter
def kind_words(kinds: Iterable[str]) -> str:
    words = dict(Credential.Kind.choices)
    return " or ".join(str(words.get(kind, kind)) for kind in kinds)
