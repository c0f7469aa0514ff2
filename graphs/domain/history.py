"""What changed between two states of a stored draft, small enough to keep each time."""

from collections.abc import Mapping
from typing import Any, Final

from blocks.values import JsonObject, JsonValue

_LISTS: Final = ("nodes", "links")


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> JsonObject:
    """What `applied` needs to make `after` of `before`; {} if nothing changed."""
    found: JsonObject = {
        key: after[key]
        for key in after
        if key not in _LISTS and after[key] != before.get(key)
    }
    for key in _LISTS:
        if before[key] != after[key]:
            found[key] = _entry_changes(before[key], after[key])
    return found


def applied(before: Mapping[str, Any], changed: Mapping[str, Any]) -> JsonObject:
    """The document that `changed` was made for."""
    after = dict(before)
    for key, change in changed.items():
        after[key] = _entries(before[key], change) if key in _LISTS else change
    return after


def _entry_changes(before: list[Any], after: list[Any]) -> JsonObject:
    old = {entry["id"]: entry for entry in before}
    new = {entry["id"]: entry for entry in after}
    found: JsonObject = {
        "set": [entry for id_, entry in new.items() if old.get(id_) != entry],
        "removed": [id_ for id_ in old if id_ not in new],
    }
    order: list[JsonValue] = list(new)
    if order != [entry["id"] for entry in _entries(before, found)]:
        found["order"] = order
    return found


def _entries(before: list[Any], change: Mapping[str, Any]) -> list[Any]:
    entries = {entry["id"]: entry for entry in before}
    for id_ in change["removed"]:
        del entries[id_]
    entries |= {entry["id"]: entry for entry in change["set"]}
    return [entries[id_] for id_ in change.get("order", entries)]
