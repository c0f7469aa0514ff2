"""The ready agents that an account without any is offered, from `examples/`."""

from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from django.conf import settings

from accounts.models import User
from core import jsonio
from graphs.models import Graph
from graphs.services import graph_import

OFFERED: Final = ("greeting", "slow-breakfast", "word-collector", "handled-error")
"""Simple ones first. None needs a credential, and each ends within seconds."""


class Example(NamedTuple):
    slug: str
    name: str
    description: str


@cache
def example_list() -> tuple[Example, ...]:
    return tuple(_read(slug) for slug in OFFERED)


def example_open(*, user: User, slug: str) -> Graph:
    """A copy that is the user's own. LookupError: none of the offered is so called."""
    if slug not in OFFERED:
        raise LookupError(slug)
    document = jsonio.loads(_path(slug).read_bytes())
    return graph_import(user=user, document=document).graph


def _read(slug: str) -> Example:
    document = jsonio.loads(_path(slug).read_bytes())
    if not isinstance(document, dict):
        raise TypeError(f"The example {slug} is no agent.")
    return Example(slug, str(document["name"]), str(document["description"]))


def _path(slug: str) -> Path:
    return Path(settings.BASE_DIR) / "examples" / f"{slug}.json"
