"""Blocks that make one list of several."""

from collections.abc import Iterator
from itertools import zip_longest
from typing import Any, Final, TypeAlias

from blocks.base import Block, Pins, Steps, block, pin
from blocks.context import Context
from blocks.equality import unique
from blocks.errors import BlockError, BlockInputError
from blocks.spec import Category, Example

Items: TypeAlias = list[Any]

MAX_LEVELS: Final = 1_000


@block(
    id="3cf9298b-5817-4141-9d80-7c2cc5199c8e",
    name="ConcatenateListsBlock",
    categories=(Category.BASIC,),
    inline=True,
    examples=(
        Example(
            inputs={"lists": [[1, 2], None, ["a"]]},
            outputs=[("concatenated_list", [1, 2, "a"]), ("length", 3)],
        ),
        Example(
            inputs={
                "lists": [[1, None, {"a": 1}], [{"a": 1}, 1.0]],
                "deduplicate": True,
                "remove_none": True,
            },
            outputs=[("concatenated_list", [1, {"a": 1}]), ("length", 2)],
        ),
        Example(
            inputs={"lists": [[1], "ab"]},
            error="index 1 of pin 'lists': expected a list, got text",
        ),
    ),
)
class ConcatenateLists(Block):
    """Puts lists one behind the other. Of items that are equal (1, 1.0 and true are)
    the first stays, if none is to be there twice; a list that is null is left out."""

    class Input(Pins):
        lists: Items = pin("The lists, in order.")
        deduplicate: bool = pin(
            "Keep only the first of equal items.", default=False, advanced=True
        )
        remove_none: bool = pin("Leave null items out.", default=False, advanced=True)

    class Output(Pins):
        concatenated_list: Items = pin("All items.")
        length: int = pin("How many there are.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        there = [one for one in inputs.lists if one is not None]
        items: Items = [item for one in _checked(there) for item in one]
        if inputs.remove_none:
            items = [item for item in items if item is not None]
        if inputs.deduplicate:
            items = list(unique(items))
        yield "concatenated_list", items
        yield "length", len(items)


@block(
    id="cc45bb0f-d035-4756-96a7-fe3e36254b4d",
    name="FlattenListBlock",
    categories=(Category.BASIC,),
    inline=True,
    examples=(
        Example(
            inputs={"nested_list": [[1, [2]], {"a": [3]}]},
            outputs=[
                ("flattened_list", [1, 2, {"a": [3]}]),
                ("length", 3),
                ("original_depth", 3),
            ],
        ),
        Example(
            inputs={"nested_list": [[1, [2]]], "max_depth": 1},
            outputs=[
                ("flattened_list", [1, [2]]),
                ("length", 2),
                ("original_depth", 3),
            ],
        ),
        Example(inputs={"nested_list": [], "max_depth": -2}, error="max_depth"),
    ),
)
class FlattenList(Block):
    """Puts the items of lists within a list into the list itself."""

    class Input(Pins):
        nested_list: Items = pin("A list with lists in it.")
        max_depth: int = pin(
            "How many levels to take away; -1 for all.",
            default=-1,
            advanced=True,
            ge=-1,
        )

    class Output(Pins):
        flattened_list: Items = pin("The items.")
        length: int = pin("How many there are.")
        original_depth: int = pin("How many levels of lists there were.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        levels = inputs.max_depth
        flat, depth = inputs.nested_list, 1
        below = flat
        while any(isinstance(item, list) for item in below):
            _check_depth(depth)
            below = list(_one_level(below))
            flat = below if levels < 0 or depth <= levels else flat
            depth += 1
        yield "flattened_list", flat
        yield "length", len(flat)
        yield "original_depth", depth


def _one_level(items: Items) -> Iterator[Any]:
    for item in items:
        if isinstance(item, list):
            yield from item
        else:
            yield item


def _check_depth(depth: int) -> None:
    if depth > MAX_LEVELS:
        raise BlockError(f"the list has more than {MAX_LEVELS:,} levels of lists")


@block(
    id="9f616084-1d9f-4f8e-bc00-5b9d2a75cd75",
    name="InterleaveListsBlock",
    categories=(Category.BASIC,),
    inline=True,
    examples=(
        Example(
            inputs={"lists": [[1, 2, 3], ["a"], [None]]},
            outputs=[("interleaved_list", [1, "a", None, 2, 3]), ("length", 5)],
        ),
        Example(inputs={"lists": [[1], 2]}, error="got a number"),
    ),
)
class InterleaveLists(Block):
    """Takes one item of each list in turn, until all lists are used up."""

    class Input(Pins):
        lists: Items = pin("The lists, in order.")

    class Output(Pins):
        interleaved_list: Items = pin("All items.")
        length: int = pin("How many there are.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        rounds = zip_longest(*_checked(inputs.lists), fillvalue=_NONE_LEFT)
        items = [item for turn in rounds for item in turn if item is not _NONE_LEFT]
        yield "interleaved_list", items
        yield "length", len(items)


_NONE_LEFT: Final = object()


@block(
    id="0d0e684f-5cb9-4c4b-b8d1-47a0860e0c07",
    name="ZipListsBlock",
    categories=(Category.BASIC,),
    inline=True,
    examples=(
        Example(
            inputs={"lists": [[1, 2], ["a"]]},
            outputs=[("zipped_list", [[1, "a"]]), ("length", 1)],
        ),
        Example(
            inputs={"lists": [[1, 2], ["a"]], "pad_to_longest": True, "fill_value": 0},
            outputs=[("zipped_list", [[1, "a"], [2, 0]]), ("length", 2)],
        ),
    ),
)
class ZipLists(Block):
    """Groups the first items of the lists, the second ones, and so on."""

    class Input(Pins):
        lists: Items = pin("The lists, in order.")
        pad_to_longest: bool = pin(
            "Go on to the end of the longest list.", default=False, advanced=True
        )
        fill_value: Any = pin(
            "What stands for items that a shorter list lacks.",
            default=None,
            advanced=True,
        )

    class Output(Pins):
        zipped_list: list[Items] = pin("The groups.")
        length: int = pin("How many there are.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        lists = _checked(inputs.lists)
        if inputs.pad_to_longest:
            zipped = list(map(list, zip_longest(*lists, fillvalue=inputs.fill_value)))
        else:
            zipped = list(map(list, zip(*lists, strict=False)))
        yield "zipped_list", zipped
        yield "length", len(zipped)


def _checked(lists: Items) -> list[Items]:
    """What is no list is refused; the pin itself would make a list of it."""
    for place, one in enumerate(lists):
        if not isinstance(one, list):
            raise BlockInputError(
                f"Invalid input at index {place} of pin 'lists': expected a list, "
                f"got {_noun(one)}"
            )
    return lists


def _noun(value: Any) -> str:
    match value:
        case None:
            return "null"
        case str():
            return "text"
        case dict():
            return "an object"
        case bool():
            return "true or false"
    return "a number"
