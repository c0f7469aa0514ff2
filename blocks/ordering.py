"""Fields of items, and how values that may be of any kind are told apart and ordered.

As in JSON, true is not 1, and 1 is 1.0.
"""

from collections.abc import Hashable
from typing import Any, Final

import orjson


def by_path(item: Any, path: str) -> Any:
    """The value under keys of objects and places of lists; null if there is none."""
    for name in path.split(".") if path else ():
        if isinstance(item, dict):
            item = item.get(name)
        elif isinstance(item, list) and _is_place(name) and int(name) < len(item):
            item = item[int(name)]
        else:
            return None
    return item


def _is_place(name: str) -> bool:
    return name.isascii() and name.isdigit() and len(name) < 10


def identity(value: Any) -> Hashable:
    """Equal for values that are equal, and only for those."""
    if isinstance(value, bool):
        return ("bool", value)
    if isinstance(value, list):
        return ("list", tuple(map(identity, value)))
    if isinstance(value, dict):
        return ("dict", frozenset((key, identity(part)) for key, part in value.items()))
    found: Hashable = value
    return found


def group_key(value: Any) -> str:
    """A name for the value: itself if it is a text."""
    if isinstance(value, str):
        return value
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


_RANKS: Final = {bool: 0, int: 1, float: 1, str: 2, list: 3, dict: 4, type(None): 5}


def sort_key(value: Any) -> tuple[int, Any]:
    """Orders any values: by kind first, lists and objects by their JSON."""
    rank = _RANKS[type(value)]
    return rank, value if rank <= 2 else group_key(value)
