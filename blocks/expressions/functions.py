"""The functions of expressions. `f(x, y)` and `x.f(y)` are the same call."""

import math
from collections.abc import Callable
from typing import Any, Final, NamedTuple

import orjson

from blocks.expressions.budget import Budget
from blocks.expressions.failures import failed, kind_of
from blocks.expressions.operators import add, is_number, number
from blocks.patterns import compile_pattern


class Function(NamedTuple):
    """Takes the budget and from `fewest` to `most` arguments."""

    call: Callable[..., Any]
    fewest: int
    most: int


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise failed(f"a text is wanted, not {kind_of(value)}")
    return value


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise failed(f"a list is wanted, not {kind_of(value)}")
    return value


def _number(value: Any) -> int | float:
    if not is_number(value):
        raise failed(f"a number is wanted, not {kind_of(value)}")
    return number(value)


def _size(budget: Budget, value: Any) -> int:
    if not isinstance(value, str | list | dict):
        raise failed(f"{kind_of(value)} has no size")
    return len(value)


def _string(budget: Budget, value: Any) -> str:
    if isinstance(value, str):
        return value
    budget.pay_for(value)
    return orjson.dumps(value).decode()


_MAX_DIGITS: Final = 400


def _double(budget: Budget, value: Any) -> float:
    """What the number or text says as a number."""
    try:
        return float(number(float(_short(value))))
    except (ValueError, TypeError, OverflowError):
        raise failed(f"{kind_of(value)} that is no number") from None


def _int(budget: Budget, value: Any) -> int:
    """As `double`, without what stands behind the point; long ids stay exact."""
    short = _short(value)
    if isinstance(short, str) and short.strip().lstrip("+-").isdigit():
        return int(number(int(short)))
    return int(number(math.trunc(_double(budget, value))))


def _short(value: Any) -> Any:
    if isinstance(value, str) and len(value) > _MAX_DIGITS:
        raise failed("the text is too long for a number")
    return value


def _bool(budget: Budget, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return bool(value == "true")
    raise failed(f"{kind_of(value)} that is neither true nor false")


def _type(budget: Budget, value: Any) -> str:
    return _TYPES[type(value)]


_TYPES: Final = {
    bool: "boolean", int: "number", float: "number", str: "string", list: "array",
    dict: "object", type(None): "null",
}  # fmt: skip


def _of_text(how: Callable[[str], Any]) -> Callable[[Budget, Any], Any]:
    def call(budget: Budget, value: Any) -> Any:
        budget.pay_for_text(len(_text(value)))
        return how(value)

    return call


def _of_texts(how: Callable[[str, str], Any]) -> Callable[[Budget, Any, Any], Any]:
    def call(budget: Budget, value: Any, other: Any) -> Any:
        budget.pay_for_text(len(_text(value)) + len(_text(other)))
        return how(value, other)

    return call


def _contains(budget: Budget, value: Any, part: Any) -> bool:
    budget.pay_for_text(len(_text(value)) + len(_text(part)))
    return part in value


def _matches(budget: Budget, value: Any, pattern: Any) -> bool:
    """Whether some part of the text matches."""
    budget.pay_for_text(10 * len(_text(value)) + 10 * len(_text(pattern)))
    compiled = compile_pattern(pattern, case_sensitive=True, dot_all=False)
    return any(True for _ in compiled.matches(value))


def _replace(budget: Budget, value: Any, old: Any, new: Any) -> str:
    if not _text(old):
        raise failed("replace wants a text to look for that is not empty")
    count = _text(value).count(old)
    budget.pay_for_text(2 * len(value) + count * len(_text(new)))
    return str(value).replace(old, new)


def _split(budget: Budget, value: Any, separator: Any) -> list[str]:
    if not _text(separator):
        raise failed("split wants a separator that is not empty")
    budget.pay(1 + _text(value).count(separator))
    budget.pay_for_text(len(value))
    return str(value).split(separator)


def _join(budget: Budget, items: Any, separator: Any = "") -> str:
    texts = [_text(item) for item in _list(items)]
    between = len(_text(separator)) * len(texts)
    budget.pay_for_text(sum(map(len, texts)) + between)
    return str(separator.join(texts))


def _round(budget: Budget, value: Any, digits: Any = 0) -> int | float:
    places = _number(digits)
    if not isinstance(places, int) or not 0 <= places <= 15:
        raise failed("round takes from 0 to 15 digits")
    rounded = round(_number(value), places)
    return number(rounded if places else int(rounded))


def _sum(budget: Budget, items: Any) -> Any:
    budget.pay(len(_list(items)))
    total: Any = 0
    for item in items:
        total = add(budget, total, _number(item))
    return total


def _extreme(how: Callable[..., Any]) -> Callable[..., Any]:
    def call(budget: Budget, first: Any, *others: Any) -> Any:
        items = [first, *others] if others else _list(first)
        budget.pay(len(items))
        if not items:
            raise failed("an empty list has neither a least nor a greatest item")
        return how(_comparable(items))

    return call


def _comparable(items: list[Any]) -> list[Any]:
    if all(map(is_number, items)) or all(isinstance(item, str) for item in items):
        return items
    raise failed("only numbers, or only texts, have a least and a greatest")


def _keys(budget: Budget, value: Any) -> list[str]:
    if not isinstance(value, dict):
        raise failed(f"{kind_of(value)} has no keys")
    budget.pay(len(value))
    return list(value)


def _get(budget: Budget, value: Any, key: Any, default: Any = None) -> Any:
    if not isinstance(value, dict):
        raise failed(f"get wants an object, not {kind_of(value)}")
    return value.get(_text(key), default)


def _floor(how: Callable[[float], int]) -> Callable[[Budget, Any], int]:
    return lambda budget, value: int(number(how(_number(value))))


FUNCTIONS: Final[dict[str, Function]] = {
    "size": Function(_size, 1, 1),
    "string": Function(_string, 1, 1),
    "double": Function(_double, 1, 1),
    "int": Function(_int, 1, 1),
    "bool": Function(_bool, 1, 1),
    "type": Function(_type, 1, 1),
    "contains": Function(_contains, 2, 2),
    "startsWith": Function(_of_texts(str.startswith), 2, 2),
    "endsWith": Function(_of_texts(str.endswith), 2, 2),
    "matches": Function(_matches, 2, 2),
    "lower": Function(_of_text(str.lower), 1, 1),
    "upper": Function(_of_text(str.upper), 1, 1),
    "trim": Function(_of_text(str.strip), 1, 1),
    "replace": Function(_replace, 3, 3),
    "split": Function(_split, 2, 2),
    "join": Function(_join, 1, 2),
    "abs": Function(lambda budget, value: number(abs(_number(value))), 1, 1),
    "floor": Function(_floor(math.floor), 1, 1),
    "ceil": Function(_floor(math.ceil), 1, 1),
    "round": Function(_round, 1, 2),
    "sum": Function(_sum, 1, 1),
    "min": Function(_extreme(min), 1, 20),
    "max": Function(_extreme(max), 1, 20),
    "keys": Function(_keys, 1, 1),
    "get": Function(_get, 2, 3),
}
