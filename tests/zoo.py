"""Sample blocks with telling names, for tests of the scheduler and the engine."""

import asyncio

from blocks.base import Block, Pins, Steps, block, pin
from blocks.context import Context, Wait
from blocks.errors import BlockError
from blocks.registry import Registry
from blocks.spec import Category, Effect, Kind


class ZooRegistry(Registry):
    """Holds the sample blocks alone."""

    def load(self) -> None:
        """Nothing to import: the blocks are below."""


zoo = ZooRegistry()
ran: list[tuple[str, int]] = []
"""`(node id, attempt)` of each run of a `Counted` block, in order."""


def _id(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"


class Anything(Pins):
    value: object = pin()


class Out(Pins):
    value: object = pin()


INPUT, OUTPUT, ECHO, FAILS, PAIR, EACH, KEEP, SLEEPS, COUNTED, TIMER, NOTE, ADD = (
    _id(n) for n in range(1, 13)
)
TICKS, BREAKS, LOOSE = _id(13), _id(14), _id(15)


def sample(number: str, name: str, **facts: object):
    return block(
        id=number,
        name=name,
        categories=(Category.BASIC,),
        examples=(),
        into=zoo,
        **facts,  # type: ignore[arg-type]
    )


@sample(INPUT, "Input", kind=Kind.INPUT, inline=True)
class Input(Block):
    class Input(Pins):
        name: str = pin()
        value: object = pin(default=None)

    class Output(Pins):
        result: object = pin()

    async def run(self, inputs, ctx: Context) -> Steps:
        if inputs.value is not None:
            yield "result", inputs.value


@sample(OUTPUT, "Output", kind=Kind.OUTPUT, inline=True)
class Output(Block):
    class Input(Pins):
        name: str = pin()
        value: object = pin(default=None)

    class Output(Pins):
        output: object = pin()

    async def run(self, inputs, ctx: Context) -> Steps:
        yield "output", inputs.value


@sample(ECHO, "Echo", inline=True)
class Echo(Block):
    Input, Output = Anything, Out

    async def run(self, inputs, ctx: Context) -> Steps:
        yield "value", inputs.value


@sample(KEEP, "Keep", inline=True, static_output=True)
class Keep(Block):
    Input, Output = Anything, Out

    async def run(self, inputs, ctx: Context) -> Steps:
        yield "value", inputs.value


@sample(FAILS, "Fails", inline=True)
class Fails(Block):
    """Emits once, then fails."""

    Input, Output = Anything, Out

    async def run(self, inputs, ctx: Context) -> Steps:
        yield "value", inputs.value
        raise BlockError(f"no: {inputs.value}")


@sample(BREAKS, "Breaks")
class Breaks(Block):
    """Raises what no block should, from a task."""

    Input, Output = Anything, Out

    async def run(self, inputs, ctx: Context) -> Steps:
        await asyncio.sleep(0)
        if inputs is not None:
            raise ZeroDivisionError("surprise")
        yield "value", None


@sample(PAIR, "Pair", inline=True)
class Pair(Block):
    class Input(Pins):
        a: object = pin()
        b: object = pin()

    Output = Out

    async def run(self, inputs, ctx: Context) -> Steps:
        yield "value", [inputs.a, inputs.b]


@sample(EACH, "Each", inline=True)
class Each(Block):
    class Input(Pins):
        items: list[object] = pin()

    Output = Out

    async def run(self, inputs, ctx: Context) -> Steps:
        for item in inputs.items:
            yield "value", item


@sample(ADD, "Add one", inline=True)
class AddOne(Block):
    """Emits on `less` below the limit, on `done` at it."""

    class Input(Pins):
        value: int = pin()
        limit: int = pin(default=3)

    class Output(Pins):
        less: int = pin()
        done: int = pin()

    async def run(self, inputs, ctx: Context) -> Steps:
        grown = inputs.value + 1
        yield "less" if grown < inputs.limit else "done", grown


@sample(SLEEPS, "Sleeps")
class Sleeps(Block):
    """Sleeps as many seconds as its value says, then emits it."""

    class Input(Pins):
        value: float = pin()

    Output = Out

    async def run(self, inputs, ctx: Context) -> Steps:
        await asyncio.sleep(inputs.value)
        yield "value", inputs.value


@sample(COUNTED, "Counted", effect=Effect.IDEMPOTENT)
class Counted(Block):
    """Tells `ran`; its effect is what its `effect` pin says."""

    class Input(Pins):
        value: object = pin()
        kind: str = pin(default="idempotent")

    Output = Out

    def effect(self, inputs) -> Effect:
        return Effect(inputs.kind)

    async def run(self, inputs, ctx: Context) -> Steps:
        ran.append((ctx.node_id, ctx.attempt))
        yield "value", inputs.value


@sample(TIMER, "Timer", incremental=True)
class Timer(Block):
    class Input(Pins):
        value: object = pin(default="rang")
        seconds: float = pin(default=0.01)

    Output = Out

    async def run(self, inputs, ctx: Context) -> Steps:
        yield Wait(seconds=inputs.seconds)
        yield "value", inputs.value


@sample(TICKS, "Ticks", incremental=True)
class Ticks(Block):
    """Emits 0, 1, 2 with a wait before each."""

    class Input(Pins):
        seconds: float = pin(default=0.01)

    Output = Out

    async def run(self, inputs, ctx: Context) -> Steps:
        for tick in range(3):
            yield Wait(seconds=inputs.seconds)
            yield "value", tick


@sample(LOOSE, "Loose", inline=True)
class Loose(Block):
    """Breaks its contract: emits on a pin it does not have."""

    Input, Output = Anything, Out

    async def run(self, inputs, ctx: Context) -> Steps:
        yield "elsewhere", inputs.value


@sample(NOTE, "Note", kind=Kind.NOTE)
class Note(Block):
    class Input(Pins):
        text: str = pin(default="")


QUITS, QUITS_LATER, STUBBORN, SUSPENDS, AFTER_ERROR = (_id(n) for n in range(16, 21))
BURNS, KEEPS_BACK, PAUSES, FICKLE, FLOODS = (_id(n) for n in range(21, 26))


@sample(QUITS, "Quits", inline=True)
class Quits(Block):
    """Emits, then claims to have been cancelled."""

    Input, Output = Anything, Out

    async def run(self, inputs, ctx: Context) -> Steps:
        yield "value", inputs.value
        raise asyncio.CancelledError


@sample(QUITS_LATER, "Quits later")
class QuitsLater(Block):
    """The same from a task."""

    Input, Output = Anything, Out

    async def run(self, inputs, ctx: Context) -> Steps:
        yield "value", inputs.value
        await asyncio.sleep(0)
        raise asyncio.CancelledError


@sample(STUBBORN, "Stubborn")
class Stubborn(Block):
    """Goes on for as many cancellations as its value says, emitting after each."""

    Input, Output = Anything, Out

    async def run(self, inputs, ctx: Context) -> Steps:
        yield "value", "began"
        for _ in range(inputs.value):
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                yield "value", "still here"


@sample(SUSPENDS, "Suspends", inline=True)
class Suspends(Block):
    """Breaks its promise never to suspend."""

    Input, Output = Anything, Out

    async def run(self, inputs, ctx: Context) -> Steps:
        yield "value", inputs.value
        await asyncio.sleep(0)
        yield "value", "too late"


@sample(AFTER_ERROR, "After error")
class AfterError(Block):
    """Goes on after it said that it failed."""

    Input, Output = Anything, Out

    async def run(self, inputs, ctx: Context) -> Steps:
        yield "value", inputs.value
        yield "error", f"no: {inputs.value}"
        yield "value", "too late"


@sample(BURNS, "Burns", cpu=True)
class Burns(Block):
    """Emits its value, then fails if the value is text."""

    Input, Output = Anything, Out

    async def run(self, inputs, ctx: Context) -> Steps:
        yield "value", inputs.value
        if isinstance(inputs.value, str):
            raise BlockError(f"no: {inputs.value}")
        yield "value", "done"


@sample(KEEPS_BACK, "Keeps back", effect=Effect.IDEMPOTENT)
class KeepsBack(Block):
    """Emits 1 and 2 with pauses, then fails if asked to."""

    class Input(Pins):
        fails: bool = pin(default=False)

    Output = Out

    async def run(self, inputs, ctx: Context) -> Steps:
        for number in (1, 2):
            yield "value", number
            await asyncio.sleep(0)
        if inputs.fails:
            raise BlockError("no")


@sample(PAUSES, "Pauses", incremental=True)
class Pauses(Block):
    """Waits no time at all before its first value and a while before its second."""

    class Input(Pins):
        seconds: float = pin(default=0.01)

    Output = Out

    async def run(self, inputs, ctx: Context) -> Steps:
        yield Wait(seconds=0)
        yield "value", 1
        yield Wait(seconds=inputs.seconds)
        yield "value", 2


@sample(FICKLE, "Fickle")
class Fickle(Block):
    """Breaks its contract: pure, but its value depends on the attempt."""

    Input, Output = Anything, Out

    async def run(self, inputs, ctx: Context) -> Steps:
        yield "value", ctx.attempt
        await asyncio.sleep(0)


@sample(FLOODS, "Floods")
class Floods(Block):
    """Emits many values from a task that never pauses."""

    class Input(Pins):
        count: int = pin()

    Output = Out

    async def run(self, inputs, ctx: Context) -> Steps:
        for number in range(inputs.count):
            yield "value", number
