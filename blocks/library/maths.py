"""Blocks that calculate and count."""

import math
import operator
from enum import StrEnum
from typing import Any, Final

from blocks.base import Block, Pins, Steps, block, pin
from blocks.context import Context
from blocks.spec import Category, Example


class Operation(StrEnum):
    ADD = "Add"
    SUBTRACT = "Subtract"
    MULTIPLY = "Multiply"
    DIVIDE = "Divide"
    POWER = "Power"


_OPERATIONS: Final = {
    Operation.ADD: operator.add,
    Operation.SUBTRACT: operator.sub,
    Operation.MULTIPLY: operator.mul,
    Operation.DIVIDE: operator.truediv,
    Operation.POWER: operator.pow,
}


@block(
    id="b1ab9b19-67a6-406d-abf5-2dba76d00c79",
    name="CalculatorBlock",
    categories=(Category.LOGIC,),
    inline=True,
    examples=(
        Example(
            inputs={"operation": "Add", "a": 10, "b": 5}, outputs=[("result", 15.0)]
        ),
        Example(
            inputs={"operation": "Power", "a": 2, "b": 10},
            outputs=[("result", 1024.0)],
        ),
        Example(
            inputs={"operation": "Divide", "a": 7, "b": 2, "round_result": True},
            outputs=[("result", 4)],
        ),
    ),
)
class Calculator(Block):
    """Calculates with two numbers. Division by zero is infinite, what has no result is
    not a number; both reach other blocks as null."""

    class Input(Pins):
        operation: Operation = pin("What to do.")
        a: float = pin("The first number.")
        b: float = pin("The second number.")
        round_result: bool = pin("Round to a whole number.", default=False)

    class Output(Pins):
        result: float = pin("The result.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        result = _calculate(inputs.operation, inputs.a, inputs.b)
        yield "result", _rounded(result) if inputs.round_result else result


def _calculate(operation: Operation, a: float, b: float) -> float:
    try:
        result = _OPERATIONS[operation](a, b)
    except ZeroDivisionError:
        return math.inf
    except ArithmeticError:
        return math.nan
    return math.nan if isinstance(result, complex) else float(result)


_MAX_INTEGER: Final = 2.0**63


def _rounded(result: float) -> float:
    """A float beyond the whole numbers of JSON is whole as it is."""
    return round(result) if abs(result) < _MAX_INTEGER else result


@block(
    id="3c9c2f42-b0c3-435f-ba35-05f7a25c772a",
    name="CountItemsBlock",
    categories=(Category.LOGIC,),
    inline=True,
    examples=(
        Example(inputs={"collection": [1, 2, 3]}, outputs=[("count", 3)]),
        Example(inputs={"collection": "hello"}, outputs=[("count", 5)]),
        Example(inputs={"collection": 42}, outputs=[("count", -1)]),
    ),
)
class CountItems(Block):
    """Counts items of a list, entries of an object or characters of a text; -1 for
    what cannot be counted."""

    class Input(Pins):
        collection: Any = pin("What to count.")

    class Output(Pins):
        count: int = pin("How many there are.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        countable = isinstance(inputs.collection, list | dict | str)
        yield "count", len(inputs.collection) if countable else -1
