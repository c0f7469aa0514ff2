"""Blocks that only an installation under test has: importing this registers them."""

import asyncio
import os
import signal
from typing import Any

from blocks.base import Block, Pins, Steps, block, pin
from blocks.context import Context
from blocks.spec import Category, Example
from chaos.agents import POISON, STEP


@block(
    id=STEP,
    name="ChaosStepBlock",
    categories=(Category.BASIC,),
    examples=(Example(inputs={"value": 1}, outputs=[("value", 2)]),),
)
class Step(Block):
    """Takes its time, then adds."""

    class Input(Pins):
        value: int = pin("The number.")
        add: int = pin("What to add.", default=1)
        seconds: float = pin("How long to take.", default=0.0)

    class Output(Pins):
        value: int = pin("The sum.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        await asyncio.sleep(inputs.seconds)
        yield "value", inputs.value + inputs.add


@block(
    id=POISON,
    name="ChaosPoisonBlock",
    categories=(Category.BASIC,),
    examples=(),
)
class Poison(Block):
    """Kills the process that runs it."""

    class Input(Pins):
        value: int = pin("Anything.")

    class Output(Pins):
        value: int = pin("Nothing ever comes.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        await asyncio.sleep(0.05)
        os.kill(os.getpid(), signal.SIGKILL)
        yield "value", inputs.value
