"""Blocks that hold, note and convert values."""

from enum import StrEnum
from typing import Any

from blocks import conversion
from blocks.base import Block, Pins, Steps, block, pin
from blocks.context import Context
from blocks.spec import Category, Example, Kind


@block(
    id="1ff065e9-88e8-4358-9d82-8dc91f622ba9",
    name="StoreValueBlock",
    categories=(Category.BASIC,),
    static_output=True,
    inline=True,
    examples=(
        Example(inputs={"input": "tea"}, outputs=[("output", "tea")]),
        Example(
            inputs={"input": "tea", "data": "coffee"}, outputs=[("output", "coffee")]
        ),
        # Agents in use rely on it: an empty constant is no constant.
        Example(inputs={"input": "tea", "data": 0}, outputs=[("output", "tea")]),
    ),
)
class StoreValue(Block):
    """Keeps a value for every node linked to it, to be used any number of times."""

    class Input(Pins):
        input: Any = pin("The value to keep, or what triggers keeping `data`.")
        data: Any = pin("A constant; unless empty it wins over `input`.", default=None)

    class Output(Pins):
        output: Any = pin("The value that was kept.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        yield "output", inputs.data or inputs.input


@block(
    id="cc10ff7b-7753-4ff2-9af6-9399b1a7eddc",
    name="NoteBlock",
    categories=(Category.BASIC,),
    kind=Kind.NOTE,
    inline=True,
    examples=(Example(inputs={"text": "Ask Ann"}, outputs=[("output", "Ask Ann")]),),
)
class Note(Block):
    """A note on the canvas; a run never executes it."""

    class Input(Pins):
        text: str = pin("What the note says.")

    class Output(Pins):
        output: str = pin("The text of the note.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        yield "output", inputs.text


@block(
    id="f3b1c1b2-4c4f-4f0d-8d2f-4c4f0d8d2f4c",
    name="PrintToConsoleBlock",
    categories=(Category.BASIC,),
    inline=True,
    examples=(
        Example(
            inputs={"text": {"a": 1}},
            outputs=[("output", {"a": 1}), ("status", "printed")],
        ),
    ),
)
class PrintToConsole(Block):
    """Shows a value to whoever watches the run, and passes it on. The console of the
    server shows nothing of it: that belongs to all users."""

    class Input(Pins):
        text: Any = pin("What to show.")

    class Output(Pins):
        output: Any = pin("The value that was shown.")
        status: str = pin("Always `printed`.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        ctx.live.text(conversion.to_text(inputs.text) + "\n")
        yield "output", inputs.text
        yield "status", "printed"


class TypeOptions(StrEnum):
    STRING = "string"
    NUMBER = "number"
    BOOLEAN = "boolean"
    LIST = "list"
    DICTIONARY = "dictionary"


@block(
    id="95d1b990-ce13-4d88-9737-ba5c2070c97b",
    name="UniversalTypeConverterBlock",
    categories=(Category.BASIC,),
    inline=True,
    examples=(
        Example(inputs={"value": 5, "type": "string"}, outputs=[("value", "5")]),
        Example(inputs={"value": "5.5", "type": "number"}, outputs=[("value", 5.5)]),
        Example(inputs={"value": "no", "type": "boolean"}, outputs=[("value", False)]),
        Example(
            inputs={"value": {"a": 1}, "type": "list"}, outputs=[("value", [["a", 1]])]
        ),
        Example(
            inputs={"value": [7, 8], "type": "dictionary"},
            outputs=[("value", {"0": 7, "1": 8})],
        ),
    ),
)
class UniversalTypeConverter(Block):
    """Turns a value into another type, always: where a value does not fit, it answers
    with what comes closest (text that is no number becomes 0, a list its length)."""

    class Input(Pins):
        value: Any = pin("The value to convert.")
        type: TypeOptions = pin("What to turn it into.")

    class Output(Pins):
        value: Any = pin("The converted value.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        yield "value", _CONVERTERS[inputs.type](inputs.value)


_CONVERTERS = {
    TypeOptions.STRING: conversion.to_text,
    TypeOptions.NUMBER: conversion.to_number,
    TypeOptions.BOOLEAN: conversion.to_boolean,
    TypeOptions.LIST: conversion.to_list,
    TypeOptions.DICTIONARY: conversion.to_dictionary,
}
