"""Blocks that look into one list and change it."""

from collections.abc import Iterator
from typing import Any, Final, TypeAlias

from blocks import conversion
from blocks.base import Block, Pins, Steps, block, pin
from blocks.context import Context
from blocks.errors import BlockError
from blocks.spec import Category, Example

# The pins of these blocks are called `list`, which would hide the type of that name.
Items: TypeAlias = list[Any]

_BYTES_OF_A_TOKEN: Final = 4


@block(
    id="422cb708-3109-4277-bfe3-bc2ae5812777",
    name="ReverseListOrderBlock",
    categories=(Category.BASIC,),
    inline=True,
    examples=(
        Example(
            inputs={"input_list": [1, "b", None]},
            outputs=[("reversed_list", [None, "b", 1])],
        ),
    ),
)
class ReverseListOrder(Block):
    """Puts a list into the opposite order."""

    class Input(Pins):
        input_list: Items = pin("The list.")

    class Output(Pins):
        reversed_list: Items = pin("The list, last item first.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        yield "reversed_list", inputs.input_list[::-1]


@block(
    id="a912d5c7-6e00-4542-b2a9-8034136930e4",
    name="CreateListBlock",
    categories=(Category.DATA,),
    inline=True,
    examples=(
        Example(
            inputs={"values": ["Ann", 25, True]}, outputs=[("list", ["Ann", 25, True])]
        ),
        Example(
            inputs={"values_$_0": 1, "values_$_1": 2, "values_$_2": 3, "max_size": 2},
            outputs=[("list", [1, 2]), ("list", [3])],
        ),
        Example(
            inputs={"values": ["12345678", "1", "2"], "max_tokens": 2},
            outputs=[("list", ["12345678"]), ("list", ["1", "2"])],
        ),
        Example(inputs={"values": []}, outputs=[("list", [])]),
    ),
)
class CreateList(Block):
    """Makes a list of values, or several where one would be too long. A token is taken
    to be four bytes of JSON; a value that alone has too many gets a list of its own."""

    class Input(Pins):
        values: Items = pin("The values, in order.")
        max_size: int | None = pin(
            "The most items of one list.", default=None, advanced=True, ge=1
        )
        max_tokens: int | None = pin(
            "The most tokens of one list, as estimated.",
            default=None,
            advanced=True,
            ge=1,
        )

    class Output(Pins):
        list: Items = pin("The list; more than one after the other if it was split.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        for part in _split(inputs.values, inputs.max_size, inputs.max_tokens):
            yield "list", part


def _split(
    values: Items, max_size: int | None, max_tokens: int | None
) -> Iterator[Items]:
    part: Items = []
    tokens = 0
    for value in values:
        cost = 0 if max_tokens is None else _tokens(value)
        is_long = max_size is not None and len(part) >= max_size
        is_heavy = max_tokens is not None and tokens + cost > max_tokens
        if part and (is_long or is_heavy):
            yield part
            part, tokens = [], 0
        part.append(value)
        tokens += cost
    yield part


def _tokens(value: Any) -> int:
    text = conversion.to_text(value)
    return -(-len(text.encode(errors="replace")) // _BYTES_OF_A_TOKEN)


@block(
    id="5e2c6d0a-1e37-489f-b1d0-8e1812b23333",
    name="FindInListBlock",
    categories=(Category.BASIC,),
    inline=True,
    examples=(
        Example(
            inputs={"list": ["a", "b", "b"], "value": "b"},
            outputs=[("index", 1), ("found", True)],
        ),
        Example(
            inputs={"list": ["a"], "value": {"x": 1}},
            outputs=[("found", False), ("not_found_value", {"x": 1})],
        ),
    ),
)
class FindInList(Block):
    """Tells where in a list a value stands first."""

    class Input(Pins):
        list: Items = pin("The list.")
        value: Any = pin("The value to look for.")

    class Output(Pins):
        index: int = pin("Its place, counted from 0.")
        found: bool = pin("Whether the list has it.")
        not_found_value: Any = pin("The value, if the list lacks it.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        if inputs.value in inputs.list:
            yield "index", inputs.list.index(inputs.value)
            yield "found", True
        else:
            yield "found", False
            yield "not_found_value", inputs.value


@block(
    id="262ca24c-1025-43cf-a578-534e23234e97",
    name="GetListItemBlock",
    categories=(Category.BASIC,),
    inline=True,
    examples=(
        Example(inputs={"list": ["a", "b"], "index": 1}, outputs=[("item", "b")]),
        Example(inputs={"list": ["a", "b"], "index": -2}, outputs=[("item", "a")]),
        Example(inputs={"list": ["a"], "index": 1}, error="Index out of range"),
    ),
)
class GetListItem(Block):
    """Takes one item out of a list."""

    class Input(Pins):
        list: Items = pin("The list.")
        index: int = pin("Its place, counted from 0, or from the end if below 0.")

    class Output(Pins):
        item: Any = pin("The item.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        _check_place(inputs.list, inputs.index)
        yield "item", inputs.list[inputs.index]


@block(
    id="d93c5a93-ac7e-41c1-ae5c-ef67e6e9b826",
    name="RemoveFromListBlock",
    categories=(Category.BASIC,),
    inline=True,
    examples=(
        Example(
            inputs={"list": ["a", "b", "a"], "value": "a"},
            outputs=[("updated_list", ["b", "a"])],
        ),
        Example(
            inputs={"list": [1, 2, 3], "value": 1, "index": -1, "return_item": True},
            outputs=[("updated_list", [1, 2]), ("removed_item", 3)],
        ),
        Example(inputs={"list": [1], "value": 9}, error="Index or value not found"),
    ),
)
class RemoveFromList(Block):
    """Removes one item from a list: the one at a place, else the first of a value."""

    class Input(Pins):
        list: Items = pin("The list.")
        value: Any = pin("The value to remove, unless a place is given.", default=None)
        index: int | None = pin(
            "Its place, counted from 0, or from the end if below 0.", default=None
        )
        return_item: bool = pin("Send the removed item, too.", default=False)

    class Output(Pins):
        updated_list: Items = pin("The list without the item.")
        removed_item: Any = pin("The item, if asked for.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        place = _place_to_remove(inputs)
        left = [*inputs.list]
        removed = left.pop(place)
        yield "updated_list", left
        if inputs.return_item:
            yield "removed_item", removed


def _place_to_remove(inputs: RemoveFromList.Input) -> int:
    if inputs.index is None:
        if inputs.value is not None and inputs.value in inputs.list:
            return inputs.list.index(inputs.value)
    elif _has_place(inputs.list, inputs.index):
        return inputs.index
    raise BlockError("Index or value not found", code="not_found")


@block(
    id="fbf62922-bea1-4a3d-8bac-23587f810b38",
    name="ReplaceListItemBlock",
    categories=(Category.BASIC,),
    inline=True,
    examples=(
        Example(
            inputs={"list": [1, 2, 3], "index": 1, "value": "x"},
            outputs=[("updated_list", [1, "x", 3]), ("old_item", 2)],
        ),
        Example(
            inputs={"list": [1], "index": 1, "value": 2}, error="Index out of range"
        ),
    ),
)
class ReplaceListItem(Block):
    """Puts another value in the place of one item of a list."""

    class Input(Pins):
        list: Items = pin("The list.")
        index: int = pin("The place, counted from 0, or from the end if below 0.")
        value: Any = pin("The new item.")

    class Output(Pins):
        updated_list: Items = pin("The list with the new item.")
        old_item: Any = pin("The item that was there.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        _check_place(inputs.list, inputs.index)
        updated = [*inputs.list]
        updated[inputs.index] = inputs.value
        yield "updated_list", updated
        yield "old_item", inputs.list[inputs.index]


@block(
    id="896ed73b-27d0-41be-813c-c1c1dc856c03",
    name="ListIsEmptyBlock",
    categories=(Category.BASIC,),
    inline=True,
    examples=(
        Example(inputs={"list": []}, outputs=[("is_empty", True)]),
        Example(inputs={"list": [None]}, outputs=[("is_empty", False)]),
    ),
)
class ListIsEmpty(Block):
    """Tells whether a list has no items."""

    class Input(Pins):
        list: Items = pin("The list.")

    class Output(Pins):
        is_empty: bool = pin("Whether it has none.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        yield "is_empty", not inputs.list


def _has_place(items: Items, place: int) -> bool:
    return -len(items) <= place < len(items)


def _check_place(items: Items, place: int) -> None:
    if not _has_place(items, place):
        raise BlockError("Index out of range", code="not_found")
