"""Sample blocks that have effects, fail, cost, ask and call: what an engine must get
right."""

import asyncio
from collections.abc import Callable
from typing import NamedTuple

from blocks.base import Block, Pins, Steps, pin
from blocks.context import Context, Spend, Wait
from blocks.errors import BlockError
from blocks.spec import Effect, Kind
from tests.zoo import Out, _id, sample

ACTS, TRIES, TRIES_INLINE, STREAMS, SPENDS, CALLS, ASKS, NAPS, MAPS = (
    _id(n) for n in range(101, 110)
)


class Act(NamedTuple):
    """A block began: which attempt of which node execution of which run."""

    execution_id: str
    node_id: str
    number: int
    attempt: int
    effect: Effect


acts: list[Act] = []
"""In order; tests clear it."""
listeners: list[Callable[[Act], None]] = []


def _tell(ctx: Context, effect: Effect) -> None:
    place = (ctx.execution_id, ctx.node_id, ctx.number)
    act = Act(*place, ctx.attempt, effect)
    acts.append(act)
    for listener in listeners:
        listener(act)


class WithEffect(Block):
    """Its effect is what its `effect` pin says."""

    def effect(self, inputs) -> Effect:
        return Effect(inputs.effect)


@sample(ACTS, "Acts", effect=Effect.IDEMPOTENT)
class Acts(WithEffect):
    """Has its effect, works for a while, then emits."""

    class Input(Pins):
        value: object = pin(default="done")
        effect: str = pin(default="idempotent")
        seconds: float = pin(default=0.0)

    Output = Out

    async def run(self, inputs, ctx: Context) -> Steps:
        _tell(ctx, Effect(inputs.effect))
        await asyncio.sleep(inputs.seconds)
        yield "value", inputs.value


@sample(TRIES, "Tries", effect=Effect.IDEMPOTENT)
class Tries(WithEffect):
    """Emits, then fails in its first attempts, with the code that it is told."""

    class Input(Pins):
        effect: str = pin(default="idempotent")
        failures: int = pin(default=1)
        code: str = pin(default="server_error")
        first_s: float = pin(default=0.0)

    Output = Out

    async def run(self, inputs, ctx: Context) -> Steps:
        _tell(ctx, Effect(inputs.effect))
        if inputs.first_s:
            yield Wait(seconds=inputs.first_s)
        yield "value", "tried"
        if ctx.attempt <= inputs.failures:
            raise BlockError(f"attempt {ctx.attempt}", code=inputs.code)


@sample(TRIES_INLINE, "Tries inline", effect=Effect.IDEMPOTENT, inline=True)
class TriesInline(Tries):
    """The same without a task."""


@sample(STREAMS, "Streams", effect=Effect.IDEMPOTENT, incremental=True)
class Streams(WithEffect):
    """Emits twice, another value in each attempt, with a pause between."""

    class Input(Pins):
        effect: str = pin(default="idempotent")
        seconds: float = pin(default=0.0)
        fails: bool = pin(default=False)

    Output = Out

    async def run(self, inputs, ctx: Context) -> Steps:
        _tell(ctx, Effect(inputs.effect))
        yield "value", f"{ctx.attempt}a"
        if inputs.seconds:
            await asyncio.sleep(inputs.seconds)
        if inputs.fails:
            raise BlockError("broken off", code="server_error")
        yield "value", f"{ctx.attempt}b"


@sample(SPENDS, "Spends", inline=True)
class Spends(Block):
    """Costs its value, then emits it."""

    class Input(Pins):
        value: int = pin()

    Output = Out

    async def run(self, inputs, ctx: Context) -> Steps:
        yield Spend(inputs.value)
        yield "value", inputs.value


@sample(NAPS, "Naps")
class Naps(Block):
    """Waits through the engine, works, then emits."""

    class Input(Pins):
        seconds: float = pin(default=60.0)
        works_s: float = pin(default=0.0)

    Output = Out

    async def run(self, inputs, ctx: Context) -> Steps:
        yield Wait(seconds=inputs.seconds)
        await asyncio.sleep(inputs.works_s)
        yield "value", "rested"


@sample(CALLS, "Calls", kind=Kind.AGENT, effect=Effect.IDEMPOTENT)
class Calls(Block):
    class Input(Pins):
        graph_id: str = pin()
        inputs: dict[str, object] = pin(default_factory=dict)


@sample(MAPS, "Maps", effect=Effect.IDEMPOTENT)
class Maps(Block):
    """Calls a sub-agent for each item, all at once; then emits what each gave, in
    order, and fails if one did."""

    class Input(Pins):
        graph_id: str = pin(default="child")
        items: list[object] = pin(default=[1, 2])
        after: object = pin(default=None)

    Output = Out

    async def run(self, inputs, ctx: Context) -> Steps:
        results = await asyncio.gather(
            *(
                ctx.agents.run(inputs.graph_id, {"a": item}, key=str(index))
                for index, item in enumerate(inputs.items)
            )
        )
        yield "value", [result.outputs.get("out", []) for result in results]
        bad = [result.status for result in results if result.status != "COMPLETED"]
        if bad:
            raise BlockError(f"ended {bad}", code="agent_failed")


@sample(ASKS, "Asks", kind=Kind.REVIEW, effect=Effect.IDEMPOTENT)
class Asks(Block):
    class Input(Pins):
        data: object = pin()
        name: str = pin(default="Look at this")
        editable: bool = pin(default=True)

    class Output(Pins):
        approved_data: object = pin()
        rejected_data: object = pin()
        review_message: str = pin()
