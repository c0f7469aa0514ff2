"""Blocks that gather what comes one after the other into lists.

A block keeps nothing between runs. What was gathered so far goes round a loop: out of
`gathered`, and back into the pin of that name, on which an empty list must stand first.
That must not come over a static link: its value would stand in for what is on its way.
"""

from typing import Any, Final

from blocks.base import Block, Pins, Steps, block, pin
from blocks.context import Context
from blocks.errors import BlockError
from blocks.spec import Category, Example

MAX_GATHERED: Final = 1_000
"""The whole list goes round for each item."""

_LOOP_HELP: Final = (
    "What was gathered so far: link `gathered` back to here, and "
    "EvaluateExpressionBlock with the expression [], which sends the first list."
)


@block(
    id="f0dbf1e5-9f9d-471d-8236-40ec51626942",
    name="CollectAllBlock",
    categories=(Category.LOGIC, Category.DATA),
    inline=True,
    examples=(
        Example(
            inputs={"item": "b", "expected": 3, "gathered": ["a"]},
            outputs=[("gathered", ["a", "b"])],
        ),
        Example(
            inputs={"item": "c", "expected": 3, "gathered": ["a", "b"]},
            outputs=[("all", ["a", "b", "c"])],
        ),
        Example(inputs={"item": 1, "expected": 1}, outputs=[("all", [1])]),
        Example(
            inputs={"item": 1, "expected": 1, "gathered": [1]}, error="1 were expected"
        ),
    ),
)
class CollectAll(Block):
    """Gathers all items of a run into one list. It knows the end by their number: link
    what counts them, such as the `count` of ChunkListBlock, to `expected` through a
    StoreValueBlock, so that it stands for every item; or write the number. If fewer
    come, the list never does."""

    class Input(Pins):
        item: Any = pin("One item.")
        expected: int = pin("How many will come.", ge=1, le=MAX_GATHERED)
        gathered: list[Any] = pin(_LOOP_HELP, default=[])

    class Output(Pins):
        gathered: list[Any] = pin("What was gathered so far, until all are there.")
        all: list[Any] = pin("All items, once, in the order they came.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        gathered = [*inputs.gathered, inputs.item]
        if len(gathered) > inputs.expected:
            raise BlockError(
                f"{len(gathered)} items came but {inputs.expected} were expected",
                code="too_many",
            )
        is_all = len(gathered) == inputs.expected
        yield "all" if is_all else "gathered", gathered


@block(
    id="01ce07c3-0eee-4ca0-9f4d-27c4972f26ac",
    name="WaitForNBlock",
    categories=(Category.LOGIC,),
    inline=True,
    examples=(
        Example(
            inputs={"item": "a", "n": 2, "gathered": []}, outputs=[("gathered", ["a"])]
        ),
        Example(
            inputs={"item": "b", "n": 2, "gathered": ["a"]},
            outputs=[("gathered", []), ("items", ["a", "b"])],
        ),
    ),
)
class WaitForN(Block):
    """Waits until n items have come, sends them on together, and begins anew. Items
    that are too few for a last list stay behind."""

    class Input(Pins):
        item: Any = pin("One item.")
        n: int = pin("How many to wait for.", ge=1, le=MAX_GATHERED)
        gathered: list[Any] = pin(_LOOP_HELP, default=[])

    class Output(Pins):
        gathered: list[Any] = pin("What was gathered so far; empty after each list.")
        items: list[Any] = pin("N items, in the order they came.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        gathered = [*inputs.gathered, inputs.item]
        is_full = len(gathered) >= inputs.n
        yield "gathered", [] if is_full else gathered
        if is_full:
            yield "items", gathered
