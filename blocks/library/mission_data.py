"""Blocks that work through a list of data by an expression."""

from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import Any, Final

from blocks.base import Block, Pins, Steps, block, pin
from blocks.context import Context
from blocks.errors import BlockError, BlockInputError
from blocks.expressions import Budget, Expression, compile_expression
from blocks.spec import Category, CostHint, Example
from blocks.values import JsonValue

MAX_ITEMS: Final = 1_000
BATCH: Final = 100
_PROGRESS: Final = ("progress", {"percentage": 100.0, "processed": 3})
_PRICES: Final[list[JsonValue]] = [{"price": 5}, {"price": 20}, {"price": 30}]


class Operation(StrEnum):
    FILTER = "filter"
    TRANSFORM = "transform"
    AGGREGATE = "aggregate"


@block(
    id="ed925370-78a7-46e7-8747-92f1986fb296",
    name="DataProcessorBlock",
    categories=(Category.DATA,),
    cpu=True,
    cost=CostHint.COMPUTE,
    examples=(
        Example(
            inputs={
                "data": _PRICES,
                "operation": "filter",
                "expression": "item.price > 10",
            },
            outputs=[
                _PROGRESS,
                ("result", {"data": [{"price": 20}, {"price": 30}], "total": 2}),
            ],
        ),
        Example(
            inputs={
                "data": _PRICES,
                "operation": "transform",
                "expression": "{'place': index, 'double': item.price * 2}",
            },
            outputs=[
                _PROGRESS,
                (
                    "result",
                    {
                        "data": [
                            {"place": 0, "double": 10},
                            {"place": 1, "double": 40},
                            {"place": 2, "double": 60},
                        ],
                        "total": 3,
                    },
                ),
            ],
        ),
        Example(
            inputs={
                "data": _PRICES,
                "operation": "aggregate",
                "expression": "{'sum': sum(items.map(i, i.price)), 'n': size(items)}",
            },
            outputs=[
                _PROGRESS,
                ("result", {"data": [{"sum": 55, "n": 3}], "total": 1}),
            ],
        ),
        Example(
            inputs={"data": [1], "operation": "filter", "expression": "item.a"},
            error="item 0: the expression failed",
        ),
        Example(
            inputs={"data": [], "operation": "filter", "expression": "true"},
            error="the data are empty",
        ),
        Example(
            inputs={"data": [0] * 1_001, "operation": "filter", "expression": "true"},
            error="1,001 items are too many (limit 1,000)",
        ),
    ),
)
class DataProcessor(Block):
    """Filters, transforms or aggregates up to 1,000 items by an expression, 100 at a
    time, and tells how far it is. Longer lists go through the block that makes chunks
    of them. Aggregating gives one item, made from all."""

    class Input(Pins):
        data: list[Any] = pin("From 1 to 1,000 items.")
        operation: Operation = pin("What to do with them.")
        expression: str = pin(
            "filter: whether to keep `item`; transform: what to make of it; both know "
            "its `index`. aggregate: what to make of all `items`.",
            placeholder="item.price > 10",
        )

    class Output(Pins):
        progress: dict[str, Any] = pin("`percentage` and `processed`, so far.")
        result: dict[str, Any] = pin("`data` and how many they are, `total`.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        data = _checked(inputs.data)
        work = _WORK[inputs.operation](compile_expression(inputs.expression), Budget())
        results: list[JsonValue] = []
        for start in range(0, len(data), BATCH):
            batch = data[start : start + BATCH]
            results += work.batch(batch, start)
            done = start + len(batch)
            ctx.live.progress(done, len(data))
            percentage = round(done / len(data) * 100, 2)
            yield "progress", {"percentage": percentage, "processed": done}
        results += work.end()
        yield "result", {"data": results, "total": len(results)}


def _checked(data: list[Any]) -> list[Any]:
    if not data:
        raise BlockInputError("pin 'data': the data are empty")
    if len(data) > MAX_ITEMS:
        raise BlockInputError(
            f"pin 'data': {len(data):,} items are too many (limit {MAX_ITEMS:,}); "
            "send them through ChunkListBlock"
        )
    return data


class _Filter:
    def __init__(self, expression: Expression, budget: Budget) -> None:
        self._holds = _each(expression.holds, budget)

    def batch(self, items: list[Any], start: int) -> list[JsonValue]:
        kept = self._holds(items, start)
        return [item for item, keep in zip(items, kept, strict=True) if keep]

    def end(self) -> list[JsonValue]:
        return []


class _Transform:
    def __init__(self, expression: Expression, budget: Budget) -> None:
        self._value = _each(expression.evaluate, budget)

    def batch(self, items: list[Any], start: int) -> list[JsonValue]:
        return list(self._value(items, start))

    def end(self) -> list[JsonValue]:
        return []


class _Aggregate:
    def __init__(self, expression: Expression, budget: Budget) -> None:
        self._expression, self._budget = expression, budget
        self._items: list[JsonValue] = []

    def batch(self, items: list[Any], start: int) -> list[JsonValue]:
        self._items += items
        return []

    def end(self) -> list[JsonValue]:
        return [self._expression.evaluate({"items": self._items}, self._budget)]


_WORK: Final[dict[Operation, Callable[..., _Filter | _Transform | _Aggregate]]] = {
    Operation.FILTER: _Filter,
    Operation.TRANSFORM: _Transform,
    Operation.AGGREGATE: _Aggregate,
}


def _each(
    evaluate: Callable[[dict[str, Any], Budget], Any], budget: Budget
) -> Callable[[list[Any], int], Iterator[Any]]:
    """Evaluates for one item after the other; a failure names the item."""

    def values(items: list[Any], start: int) -> Iterator[Any]:
        for index, item in enumerate(items, start):
            try:
                yield evaluate({"item": item, "index": index}, budget)
            except BlockError as error:
                raise BlockError(f"item {index}: {error}", code=error.code) from None

    return values


@block(
    id="d9ca7302-550f-4710-878c-9eac7d7d6d79",
    name="FilterItemsBlock",
    categories=(Category.DATA, Category.LOGIC),
    cpu=True,
    examples=(
        Example(
            inputs={"items": [1, 5, 9], "expression": "item > 4"},
            outputs=[("kept", [5, 9]), ("dropped", [1])],
        ),
        Example(
            inputs={"items": [1], "expression": "item +"}, error="wrong at character 7"
        ),
    ),
)
class FilterItems(Block):
    """Parts a list by a condition: what it holds for, and the rest."""

    class Input(Pins):
        items: list[Any] = pin("The items.")
        expression: str = pin(
            "A condition on `item`, which also knows its `index`.",
            placeholder="item.price > 10",
        )

    class Output(Pins):
        kept: list[Any] = pin("The items it holds for.")
        dropped: list[Any] = pin("The others.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        holds = _each(compile_expression(inputs.expression).holds, Budget())
        kept: list[Any] = []
        dropped: list[Any] = []
        for item, keep in zip(inputs.items, holds(inputs.items, 0), strict=True):
            (kept if keep else dropped).append(item)
        yield "kept", kept
        yield "dropped", dropped


@block(
    id="5445922f-8469-44da-9209-ac73995e6199",
    name="EvaluateExpressionBlock",
    categories=(Category.LOGIC, Category.DATA),
    cpu=True,
    examples=(
        Example(
            inputs={
                "expression": "price * (1 + tax)",
                "values": {"price": 10, "tax": 1},
            },
            outputs=[("result", 20)],
        ),
        Example(
            inputs={"expression": "size(names)", "values_#_names": ["a", "b"]},
            outputs=[("result", 2)],
        ),
        Example(inputs={"expression": "unknown"}, error="no name 'unknown'"),
    ),
)
class EvaluateExpression(Block):
    """Computes a value by an expression over named values."""

    class Input(Pins):
        expression: str = pin("The expression.", placeholder="price * 1.2")
        values: dict[str, Any] = pin("The values, by name.", default={})

    class Output(Pins):
        result: Any = pin("What it comes to.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        yield "result", compile_expression(inputs.expression).evaluate(inputs.values)
