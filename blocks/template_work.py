"""What a template may cost, counted and not timed: the same template on the same values
passes or fails the same way on every machine.

A unit of work is about a quarter of a microsecond. Operations are paid for before they
are done, so nothing large is ever built and then thrown away.
"""

from types import BuiltinMethodType, FunctionType, MethodType
from typing import Any, Final

from jinja2.runtime import Undefined

from blocks.errors import BlockError

WORK_LIMIT: Final = 2_000_000
TEXT_LIMIT: Final = 1024 * 1024
COUNT_LIMIT: Final = 10_000
EXPONENT_LIMIT: Final = 1_000
BITS_LIMIT: Final = 8_192
DEPTH_LIMIT: Final = 40

_ATOMS: Final = frozenset((int, float, bool, type(None)))
_METHODS: Final = frozenset((BuiltinMethodType, FunctionType, MethodType))


class TemplateLimitError(BlockError):
    """The template asks for more than any template may have."""

    code = "template_limit"


class Meter:
    """The account of one rendering."""

    __slots__ = ("depth", "work")

    def __init__(self) -> None:
        self.work = 0
        self.depth = 0

    def charge(self, units: int) -> None:
        self.work += units
        if self.work > WORK_LIMIT:
            raise TemplateLimitError(
                f"the template does too much work (limit {WORK_LIMIT:,} steps); "
                "use smaller loops or smaller values"
            )

    def weigh(self, value: object) -> int:
        """What touching all of `value` costs; stops counting beyond the limit."""
        if isinstance(value, int):
            return 1 + (value.bit_length() >> 5)
        if isinstance(value, str):
            return 1 + (text_size(value) >> 3)
        if value is None or isinstance(value, float):
            return 1
        return self._weigh_tree(value)

    def _weigh_tree(self, value: object) -> int:
        total, left = 0, WORK_LIMIT - self.work
        pending: list[object] = [value]
        while pending and total <= left:
            part = pending.pop()
            total += 1
            if isinstance(part, str):
                total += text_size(part) >> 3
            elif isinstance(part, int):
                total += part.bit_length() >> 5
            elif isinstance(part, dict):
                total += len(part)
                pending.extend(part)
                pending.extend(part.values())
            elif isinstance(part, list | tuple):
                pending.extend(part)
            elif type(part) in _METHODS:
                raise TypeError("a method is no value: call it with ()")
        return total

    def take(self, *values: object, times: int = 1) -> None:
        """Pay for reading `values`, `times` over."""
        self.charge(sum(map(self.weigh, values)) * times)

    def made(self, value: Any) -> Any:
        """Pay for a new value and check its size."""
        if isinstance(value, str):
            require_text(len(value))
        elif isinstance(value, int):
            require_bits(value.bit_length())
        self.charge(self.weigh(value))
        return value

    def reserve(self, characters: int) -> None:
        """Pay for a text before it is made."""
        require_text(characters)
        self.charge(characters >> 3)

    def text_of(self, value: object) -> str:
        """`value` as it is printed; markup stays markup."""
        if isinstance(value, str):
            self.charge(1 + (len(value) >> 3))
            return value
        if type(value) in _ATOMS or isinstance(value, Undefined):
            return str(value)
        if isinstance(value, list | tuple | dict | range):
            # The quoted form of a text can be ten times as long as the text.
            self.take(value, times=8)
            text = str(value)
            require_text(len(text))
            return text
        if type(value) in _METHODS:
            # Python would print an address.
            return f"<{type(value).__name__}>"
        return str(value)


def text_size(text: str) -> int:
    """Bytes in memory, at most."""
    return len(text) if text.isascii() else 4 * len(text)


def require_text(characters: int) -> None:
    if characters > TEXT_LIMIT:
        raise TemplateLimitError(
            f"the template makes a text of {characters:,} characters "
            f"(limit {TEXT_LIMIT:,})"
        )


def require_bits(bits: int) -> None:
    if bits > BITS_LIMIT:
        raise TemplateLimitError(
            f"the template makes a number of {bits:,} bits (limit {BITS_LIMIT:,})"
        )


def require_count(what: str, count: object, limit: int = COUNT_LIMIT) -> None:
    if isinstance(count, int) and abs(count) > limit:
        raise TemplateLimitError(f"{what} {count:,} is too large (limit {limit:,})")
