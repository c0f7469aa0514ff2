"""An expression that was read, ready to be evaluated many times."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from blocks.expressions.budget import Budget
from blocks.expressions.failures import failed, kind_of
from blocks.expressions.parser import parse
from blocks.expressions.tree import Part, Scope
from blocks.values import JsonValue


@dataclass(frozen=True, slots=True)
class Expression:
    text: str
    root: Part

    def evaluate(
        self, names: Mapping[str, Any], budget: Budget | None = None
    ) -> JsonValue:
        """Its value, which shares with `names` what it took from there.

        Raises:
            BlockError: code `expression_failed` or `expression_budget`.
        """
        budget = budget or Budget()
        value: JsonValue = self._value(Scope(names, budget))
        budget.pay_for(value)
        return value

    def holds(self, names: Mapping[str, Any], budget: Budget | None = None) -> bool:
        """
        Raises:
            BlockError: as `evaluate`, or its value is neither true nor false.
        """
        value = self._value(Scope(names, budget or Budget()))
        if not isinstance(value, bool):
            raise failed(f"it must be true or false, but is {kind_of(value)}")
        return value

    def _value(self, scope: Scope) -> Any:
        try:
            return self.root.value(scope)
        except RecursionError:
            raise failed("the values nest too deeply") from None
        except UnicodeError:
            raise failed("a text holds half of a surrogate pair") from None


@lru_cache(maxsize=256)
def compile_expression(text: str) -> Expression:
    """
    Raises:
        BlockInputError: code `bad_expression`, with the place.
    """
    return Expression(text, parse(text))
