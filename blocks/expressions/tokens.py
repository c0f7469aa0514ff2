"""From the text of an expression to its tokens."""

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import Final, NamedTuple

from blocks.expressions.failures import malformed

MAX_CHARACTERS: Final = 10_000


class TokenKind(StrEnum):
    NUMBER = "number"
    TEXT = "text"
    NAME = "name"
    SIGN = "sign"
    END = "end"


class Token(NamedTuple):
    kind: TokenKind
    text: str
    place: int


# Each alternative begins with another character, so nothing is read twice.
_TOKEN: Final = re.compile(
    r"(?P<number>[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<text>\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*')"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<sign>\|\||&&|==|!=|<=|>=|[-+*/%<>!?:.,()\[\]{}])"
)
_SPACE: Final = re.compile(r"\s*")


def tokens_of(text: str) -> list[Token]:
    """
    Raises:
        BlockInputError: code `bad_expression`, with the place.
    """
    if len(text) > MAX_CHARACTERS:
        raise malformed(f"it is longer than {MAX_CHARACTERS:,} characters", 0)
    return list(_tokens(text))


def _tokens(text: str) -> Iterator[Token]:
    place = _after_space(text, 0)
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise malformed(f"{text[place]!r} has no meaning here", place)
        yield Token(TokenKind(match.lastgroup or ""), match.group(), place)
        place = _after_space(text, match.end())
    yield Token(TokenKind.END, "", len(text))


def _after_space(text: str, place: int) -> int:
    match = _SPACE.match(text, place)
    return place if match is None else match.end()


_ESCAPE: Final = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|(.))", re.DOTALL)
_LETTERS: Final = {"n": "\n", "r": "\r", "t": "\t"}
_THEMSELVES: Final = "\\\"'/"


def unquoted(token: Token) -> str:
    """The text that a text token stands for.

    Raises:
        BlockInputError: code `bad_expression`, for an escape that is unknown.
    """

    def plain(match: re.Match[str]) -> str:
        code, letter = match.groups()
        if code is not None:
            return chr(int(code, 16))
        if letter in _THEMSELVES:
            return letter
        if letter not in _LETTERS:
            place = token.place + 1 + match.start()
            raise malformed(f"the escape \\{letter} is unknown", place)
        return _LETTERS[letter]

    return _ESCAPE.sub(plain, token.text[1:-1])
