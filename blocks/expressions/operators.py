"""What the signs of an expression do; each pays for what it makes before it does."""

import math
import operator
from collections.abc import Callable
from typing import Any, Final, TypeAlias

from blocks.expressions.budget import Budget
from blocks.expressions.failures import failed, kind_of

Operator: TypeAlias = Callable[..., Any]
"""Takes the budget, then the operands."""

MAX_INTEGER: Final = 2**63


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def number(value: Any) -> int | float:
    """The value, if JSON can hold it as a number."""
    if not math.isfinite(value):
        raise failed("the result is no finite number")
    if isinstance(value, int) and abs(value) > MAX_INTEGER:
        raise failed("the result is a number of more than 64 bits")
    return value  # type: ignore[no-any-return]


def add(budget: Budget, left: Any, right: Any) -> Any:
    """Numbers are added, texts and lists are joined."""
    if isinstance(left, str) and isinstance(right, str):
        budget.pay_for_text(len(left) + len(right))
        return left + right
    if isinstance(left, list) and isinstance(right, list):
        budget.pay(len(left) + len(right))
        return left + right
    return _arithmetic("+", operator.add, left, right)


def _arithmetic(sign: str, how: Operator, left: Any, right: Any) -> Any:
    if not (is_number(left) and is_number(right)):
        raise failed(f"{kind_of(left)} {sign} {kind_of(right)} has no meaning")
    try:
        return number(how(left, right))
    except ZeroDivisionError:
        raise failed("a division by zero") from None
    except OverflowError:
        raise failed("the result is too large") from None


def _divide(left: Any, right: Any) -> Any:
    """Whole numbers that divide evenly stay whole."""
    if isinstance(left, int) and isinstance(right, int) and left % right == 0:
        return left // right
    return left / right


def _plain(sign: str, how: Operator) -> Operator:
    def apply(budget: Budget, left: Any, right: Any) -> Any:
        return _arithmetic(sign, how, left, right)

    return apply


def negative(budget: Budget, value: Any) -> Any:
    return _arithmetic("-", operator.sub, 0, value)


def negation(budget: Budget, value: Any) -> bool:
    if not isinstance(value, bool):
        raise failed(f"! wants true or false, not {kind_of(value)}")
    return not value


def equal(budget: Budget, left: Any, right: Any) -> bool:
    """As JSON: true is not 1, but 1 is 1.0."""
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and _all_equal(budget, left, right)
    if isinstance(left, dict) and isinstance(right, dict):
        budget.pay(len(left))
        same_keys = left.keys() == right.keys()
        return same_keys and _all_equal(
            budget, list(left.values()), [right[key] for key in left]
        )
    if isinstance(left, str) and isinstance(right, str):
        budget.pay_for_text(min(len(left), len(right)))
    return isinstance(left, bool) == isinstance(right, bool) and bool(left == right)


def _all_equal(budget: Budget, left: list[Any], right: list[Any]) -> bool:
    for one, other in zip(left, right, strict=True):
        budget.pay()
        if not equal(budget, one, other):
            return False
    return True


def _unequal(budget: Budget, left: Any, right: Any) -> bool:
    return not equal(budget, left, right)


def contained(budget: Budget, item: Any, items: Any) -> bool:
    """Whether a list has the item, or an object the key."""
    if isinstance(items, dict):
        return isinstance(item, str) and item in items
    if not isinstance(items, list):
        raise failed(f"`in` wants a list or an object, not {kind_of(items)}")
    for other in items:
        budget.pay()
        if equal(budget, item, other):
            return True
    return False


def _ordered(how: Operator) -> Operator:
    def compare(budget: Budget, left: Any, right: Any) -> bool:
        texts = isinstance(left, str) and isinstance(right, str)
        if not texts and not (is_number(left) and is_number(right)):
            raise failed(f"{kind_of(left)} and {kind_of(right)} have no order")
        if texts:
            budget.pay_for_text(min(len(left), len(right)))
        return bool(how(left, right))

    return compare


OPERATORS: Final[dict[str, Operator]] = {
    "+": add,
    "-": _plain("-", operator.sub),
    "*": _plain("*", operator.mul),
    "/": _plain("/", _divide),
    "%": _plain("%", operator.mod),
    "==": equal,
    "!=": _unequal,
    "<": _ordered(operator.lt),
    "<=": _ordered(operator.le),
    ">": _ordered(operator.gt),
    ">=": _ordered(operator.ge),
    "in": contained,
}
