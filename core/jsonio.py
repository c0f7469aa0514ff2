"""The strict JSON parser: what comes from outside is checked here, once."""

import json
import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from core.limits import MIB

if TYPE_CHECKING:
    JsonValue: TypeAlias = (
        bool | int | float | str | list["JsonValue"] | dict[str, "JsonValue"] | None
    )
else:
    JsonValue = object

Path: TypeAlias = tuple[str | int, ...]
_Container: TypeAlias = dict[str, JsonValue] | list[JsonValue]

MIN_INTEGER: Final = -(2**63)
MAX_INTEGER: Final = 2**64 - 1

# Each of these is rare, so the careful look at numbers or strings is seldom paid for.
_MAYBE_TOO_BIG: Final = re.compile(r"\d{19}|[eE]\+?\d{3}")
_MAYBE_BAD_TEXT: Final = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
_BAD_CHARACTER: Final = re.compile("[\0\ud800-\udfff]")
# A tuple: `isinstance` takes several times longer with a union.
_CONTAINERS: Final = (dict, list)

# A path is a courtesy: looking for one must not cost more than parsing did.
_CONTAINERS_SEARCHED: Final = 200_000

_PLAIN_KEY: Final = re.compile(r"[A-Za-z_]\w{0,63}", re.ASCII)


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """`size` in bytes, `depth` in nested containers, `keys` per object."""

    size: int
    depth: int = 64
    keys: int = 10_000


GRAPH: Final = Limits(size=10 * MIB)
BODY: Final = Limits(size=2 * MIB)
DEFAULT: Final = BODY


class JsonError(ValueError):
    """A document that is refused; `path` is where, `code` is which rule."""

    def __init__(self, message: str, path: str = "$", code: str = "syntax") -> None:
        super().__init__(f"{path}: {message}")
        self.message = message
        self.path = path
        self.code = code


class JsonTooLarge(JsonError):
    """The document is longer than its limit, whatever it says."""


class _Fault:
    """Stands in the parsed value for a number that cannot be kept."""

    def __init__(self, message: str) -> None:
        self.message = message


def loads(data: bytes, *, limits: Limits = DEFAULT) -> JsonValue:
    """Parse one JSON document.

    Raises:
        JsonTooLarge: it is longer than `limits.size`.
        JsonError: it is not JSON, or breaks a rule that keeps it storable and cheap.
    """
    if len(data) > limits.size:
        message = (
            f"{len(data):,} bytes are over the limit of {limits.size:,}: send less"
        )
        raise JsonTooLarge(message, code="too_large")
    text = _decoded(data)
    value = _Parser(limits).parse(text)
    _check_depth(value, limits.depth)
    if _MAYBE_BAD_TEXT.search(text):
        _check_text(value)
    return value


def _decoded(data: bytes) -> str:
    if data.startswith(b"\xef\xbb\xbf"):
        raise JsonError("starts with a byte order mark: leave it out", code="encoding")
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        message = f"byte {error.start} is not UTF-8: encode the document as UTF-8"
        raise JsonError(message, code="encoding") from None


class _Parser:
    """The standard parser with hooks that note a fault and go on.

    A hook knows no path. So it only remembers what is wrong, and the path is looked up
    in the finished value. The last fault is kept: objects close inside out, so no
    faulty object can be around it and have dropped it.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._fault: tuple[object, str, str] | None = None

    def parse(self, text: str) -> JsonValue:
        careful = _MAYBE_TOO_BIG.search(text) is not None
        try:
            value: JsonValue = json.loads(
                text,
                object_pairs_hook=self._object,
                parse_constant=self._constant,
                parse_int=self._integer if careful else None,
                parse_float=self._float if careful else None,
            )
        except json.JSONDecodeError as error:
            where = f"line {error.lineno} column {error.colno}"
            raise JsonError(f"not JSON at {where}: {error.msg}") from None
        except RecursionError:
            raise _too_deep((), self._limits.depth) from None
        self._raise_fault(value)
        return value

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) != len(pairs):
            key = _first_repeated(pairs)
            self._note(made, f"the key {_shown(key)} is there twice", "duplicate_key")
        if len(pairs) > self._limits.keys:
            message = f"{len(pairs):,} keys are over the limit of {self._limits.keys:,}"
            self._note(made, message, "keys")
        return made

    def _integer(self, digits: str) -> object:
        # Twenty characters hold every number in range; longer ones are slow to convert.
        if len(digits) <= 20 and MIN_INTEGER <= (number := int(digits)) <= MAX_INTEGER:
            return number
        return self._number_fault(
            "the integer does not fit in 64 bits: send it as text"
        )

    def _float(self, digits: str) -> object:
        number = float(digits)
        if math.isfinite(number):
            return number
        return self._number_fault("the number is too large: send it as text")

    def _constant(self, name: str) -> object:
        return self._number_fault(f"{name} is not JSON: send null or a number")

    def _number_fault(self, message: str) -> _Fault:
        fault = _Fault(message)
        self._note(fault, message, "number")
        return fault

    def _note(self, target: object, message: str, code: str) -> None:
        self._fault = (target, message, code)

    def _raise_fault(self, value: JsonValue) -> None:
        if self._fault is None:
            return
        target, message, code = self._fault
        raise JsonError(message, _path_text(_path_to(target, value)), code)


def _first_repeated(pairs: list[tuple[str, Any]]) -> str:
    seen: set[str] = set()
    for key, _ in pairs:
        if key in seen:
            break
        seen.add(key)
    return key


def _check_depth(value: JsonValue, limit: int) -> None:
    for depth, level in enumerate(_levels(value)):
        if depth > limit:
            raise _too_deep(_path_to(level[0], value), limit)


def _too_deep(path: Path, limit: int) -> JsonError:
    message = f"more than {limit} levels of nesting: make the document flatter"
    return JsonError(message, _path_text(path), "depth")


def _check_text(value: JsonValue) -> None:
    for container in chain.from_iterable(_levels(value)):
        for inner in _inner(container):
            if type(inner) is str and (bad := _BAD_CHARACTER.search(inner)):
                raise _bad_text(_path_to(inner, value), bad.group())
        for key in container if isinstance(container, dict) else ():
            if bad := _BAD_CHARACTER.search(key):
                raise _bad_text(_path_to(container, value), bad.group())


def _bad_text(path: Path, character: str) -> JsonError:
    name = f"U+{ord(character):04X}"
    message = f"a text holds {name}, which cannot be stored: remove it"
    return JsonError(message, _path_text(path), "text")


def _levels(root: JsonValue) -> Iterator[list[_Container]]:
    """Containers by depth, from one around the root. No recursion: depth is hostile."""
    level: list[_Container] = [[root]]
    while level:
        yield level
        level = [
            inner
            for outer in level
            for inner in _inner(outer)
            if isinstance(inner, _CONTAINERS)
        ]


def _inner(container: _Container) -> Iterable[JsonValue]:
    return container.values() if isinstance(container, dict) else container


def _path_to(target: object, root: JsonValue) -> Path:
    """Where a container or leaf is; the root, if it takes too long to find."""
    for path, container in islice(_walk(root), _CONTAINERS_SEARCHED):
        if container is target:
            return path
        for key, inner in _items(container):
            if inner is target:
                return (*path, key)
    return ()


def _walk(root: JsonValue) -> Iterator[tuple[Path, _Container]]:
    todo: list[tuple[Path, JsonValue]] = [((), root)]
    while todo:
        path, value = todo.pop()
        if isinstance(value, _CONTAINERS):
            yield path, value
            todo.extend(
                ((*path, key), inner)
                for key, inner in _items(value)
                if isinstance(inner, _CONTAINERS)
            )


def _items(container: _Container) -> Iterable[tuple[str | int, JsonValue]]:
    if isinstance(container, dict):
        yield from container.items()
    else:
        yield from enumerate(container)


def _path_text(path: Path) -> str:
    parts = [f"[{part}]" if isinstance(part, int) else _member(part) for part in path]
    if len(parts) > 20:
        parts = [*parts[:10], "…", *parts[-10:]]
    return "$" + "".join(parts)


def _member(key: str) -> str:
    return f".{key}" if _PLAIN_KEY.fullmatch(key) else f"[{_shown(key)}]"


def _shown(key: str) -> str:
    return json.dumps(key if len(key) <= 64 else key[:63] + "…")
