"""Looks through a value; says where and which rule, and leaves it as it is."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from core.validator.rules import patterns

MAX_FINDINGS: Final = 20
MAX_CHARACTERS: Final = 100_000
"""Looked at, of all texts together: a signal must not cost more than the request."""

SECRET_NAMES: Final = frozenset(
    (
        "password", "new_password", "old_password", "refresh", "access", "token",
        "secret", "secrets", "api_key", "client_secret", "authorization",
    )
)  # fmt: skip
"""Below these names nothing is looked at: what is noted about a secret helps to guess
it."""
SECRET_AT_THE_TOP: Final = frozenset(("code", "current", "new", "state"))
"""The same, for names that below the top of a body stand for other things."""

_SECRET_IN_ALL: Final = SECRET_NAMES | SECRET_AT_THE_TOP
_NEEDED: Final = frozenset("'\"`<;&|$/:=()")


@dataclass(frozen=True, slots=True)
class Finding:
    """`span` counts characters of the text at `path`."""

    rule: str
    path: str
    span: tuple[int, int]
    text: str


def inspect(value: Any, *, max_characters: int = MAX_CHARACTERS) -> list[Finding]:
    """What looks like an attack, in the order of the value, at most `MAX_FINDINGS`."""
    found: list[Finding] = []
    left = max_characters
    for path, text in _texts(value):
        if left <= 0 or len(found) >= MAX_FINDINGS:
            break
        left -= len(text)
        if not _NEEDED.isdisjoint(text):
            found += _in_text(path, text[: left + len(text)])
    return found[:MAX_FINDINGS]


def _in_text(path: str, text: str) -> Iterator[Finding]:
    # Half a character cannot be encoded, so RE2 could not read it.
    whole = text.encode("utf-8", "replace").decode()
    anything, by_rule = patterns()
    if anything.search(whole) is None:
        return
    for rule, pattern in by_rule.items():
        match = pattern.search(whole)
        if match is not None:
            yield Finding(rule, path, match.span(), text)


def _texts(value: Any) -> Iterator[tuple[str, str]]:
    """Texts and the names in objects, with where they are. No recursion: depth is
    hostile."""
    todo: list[tuple[str, Any]] = [("$", value)]
    while todo:
        path, each = todo.pop()
        if isinstance(each, str):
            yield path, each
        elif isinstance(each, dict):
            secret = _SECRET_IN_ALL if path == "$" else SECRET_NAMES
            below = [
                (f"{path}.{str(name)[:64]}", inner)
                for name, inner in each.items()
                if name not in secret
            ]
            todo += reversed(below)
            yield from ((f"{path}.*", name) for name in each if isinstance(name, str))
        elif isinstance(each, list | tuple):
            inner = [(f"{path}[{index}]", item) for index, item in enumerate(each)]
            todo += reversed(inner)
