"""The part of npm's version ranges that "engines" in package.json is written in."""

import re
from collections.abc import Iterator
from typing import NamedTuple


class Version(NamedTuple):
    """A release; pre-releases are never chosen, so they have no place here."""

    major: int
    minor: int = 0
    patch: int = 0


class RangeError(ValueError):
    """The range uses a form this reader does not know."""


class _Bounds(NamedTuple):
    low: Version
    high: Version | None  # excluded; None is no limit


_RELEASE = re.compile(r"v?(\d+)\.(\d+)\.(\d+)(?:\+[\w.-]+)?")
_COMPARATOR = re.compile(
    r"(?P<operator>\^|~|>=|<=|>|<|=)?\s*"
    r"v?(?P<major>\d+|[xX*])(?:\.(?P<minor>\d+|[xX*]))?(?:\.(?P<patch>\d+|[xX*]))?(?=\s|$)"
)
_LOWEST = Version(0)


def parse_version(text: str) -> Version | None:
    """What `node --version` prints as a version; None if it is not a plain release."""
    match = _RELEASE.fullmatch(text.strip())
    return Version(*map(int, match.groups())) if match else None


def satisfies(version: Version, wanted: str) -> bool:
    """Whether the version lies in the range, such as "^20.19 || >=22.12".

    Raises:
        RangeError: for hyphen ranges, pre-releases and whatever else is not known.
    """
    # Every alternative is read first, so that a fault in a later one is not hidden.
    alternatives = [list(_comparators(part, wanted)) for part in wanted.split("||")]
    return any(
        all(_within(version, bounds) for bounds in alternative)
        for alternative in alternatives
    )


def _within(version: Version, bounds: _Bounds) -> bool:
    return bounds.low <= version and (bounds.high is None or version < bounds.high)


def _comparators(alternative: str, wanted: str) -> Iterator[_Bounds]:
    rest = alternative.strip()
    while rest:
        match = _COMPARATOR.match(rest)
        if not match:
            raise RangeError(f"cannot read {rest!r} in the version range {wanted!r}")
        yield _bounds(match["operator"] or "", _given(match))
        rest = rest[match.end() :].lstrip()


def _given(match: re.Match[str]) -> tuple[int, ...]:
    """The numbers before the first that is left out or a wildcard: "20.x" is (20,)."""
    numbers: list[int] = []
    for part in (match["major"], match["minor"], match["patch"]):
        if part is None or not part.isdigit():
            break
        numbers.append(int(part))
    return tuple(numbers)


def _bounds(operator: str, given: tuple[int, ...]) -> _Bounds:
    if not given:  # "*" is every version, and nothing lies above or below them all
        return _Bounds(_LOWEST, _LOWEST if operator in ("<", ">") else None)
    low, after = Version(*given), _bumped(given, len(given) - 1)
    match operator:
        case ">=":
            return _Bounds(low, None)
        case ">":
            return _Bounds(after, None)
        case "<":
            return _Bounds(_LOWEST, low)
        case "<=":
            return _Bounds(_LOWEST, after)
        case "~":
            return _Bounds(low, _bumped(given, min(1, len(given) - 1)))
        case "^":
            return _Bounds(low, _bumped(given, _first_not_zero(given)))
        case _:
            return _Bounds(low, after)


def _bumped(given: tuple[int, ...], place: int) -> Version:
    return Version(*[*given[:place], given[place] + 1])


def _first_not_zero(given: tuple[int, ...]) -> int:
    places = (place for place, number in enumerate(given) if number)
    return next(places, len(given) - 1)
