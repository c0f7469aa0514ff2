"""Blocks that change objects."""

from typing import Any, TypeAlias

from blocks.base import Block, Pins, Steps, block, pin
from blocks.context import Context
from blocks.errors import BlockError
from blocks.spec import Category, Example

Entries: TypeAlias = dict[str, Any]


@block(
    id="31d1064e-7446-4693-a7d4-65e5ca1180d1",
    name="AddToDictionaryBlock",
    categories=(Category.BASIC,),
    inline=True,
    examples=(
        Example(
            inputs={"dictionary": {"a": 1}, "key": "b", "value": 0},
            outputs=[("updated_dictionary", {"a": 1, "b": 0})],
        ),
        Example(
            inputs={"key": "a", "value": 1, "entries": {"a": 2, "b": None}},
            outputs=[("updated_dictionary", {"a": 2, "b": None})],
        ),
    ),
)
class AddToDictionary(Block):
    """Adds one entry to an object, then those of another object. A key that is there
    gets the new value."""

    class Input(Pins):
        dictionary: Entries = pin("The object to add to.", default={})
        key: str = pin("The key of one entry.", default="")
        value: Any = pin("The value of that entry.", default=None)
        entries: Entries = pin("More entries to add.", default={}, advanced=True)

    class Output(Pins):
        updated_dictionary: Entries = pin("The object with the entries.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        updated = dict(inputs.dictionary)
        if inputs.key and inputs.value is not None:
            updated[inputs.key] = inputs.value
        yield "updated_dictionary", updated | inputs.entries


@block(
    id="46afe2ea-c613-43f8-95ff-6692c3ef6876",
    name="RemoveFromDictionaryBlock",
    categories=(Category.BASIC,),
    inline=True,
    examples=(
        Example(
            inputs={"dictionary": {"a": 1, "b": 2}, "key": "a"},
            outputs=[("updated_dictionary", {"b": 2})],
        ),
        Example(
            inputs={"dictionary": {"7": None}, "key": 7, "return_value": True},
            outputs=[("updated_dictionary", {}), ("removed_value", None)],
        ),
        Example(
            inputs={"dictionary": {"a": 1}, "key": "z"},
            error="Key 'z' not found in dictionary",
        ),
    ),
)
class RemoveFromDictionary(Block):
    """Removes one entry from an object."""

    class Input(Pins):
        dictionary: Entries = pin("The object.")
        key: str | int = pin("The key of the entry.")
        return_value: bool = pin("Send the removed value, too.", default=False)

    class Output(Pins):
        updated_dictionary: Entries = pin("The object without the entry.")
        removed_value: Any = pin("The value it had, if asked for.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        key = _present(inputs.dictionary, inputs.key)
        left = dict(inputs.dictionary)
        removed = left.pop(key)
        yield "updated_dictionary", left
        if inputs.return_value:
            yield "removed_value", removed


@block(
    id="27e31876-18b6-44f3-ab97-f6226d8b3889",
    name="ReplaceDictionaryValueBlock",
    categories=(Category.BASIC,),
    inline=True,
    examples=(
        Example(
            inputs={"dictionary": {"a": 1, "b": 2}, "key": "a", "value": [3]},
            outputs=[("updated_dictionary", {"a": [3], "b": 2}), ("old_value", 1)],
        ),
        Example(
            inputs={"dictionary": {"a": 1}, "key": "z", "value": 2},
            error="Key 'z' not found in dictionary",
        ),
    ),
)
class ReplaceDictionaryValue(Block):
    """Gives an entry of an object another value."""

    class Input(Pins):
        dictionary: Entries = pin("The object.")
        key: str | int = pin("The key of the entry.")
        value: Any = pin("The new value.")

    class Output(Pins):
        updated_dictionary: Entries = pin("The object with the new value.")
        old_value: Any = pin("The value it had.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        key = _present(inputs.dictionary, inputs.key)
        yield "updated_dictionary", inputs.dictionary | {key: inputs.value}
        yield "old_value", inputs.dictionary[key]


@block(
    id="a3cf3f64-6bb9-4cc6-9900-608a0b3359b0",
    name="DictionaryIsEmptyBlock",
    categories=(Category.BASIC,),
    inline=True,
    examples=(
        Example(inputs={"dictionary": {}}, outputs=[("is_empty", True)]),
        Example(inputs={"dictionary": {"a": None}}, outputs=[("is_empty", False)]),
    ),
)
class DictionaryIsEmpty(Block):
    """Tells whether an object has no entries."""

    class Input(Pins):
        dictionary: Entries = pin("The object.")

    class Output(Pins):
        is_empty: bool = pin("Whether it has none.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        yield "is_empty", not inputs.dictionary


def _present(dictionary: Entries, key: str | int) -> str:
    """The key as it stands in JSON, where all keys are text."""
    if str(key) not in dictionary:
        raise BlockError(f"Key '{key}' not found in dictionary", code="not_found")
    return str(key)
