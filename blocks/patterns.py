"""Patterns that users write, in time that grows with the text and not faster.

They run on RE2, which knows neither look-around nor references back to a group. What
else Python writes in another way is put into its words first.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from blocks.errors import BlockInputError

if TYPE_CHECKING:
    import re2

MAX_PATTERN_CHARACTERS: Final = 10_000
MAX_TEXT_CHARACTERS: Final = 10_000_000
MAX_GROUPS: Final = 500
"""The memory of a search grows with their square: 5,000 took 770 MiB."""

MALFORMED: Final = "bad_pattern"
UNSUPPORTED: Final = "unsupported_pattern"

_SAYS_MALFORMED: Final = (
    "missing ", "unexpected ", "trailing \\", "no argument for repetition",
    "invalid character class range", "invalid named capture",
)  # fmt: skip
_CONSTRUCTS: Final = {
    "(?=": "look-ahead",
    "(?!": "look-ahead",
    "(?<=": "look-behind",
    "(?<!": "look-behind",
    "(?P=": "a reference back to a group",
    "(?>": "an atomic group",
    "(?(": "a condition",
    "(?#": "a comment",
}


@dataclass(frozen=True, slots=True)
class Found:
    """One match: `groups[0]` is all of it, None a group that took no part."""

    groups: tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Pattern:
    compiled: "re2._Regexp[str]"
    has_end: bool

    def matches(self, text: str) -> Iterator[Found]:
        """The matches from left to right.

        Raises:
            BlockInputError: the text is too long, or holds half a character.
        """
        _check_text(text)
        found = _found(self.compiled, text)
        first = next(found, None)
        if first is None and self.has_end and text.endswith("\n"):
            # A line end that closes a text does not keep `$` from matching before it.
            found = _found(self.compiled, text[:-1])
            first = next(found, None)
        if first is not None:
            yield first
            yield from found


def _found(compiled: Any, text: str) -> Iterator[Found]:
    for match in compiled.finditer(text):
        yield Found((match.group(0), *match.groups()))


def _check_text(text: str) -> None:
    if len(text) > MAX_TEXT_CHARACTERS:
        raise BlockInputError(
            f"the text has {len(text):,} characters (limit {MAX_TEXT_CHARACTERS:,})"
        )
    try:
        text.encode()
    except UnicodeEncodeError:
        raise BlockInputError("the text holds half of a surrogate pair") from None


@lru_cache(maxsize=256)
def compile_pattern(text: str, *, case_sensitive: bool, dot_all: bool) -> Pattern:
    """
    Raises:
        BlockInputError: code `bad_pattern` or `unsupported_pattern`, saying what.
    """
    import re2

    _check_pattern(text)
    options = re2.Options()
    options.case_sensitive = case_sensitive
    options.dot_nl = dot_all
    options.log_errors = False
    translated = translate(text)
    try:
        compiled = re2.compile(translated, options=options)
    except re2.error as error:
        raise _refusal(text, _words_of(error)) from None
    if compiled.groups > MAX_GROUPS:
        raise BlockInputError(
            f"the pattern has {compiled.groups:,} groups (limit {MAX_GROUPS:,})",
            code=UNSUPPORTED,
        )
    return Pattern(compiled, "$" in text)


def _check_pattern(text: str) -> None:
    if len(text) > MAX_PATTERN_CHARACTERS:
        raise BlockInputError(
            f"the pattern has {len(text):,} characters "
            f"(limit {MAX_PATTERN_CHARACTERS:,})",
            code=UNSUPPORTED,
        )
    if "\0" in text or (not text.isascii() and not _is_whole(text)):
        raise BlockInputError("the pattern holds no proper text", code=MALFORMED)


def _is_whole(text: str) -> bool:
    return not any("\ud800" <= char <= "\udfff" for char in text)


def _words_of(error: Exception) -> str:
    said = error.args[0] if error.args else ""
    return said.decode(errors="replace") if isinstance(said, bytes) else str(said)


def _refusal(text: str, said: str) -> BlockInputError:
    if any(said.startswith(start) for start in _SAYS_MALFORMED):
        return BlockInputError(f"the pattern is malformed: {said}", code=MALFORMED)
    for sign, construct in _CONSTRUCTS.items():
        if sign in text:
            return _unsupported(f"{construct}, {sign}")
    if said.startswith("invalid escape sequence: \\") and said[-1:].isdigit():
        return _unsupported(f"a reference back to a group, {said[-2:]}")
    return _unsupported(said)


def _unsupported(what: str) -> BlockInputError:
    return BlockInputError(
        f"the pattern uses what is unsupported ({what}); write it without, such as by "
        "a group around the part that is wanted",
        code=UNSUPPORTED,
    )


# --- From Python to RE2 ---------------------------------------------------------------

_SPACES: Final = r"\s\x0b\x1c-\x1f\x{85}\p{Z}"
_WORD: Final = r"\p{L}\p{N}_"
_NO_WORD: Final = (
    r"\p{M}\p{S}\p{Z}\p{C}\p{Pd}\p{Ps}\p{Pe}\p{Pi}\p{Pf}\p{Po}"
    r"\x{203F}\x{2040}\x{2054}\x{FE33}\x{FE34}\x{FE4D}-\x{FE4F}\x{FF3F}"
)
_IN_A_CLASS: Final = {
    "w": _WORD, "W": _NO_WORD, "d": r"\p{Nd}", "D": r"\P{Nd}", "s": _SPACES,
    "b": r"\x08",
}  # fmt: skip
_OUTSIDE: Final = {
    "w": f"[{_WORD}]", "W": f"[^{_WORD}]", "d": r"\p{Nd}", "D": r"\P{Nd}",
    "s": f"[{_SPACES}]", "S": f"[^{_SPACES}]", "Z": r"\z",
}  # fmt: skip
_HEX_DIGITS: Final = {"u": 4, "U": 8}


def translate(text: str) -> str:
    """The pattern in the words of RE2; letters and digits are those of all scripts."""
    parts: list[str] = []
    place, in_class = 0, False
    while place < len(text):
        char = text[place]
        if char == "\\":
            part, place = _escape(text, place, in_class)
        elif in_class:
            # An opening bracket within would begin a named class, which Python lacks.
            part = r"\[" if char == "[" else char
            place, in_class = place + 1, char != "]"
        elif char == "[":
            part, place = _class_start(text, place)
            in_class = True
        else:
            part, place = _plain(text, place)
        parts.append(part)
    return "".join(parts)


def _escape(text: str, place: int, in_class: bool) -> tuple[str, int]:
    letter = text[place + 1 : place + 2]
    if letter in _HEX_DIGITS:
        end = place + 2 + _HEX_DIGITS[letter]
        digits = text[place + 2 : end]
        if len(digits) == _HEX_DIGITS[letter] and _is_hex(digits):
            return f"\\x{{{digits.lstrip('0') or '0'}}}", end
    words = _IN_A_CLASS if in_class else _OUTSIDE
    return words.get(letter, "\\" + letter), place + 1 + len(letter)


def _is_hex(digits: str) -> bool:
    return all(digit in "0123456789abcdefABCDEF" for digit in digits)


def _class_start(text: str, place: int) -> tuple[str, int]:
    """A closing bracket that comes first in a class stands for itself."""
    end = place + 2 if text[place + 1 : place + 2] == "^" else place + 1
    if text[end : end + 1] == "]":
        return text[place:end] + r"\]", end + 1
    return text[place:end], end


def _plain(text: str, place: int) -> tuple[str, int]:
    if text.startswith("{,", place):
        digits = text[place + 2 : text.find("}", place)]
        if digits.isdigit() and digits.isascii():
            return "{0,", place + 2
    return text[place], place + 1
