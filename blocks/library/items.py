"""Blocks that put lists and objects in order: merge, group, sort, part, gather."""

from collections.abc import Hashable
from enum import StrEnum
from functools import partial
from typing import Any, Final

from blocks.base import Block, Pins, Steps, block, pin
from blocks.context import Context
from blocks.errors import BlockError, BlockInputError
from blocks.ordering import by_path, group_key, identity, sort_key
from blocks.spec import Category, Example

_PATH_HELP: Final = "A field of each item, such as `address.city`; empty: the item."


class OnConflict(StrEnum):
    LAST = "last"
    FIRST = "first"
    COLLECT = "collect"
    FAIL = "fail"


@block(
    id="db36e69b-dadd-477b-b179-ebd27640e727",
    name="MergeObjectsBlock",
    categories=(Category.DATA,),
    inline=True,
    examples=(
        Example(
            inputs={"objects": [{"a": 1, "b": {"x": 1}}, {"b": {"y": 2}, "c": 3}]},
            outputs=[("merged", {"a": 1, "b": {"y": 2}, "c": 3})],
        ),
        Example(
            inputs={"objects": [{"b": {"x": 1}}, {"b": {"y": 2}}], "deep": True},
            outputs=[("merged", {"b": {"x": 1, "y": 2}})],
        ),
        Example(
            inputs={
                "objects_$_0": {"a": 1},
                "objects_$_1": {"a": 2},
                "on_conflict": "collect",
            },
            outputs=[("merged", {"a": [1, 2]})],
        ),
        Example(
            inputs={"objects": [{"a": 1}, {"a": 2}], "on_conflict": "fail"},
            error="more than one object has 'a'",
        ),
        Example(inputs={"objects": [1]}, error="item 0 is no object"),
    ),
)
class MergeObjects(Block):
    """Makes one object of several, from left to right. Where more than one has a key,
    the last or the first wins, all values are collected in a list, or it fails. Deep:
    objects under the same key are merged the same way."""

    class Input(Pins):
        objects: list[Any] = pin("The objects.")
        deep: bool = pin("Merge objects inside, too.", default=False)
        on_conflict: OnConflict = pin(
            "What to do where several have a key.", default=OnConflict.LAST
        )

    class Output(Pins):
        merged: dict[str, Any] = pin("The object.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        for place, item in enumerate(inputs.objects):
            if not isinstance(item, dict):
                raise BlockInputError(f"pin 'objects': item {place} is no object")
        yield "merged", _merged(inputs.objects, inputs.deep, inputs.on_conflict)


def _merged(objects: list[Any], deep: bool, how: OnConflict) -> dict[str, Any]:
    values: dict[str, list[Any]] = {}
    for item in objects:
        for key, value in item.items():
            values.setdefault(key, []).append(value)
    return {key: _one_of(key, found, deep, how) for key, found in values.items()}


def _one_of(key: str, found: list[Any], deep: bool, how: OnConflict) -> Any:
    if len(found) == 1:
        return found[0]
    if deep and all(isinstance(value, dict) for value in found):
        return _merged(found, deep, how)
    match how:
        case OnConflict.COLLECT:
            return found
        case OnConflict.FAIL:
            raise BlockError(f"more than one object has {key!r}", code="conflict")
    return found[0] if how is OnConflict.FIRST else found[-1]


@block(
    id="97e7ee89-48a5-4451-b1c3-354ef1770035",
    name="GroupItemsBlock",
    categories=(Category.DATA,),
    cpu=True,
    examples=(
        Example(
            inputs={
                "items": [{"c": "x", "n": 1}, {"c": "y", "n": 2}, {"c": "x"}],
                "by": "c",
            },
            outputs=[
                (
                    "groups",
                    {"x": [{"c": "x", "n": 1}, {"c": "x"}], "y": [{"c": "y", "n": 2}]},
                ),
                ("keys", ["x", "y"]),
                ("counts", {"x": 2, "y": 1}),
            ],
        ),
        Example(
            inputs={"items": [{"c": 1}, {}, {"c": "1"}], "by": "c"},
            outputs=[
                ("groups", {"1": [{"c": 1}, {"c": "1"}], "null": [{}]}),
                ("keys", ["1", "null"]),
                ("counts", {"1": 2, "null": 1}),
            ],
        ),
    ),
)
class GroupItems(Block):
    """Puts items with the same value of a field together. Groups come in the order of
    their first items; a value that is no text is named by its JSON."""

    class Input(Pins):
        items: list[Any] = pin("The items.")
        by: str = pin(_PATH_HELP, default="")

    class Output(Pins):
        groups: dict[str, list[Any]] = pin("The items of each group, by its name.")
        keys: list[str] = pin("The names of the groups.")
        counts: dict[str, int] = pin("How many items each group has.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        groups: dict[str, list[Any]] = {}
        for item in inputs.items:
            groups.setdefault(group_key(by_path(item, inputs.by)), []).append(item)
        yield "groups", groups
        yield "keys", list(groups)
        yield "counts", {name: len(items) for name, items in groups.items()}


@block(
    id="c028bea3-4a39-4bd6-ace8-2893826c9b13",
    name="SortItemsBlock",
    categories=(Category.DATA,),
    cpu=True,
    examples=(
        Example(
            inputs={"items": [{"n": 2}, {"n": 10}, {}, {"n": 1}], "by": "n"},
            outputs=[("sorted", [{"n": 1}, {"n": 2}, {"n": 10}, {}])],
        ),
        Example(
            inputs={"items": ["b", 3, "a", 1], "descending": True},
            outputs=[("sorted", ["b", "a", 3, 1])],
        ),
        Example(
            inputs={"items": [None, 1, 2], "descending": True},
            outputs=[("sorted", [2, 1, None])],
        ),
    ),
)
class SortItems(Block):
    """Sorts a list. Numbers come before texts, texts before lists and objects, and what
    has no value comes last, also when the greatest is first. Equal items keep their
    order."""

    class Input(Pins):
        items: list[Any] = pin("The items.")
        by: str = pin(_PATH_HELP, default="")
        descending: bool = pin("The greatest first.", default=False)

    class Output(Pins):
        sorted: list[Any] = pin("The items in order.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        there: list[Any] = []
        missing: list[Any] = []
        for item in inputs.items:
            (missing if by_path(item, inputs.by) is None else there).append(item)
        key = partial(_sort_key, path=inputs.by)
        yield "sorted", sorted(there, key=key, reverse=inputs.descending) + missing


def _sort_key(item: Any, path: str) -> tuple[int, Any]:
    return sort_key(by_path(item, path))


@block(
    id="9cfcf26e-1042-4e4f-9838-3a5b76830ff6",
    name="UniqueItemsBlock",
    categories=(Category.DATA,),
    cpu=True,
    examples=(
        Example(
            inputs={"items": [1, True, 1, 1.0, "1", [1], [1]]},
            outputs=[("unique", [1, True, "1", [1]]), ("duplicates", [1, 1.0, [1]])],
        ),
        Example(
            inputs={"items": [{"a": 1, "b": 1}, {"a": 1, "b": 2}], "by": "a"},
            outputs=[
                ("unique", [{"a": 1, "b": 1}]),
                ("duplicates", [{"a": 1, "b": 2}]),
            ],
        ),
    ),
)
class UniqueItems(Block):
    """Keeps the first of items that are equal, or equal in a field."""

    class Input(Pins):
        items: list[Any] = pin("The items.")
        by: str = pin(_PATH_HELP, default="")

    class Output(Pins):
        unique: list[Any] = pin("The first of each.")
        duplicates: list[Any] = pin("The others.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        seen: set[Hashable] = set()
        unique: list[Any] = []
        duplicates: list[Any] = []
        for item in inputs.items:
            key = identity(by_path(item, inputs.by))
            (duplicates if key in seen else unique).append(item)
            seen.add(key)
        yield "unique", unique
        yield "duplicates", duplicates


MAX_CHUNKS: Final = 10_000


@block(
    id="1e719c55-cb79-4eef-88d5-ef75254fbc51",
    name="ChunkListBlock",
    categories=(Category.DATA,),
    inline=True,
    examples=(
        Example(
            inputs={"items": [1, 2, 3, 4, 5], "size": 2},
            outputs=[
                ("count", 3),
                ("chunk", [1, 2]),
                ("chunk", [3, 4]),
                ("chunk", [5]),
            ],
        ),
        Example(inputs={"items": []}, outputs=[("count", 0)]),
        Example(inputs={"items": [1], "size": 0}, error="greater than or equal to 1"),
    ),
)
class ChunkList(Block):
    """Parts a list into chunks and sends them on one after the other. How many there
    will be comes first, so that a block which gathers knows when it has them all."""

    class Input(Pins):
        items: list[Any] = pin("The items.")
        size: int = pin(
            "Items in a chunk; the last may have fewer.", default=1_000, ge=1
        )

    class Output(Pins):
        count: int = pin("How many chunks follow.")
        chunk: list[Any] = pin("One chunk.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        items, size = inputs.items, inputs.size
        count = -(-len(items) // size)
        if count > MAX_CHUNKS:
            raise BlockError(f"{count:,} chunks are too many (limit {MAX_CHUNKS:,})")
        yield "count", count
        for start in range(0, len(items), size):
            yield "chunk", items[start : start + size]
