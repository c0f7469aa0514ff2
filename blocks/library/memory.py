"""Blocks that keep values from one run to the next."""

from typing import Any

from blocks.base import Block, Pins, Steps, block, pin
from blocks.context import Context
from blocks.spec import Category, Effect, Example
from blocks.world import MemoryScope

_SCOPE = (
    "Whose value it is: `within_agent` keeps it for this agent, `across_agents` for "
    "all agents of the user."
)


@block(
    id="1d055e55-a2b9-4547-8311-907d05b0304d",
    name="PersistInformationBlock",
    categories=(Category.DATA,),
    effect=Effect.IDEMPOTENT,
    examples=(
        Example(
            inputs={"key": "theme", "value": {"dark": True}},
            outputs=[("value", {"dark": True})],
        ),
    ),
)
class PersistInformation(Block):
    """Keeps a value under a key, for this run and later ones. What was kept there is
    replaced."""

    class Input(Pins):
        key: str = pin("The key to find it by.")
        value: Any = pin("The value.")
        scope: MemoryScope = pin(_SCOPE, default=MemoryScope.WITHIN_AGENT)

    class Output(Pins):
        value: Any = pin("The value that was kept.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        await ctx.memory.save(inputs.scope, inputs.key, inputs.value)
        yield "value", inputs.value


@block(
    id="d8710fc9-6e29-481e-a7d5-165eb16f8471",
    name="RetrieveInformationBlock",
    categories=(Category.DATA,),
    effect=Effect.IDEMPOTENT,
    static_output=True,
    examples=(
        Example(
            inputs={"key": "theme", "default_value": "light"},
            outputs=[("value", "light")],
        ),
        Example(inputs={"key": "theme"}, outputs=[("value", None)]),
    ),
)
class RetrieveInformation(Block):
    """Gives the value that was kept under a key."""

    class Input(Pins):
        key: str = pin("The key it was kept under.")
        scope: MemoryScope = pin(_SCOPE, default=MemoryScope.WITHIN_AGENT)
        default_value: Any = pin("What to give if there is none.", default=None)

    class Output(Pins):
        value: Any = pin("The value, or the one given for want of it.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        kept = await ctx.memory.load(inputs.scope, inputs.key)
        yield "value", inputs.default_value if kept is None else kept
