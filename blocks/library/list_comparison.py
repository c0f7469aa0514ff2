"""Blocks that compare two lists."""

from typing import Any, TypeAlias

from blocks.base import Block, Pins, Steps, block, pin
from blocks.context import Context
from blocks.equality import key_of, unique
from blocks.spec import Category, Example

Items: TypeAlias = list[Any]


@block(
    id="05309873-9d61-447e-96b5-b804e2511829",
    name="ListDifferenceBlock",
    categories=(Category.BASIC,),
    inline=True,
    examples=(
        Example(
            inputs={"list_a": [1, 1, 2, 3], "list_b": [3]},
            outputs=[("difference", [1, 1, 2]), ("length", 3)],
        ),
        Example(
            inputs={"list_a": [1, 2], "list_b": [2, {"x": 3}], "symmetric": True},
            outputs=[("difference", [1, {"x": 3}]), ("length", 2)],
        ),
    ),
)
class ListDifference(Block):
    """Keeps the items that only one of two lists has: the first, or either."""

    class Input(Pins):
        list_a: Items = pin("The list to take from.")
        list_b: Items = pin("What to leave out.")
        symmetric: bool = pin(
            "Also keep what only the second list has.", default=False, advanced=True
        )

    class Output(Pins):
        difference: Items = pin("The items.")
        length: int = pin("How many there are.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        items = _without(inputs.list_a, inputs.list_b)
        if inputs.symmetric:
            items += _without(inputs.list_b, inputs.list_a)
        yield "difference", items
        yield "length", len(items)


@block(
    id="b6eb08b6-dbe3-411b-b9b4-2508cb311a1f",
    name="ListIntersectionBlock",
    categories=(Category.BASIC,),
    inline=True,
    examples=(
        Example(
            inputs={"list_a": [3, 1, 3, 2], "list_b": [2, 3]},
            outputs=[("intersection", [3, 2]), ("length", 2)],
        ),
    ),
)
class ListIntersection(Block):
    """Keeps the items that both lists have, each once, in the order of the first."""

    class Input(Pins):
        list_a: Items = pin("The one list.")
        list_b: Items = pin("The other list.")

    class Output(Pins):
        intersection: Items = pin("The items.")
        length: int = pin("How many there are.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        wanted = {key_of(item) for item in inputs.list_b}
        items = [item for item in unique(inputs.list_a) if key_of(item) in wanted]
        yield "intersection", items
        yield "length", len(items)


def _without(items: Items, others: Items) -> Items:
    unwanted = {key_of(other) for other in others}
    return [item for item in items if key_of(item) not in unwanted]
