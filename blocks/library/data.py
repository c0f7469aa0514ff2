"""Blocks that build and look into lists and objects."""

from enum import Enum
from typing import Any, Final, TypeAlias

import orjson

from blocks.base import Block, Pins, Steps, block, pin
from blocks.context import Context
from blocks.spec import Category, Example

# The pins of these blocks are called `list`, which would hide the type of that name.
Items: TypeAlias = list[Any]


@block(
    id="aeb08fc1-2fc1-4141-bc8e-f758f183a822",
    name="AddToListBlock",
    categories=(Category.BASIC,),
    inline=True,
    examples=(
        Example(
            inputs={"list": ["a"], "entry": "b"},
            outputs=[("updated_list", ["a", "b"])],
        ),
        Example(
            inputs={
                "list": ["a", "z"],
                "entries": ["b", "c"],
                "entry": "d",
                "position": 1,
            },
            outputs=[("updated_list", ["a", "b", "c", "d", "z"])],
        ),
        Example(inputs={"entry": 0}, outputs=[("updated_list", [0])]),
    ),
)
class AddToList(Block):
    """Adds entries to a list, at its end or at a position."""

    class Input(Pins):
        list: Items = pin("The list to add to.", default=[])
        entry: Any = pin("One entry to add, after `entries`.", default=None)
        entries: Items = pin("Entries to add.", default=[], advanced=True)
        position: int | None = pin(
            "Where to add them, counted from 0; at the end if empty.", default=None
        )

    class Output(Pins):
        updated_list: Items = pin("The list with the entries.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        added = [*inputs.entries]
        if inputs.entry is not None:
            added.append(inputs.entry)
        place = len(inputs.list) if inputs.position is None else inputs.position
        yield "updated_list", [*inputs.list[:place], *added, *inputs.list[place:]]


@block(
    id="b924ddf4-de4f-4b56-9a85-358930dcbc91",
    name="CreateDictionaryBlock",
    categories=(Category.DATA,),
    inline=True,
    examples=(
        Example(
            inputs={"values": {"a": 1}, "values_#_b": [True]},
            outputs=[("dictionary", {"a": 1, "b": [True]})],
        ),
    ),
)
class CreateDictionary(Block):
    """Makes an object out of named values."""

    class Input(Pins):
        values: dict[str, Any] = pin("The values, by name.")

    class Output(Pins):
        dictionary: dict[str, Any] = pin("The object.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        yield "dictionary", inputs.values


@block(
    id="0e50422c-6dee-4145-83d6-3a5a392f65de",
    name="FindInDictionaryBlock",
    categories=(Category.BASIC,),
    inline=True,
    examples=(
        Example(
            inputs={"input": {"apple": 1, "pear": 2}, "key": "pear"},
            outputs=[("output", 2)],
        ),
        Example(inputs={"input": [1, 2, 3], "key": 1}, outputs=[("output", 2)]),
        Example(
            inputs={"input": [{"x": 1}, {"y": 2}, {"x": 3}], "key": "x"},
            outputs=[("output", [1, 3])],
        ),
        Example(inputs={"input": '{"a": 1}', "key": "a"}, outputs=[("output", 1)]),
        Example(inputs={"input": [1], "key": 3}, outputs=[("missing", [1])]),
    ),
)
class FindInDictionary(Block):
    """Looks up a key of an object, a place of a list, or a key of each object in a
    list."""

    class Input(Pins):
        input: Any = pin("An object or a list, or either as JSON text.")
        key: str | int = pin("The key, or the place counted from 0.")

    class Output(Pins):
        output: Any = pin("What was found.")
        missing: Any = pin("The input, if nothing was found.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        found = _find(_readable(inputs.input), inputs.key)
        if found is _NOWHERE:
            yield "missing", inputs.input
        else:
            yield "output", found


class _Nowhere(Enum):
    NOWHERE = "nowhere"


_NOWHERE: Final = _Nowhere.NOWHERE


def _readable(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        return value


def _find(value: Any, key: str | int) -> Any:
    if isinstance(value, dict):
        return value.get(str(key), _NOWHERE)
    if not isinstance(value, list) or not value:
        return _NOWHERE
    if isinstance(key, str) and isinstance(value[0], dict) and key in value[0]:
        return [item[key] for item in value if isinstance(item, dict) and key in item]
    place = _place(key)
    return value[place] if 0 <= place < len(value) else _NOWHERE


_LONGEST_PLACE: Final = 18


def _place(key: str | int) -> int:
    if isinstance(key, int):
        return key
    digits = key.strip()
    readable = digits.isascii() and digits.isdigit() and len(digits) <= _LONGEST_PLACE
    return int(digits) if readable else -1
