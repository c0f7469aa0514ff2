"""Which values are the same, for blocks that look for doubles."""

from collections.abc import Hashable, Iterable, Iterator
from typing import Any


def unique(items: Iterable[Any]) -> Iterator[Any]:
    """The first of each that are equal, in order."""
    seen = set()
    for item in items:
        key = key_of(item)
        if key not in seen:
            seen.add(key)
            yield item


def key_of(value: Any) -> Hashable:
    """Equal for values that are equal as Python sees it: 1, 1.0 and true are."""
    if isinstance(value, dict):
        return frozenset((name, key_of(part)) for name, part in value.items())
    if isinstance(value, list):
        return tuple(key_of(part) for part in value)
    scalar: Hashable = value
    return scalar
