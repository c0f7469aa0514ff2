"""Blocks that decide and repeat."""

import math
import operator
import re
from collections.abc import Iterator
from enum import StrEnum
from typing import Any, Final

import orjson

from blocks import conversion
from blocks.base import Block, Pins, Steps, block, pin
from blocks.context import Context
from blocks.errors import BlockError, BlockInputError
from blocks.spec import Category, Example


class ComparisonOperator(StrEnum):
    EQUAL = "=="
    NOT_EQUAL = "!="
    GREATER_THAN = ">"
    LESS_THAN = "<"
    GREATER_THAN_OR_EQUAL = ">="
    LESS_THAN_OR_EQUAL = "<="


_COMPARISONS: Final = {
    ComparisonOperator.EQUAL: operator.eq,
    ComparisonOperator.NOT_EQUAL: operator.ne,
    ComparisonOperator.GREATER_THAN: operator.gt,
    ComparisonOperator.LESS_THAN: operator.lt,
    ComparisonOperator.GREATER_THAN_OR_EQUAL: operator.ge,
    ComparisonOperator.LESS_THAN_OR_EQUAL: operator.le,
}


@block(
    id="715696a0-e1da-45c8-b209-c2fa9c3b0be6",
    name="ConditionBlock",
    categories=(Category.LOGIC,),
    inline=True,
    examples=(
        Example(
            inputs={
                "value1": 10,
                "operator": ">",
                "value2": 5,
                "yes_value": "more",
                "no_value": "less",
            },
            outputs=[("result", True), ("yes_output", "more")],
        ),
        Example(
            inputs={"value1": "10", "operator": "<=", "value2": "9"},
            outputs=[("result", False), ("no_output", 9.0)],
        ),
        Example(
            inputs={"value1": "a", "operator": "<", "value2": 1},
            error="Comparison failed",
        ),
    ),
)
class Condition(Block):
    """Compares two values and sends one value on if it holds, another if not."""

    class Input(Pins):
        value1: Any = pin("The left side.")
        operator: ComparisonOperator = pin("How to compare.")
        value2: Any = pin("The right side.")
        yes_value: Any = pin(
            "What to send if it holds; otherwise the left side.", default=None
        )
        no_value: Any = pin(
            "What to send if it does not hold; otherwise the right side.", default=None
        )

    class Output(Pins):
        result: bool = pin("Whether it holds.")
        yes_output: Any = pin("What was to be sent if it holds.")
        no_output: Any = pin("What was to be sent if it does not hold.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        left, right = _comparable(inputs.value1, inputs.value2)
        holds = _compare(left, inputs.operator, right)
        yield "result", holds
        pin_name = "yes_output" if holds else "no_output"
        chosen = inputs.yes_value if holds else inputs.no_value
        yield pin_name, (left if holds else right) if chosen is None else chosen


def _compare(left: Any, how: ComparisonOperator, right: Any) -> bool:
    try:
        return bool(_COMPARISONS[how](left, right))
    except (TypeError, RecursionError) as error:
        raise BlockError(f"Comparison failed: {error}") from None


def _comparable(left: Any, right: Any) -> tuple[Any, Any]:
    """Both as numbers if both can be; text without the blanks around it."""
    numbers = _number(left), _number(right)
    if None not in numbers:
        return numbers
    return _stripped(left), _stripped(right)


def _stripped(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")
_MAX_INTEGER: Final = 2**63


def _number(value: Any) -> int | float | None:
    """The number that a value is or says, None if it is none.

    A whole number that a float would round stays exact: otherwise two long ids that
    differ in the last digits would be equal.
    """
    if isinstance(value, int | float):
        return value
    text = value.strip() if isinstance(value, str) else ""
    if not _NUMBER.fullmatch(text):
        return None
    number = float(text)
    if not math.isfinite(number):
        return None
    if text.lstrip("+-").isdigit() and abs(number) < _MAX_INTEGER:
        return number if number == int(text) else int(text)
    return number


@block(
    id="6dbbc4b3-ca6c-42b6-b508-da52d23e13f2",
    name="IfInputMatchesBlock",
    categories=(Category.LOGIC,),
    inline=True,
    examples=(
        Example(
            inputs={"input": 10, "value": "10", "yes_value": "same"},
            outputs=[("result", True), ("yes_output", "same")],
        ),
        Example(
            inputs={"input": 10, "value": 20},
            outputs=[("result", False), ("no_output", None)],
        ),
        # A text that is no number is not 0.
        Example(
            inputs={"input": 0, "value": "none"},
            outputs=[("result", False), ("no_output", None)],
        ),
    ),
)
class IfInputMatches(Block):
    """Tells whether a value is the one that is looked for, as a value of its own type,
    and sends one of two values on."""

    class Input(Pins):
        input: Any = pin("The value to look at.")
        value: Any = pin("The value that is looked for.")
        yes_value: Any = pin("What to send if it is the one.", default=None)
        no_value: Any = pin("What to send if it is not.", default=None)

    class Output(Pins):
        result: bool = pin("Whether it is the one.")
        yes_output: Any = pin("What was to be sent if it is.")
        no_output: Any = pin("What was to be sent if it is not.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        is_it = _is_same(inputs.input, inputs.value)
        yield "result", is_it
        if is_it:
            yield "yes_output", inputs.yes_value
        else:
            yield "no_output", inputs.no_value


def _is_same(value: Any, wanted: Any) -> bool:
    """Whether they are equal once `wanted` is of the type of `value`; what cannot
    become of that type is not equal."""
    match value:
        case bool():
            return _truth(wanted) is value
        case int() | float():
            return _number(wanted) == value
        case str():
            return conversion.to_text(wanted) == value
        case list():
            return conversion.to_list(wanted) == value
        case dict():
            return conversion.to_dictionary(wanted) == value
    return bool(value == wanted)


_TRUTHS: Final = {
    "true": True, "1": True, "yes": True, "false": False, "0": False, "no": False,
}  # fmt: skip


def _truth(value: Any) -> bool | None:
    if isinstance(value, str):
        return _TRUTHS.get(value.strip().lower())
    return bool(value) if isinstance(value, bool | int | float) else None


MAX_ITEMS: Final = 10_000
MAX_TEXT_BYTES: Final = 1024 * 1024


@block(
    id="f66a3543-28d3-4ab5-8945-9b336371e2ce",
    name="StepThroughItemsBlock",
    categories=(Category.LOGIC,),
    inline=True,
    examples=(
        Example(
            inputs={"items": ["a", {"b": 1}]},
            outputs=[("item", "a"), ("key", 0), ("item", {"b": 1}), ("key", 1)],
        ),
        Example(inputs={"items_object": {"a": 1}}, outputs=[("item", 1), ("key", "a")]),
        Example(inputs={"items_str": "[10]"}, outputs=[("item", 10), ("key", 0)]),
        Example(inputs={"items_str": "ten"}, error="items_str"),
    ),
)
class StepThroughItems(Block):
    """Sends the items of a list or object on, one after the other."""

    class Input(Pins):
        items: list[Any] = pin("A list.", default=[])
        items_object: dict[str, Any] = pin("An object.", default={})
        items_str: str = pin("A list or object as JSON text.", default="")

    class Output(Pins):
        item: Any = pin("One item.")
        key: Any = pin("Its place in the list, or its key in the object.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        sources = [inputs.items, inputs.items_object, _read_items(inputs.items_str)]
        count = sum(map(len, sources))
        if count > MAX_ITEMS:
            raise BlockError(f"{count:,} items are too many (limit {MAX_ITEMS:,})")
        for source in sources:
            for key, item in _pairs(source):
                yield "item", item
                yield "key", key


def _pairs(source: list[Any] | dict[str, Any]) -> Iterator[tuple[Any, Any]]:
    return iter(source.items()) if isinstance(source, dict) else enumerate(source)


def _read_items(text: str) -> list[Any] | dict[str, Any]:
    if not text:
        return []
    raw = text.encode(errors="surrogatepass")
    if len(raw) > MAX_TEXT_BYTES:
        raise BlockInputError(
            f"pin 'items_str': {len(raw):,} bytes are too many "
            f"(limit {MAX_TEXT_BYTES:,})"
        )
    try:
        items = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise BlockInputError(f"pin 'items_str' is not JSON: {error}") from None
    if not isinstance(items, list | dict):
        raise BlockInputError("pin 'items_str' must hold a JSON list or object")
    return items
