"""The parts of an expression. Each knows its value, for the names it is given."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from blocks.expressions.budget import Budget
from blocks.expressions.failures import failed, kind_of
from blocks.expressions.functions import Function
from blocks.expressions.operators import Operator


@dataclass(frozen=True, slots=True)
class Scope:
    """The names that are known, and what may still be spent."""

    names: Mapping[str, Any]
    budget: Budget

    def with_name(self, name: str, value: Any) -> "Scope":
        return Scope({**self.names, name: value}, self.budget)


class Part(Protocol):
    def value(self, scope: Scope) -> Any:
        """
        Raises:
            BlockError: code `expression_failed` or `expression_budget`.
        """
        ...


@dataclass(frozen=True, slots=True)
class Literal:
    content: Any

    def value(self, scope: Scope) -> Any:
        scope.budget.pay()
        return self.content


@dataclass(frozen=True, slots=True)
class Name:
    name: str

    def value(self, scope: Scope) -> Any:
        scope.budget.pay()
        if self.name not in scope.names:
            known = ", ".join(sorted(scope.names)) or "no names"
            raise failed(f"there is no name {self.name!r} (there is: {known})")
        return scope.names[self.name]


@dataclass(frozen=True, slots=True)
class Field:
    """A key of an object, by its name."""

    source: Part
    name: str

    def value(self, scope: Scope) -> Any:
        scope.budget.pay()
        source = self.source.value(scope)
        if not isinstance(source, dict):
            raise failed(f"{kind_of(source)} has no field {self.name!r}")
        if self.name not in source:
            raise failed(
                f"the object has no field {self.name!r}; has(…) asks whether it has"
            )
        return source[self.name]


@dataclass(frozen=True, slots=True)
class Has:
    """Whether the object has the field."""

    field: Field

    def value(self, scope: Scope) -> Any:
        scope.budget.pay()
        source = self.field.source.value(scope)
        return isinstance(source, dict) and self.field.name in source


@dataclass(frozen=True, slots=True)
class Index:
    source: Part
    index: Part

    def value(self, scope: Scope) -> Any:
        scope.budget.pay()
        return _item(self.source.value(scope), self.index.value(scope))


def _item(source: Any, index: Any) -> Any:
    if isinstance(source, list) and isinstance(index, int):
        if isinstance(index, bool) or not -len(source) <= index < len(source):
            raise failed(f"a list of {len(source)} items has no such place")
        return source[index]
    if isinstance(source, dict) and isinstance(index, str):
        if index not in source:
            raise failed("the object has no such key; `key in object` asks whether")
        return source[index]
    raise failed(f"{kind_of(source)} has no items by {kind_of(index)}")


@dataclass(frozen=True, slots=True)
class ListOf:
    items: tuple[Part, ...]

    def value(self, scope: Scope) -> Any:
        scope.budget.pay(1 + len(self.items))
        return [item.value(scope) for item in self.items]


@dataclass(frozen=True, slots=True)
class ObjectOf:
    entries: tuple[tuple[Part, Part], ...]

    def value(self, scope: Scope) -> Any:
        scope.budget.pay(1 + len(self.entries))
        return {
            _key(key.value(scope)): value.value(scope) for key, value in self.entries
        }


def _key(value: Any) -> str:
    if not isinstance(value, str):
        raise failed(f"a key of an object must be a text, not {kind_of(value)}")
    return value


@dataclass(frozen=True, slots=True)
class Operation:
    """One sign between its operands, or one before its only operand."""

    operator: Operator
    operands: tuple[Part, ...]

    def value(self, scope: Scope) -> Any:
        scope.budget.pay()
        operands = [operand.value(scope) for operand in self.operands]
        return self.operator(scope.budget, *operands)


@dataclass(frozen=True, slots=True)
class Both:
    """`&&` and `||`: the right side counts only if the left one leaves it open."""

    left: Part
    right: Part
    open_when: bool

    def value(self, scope: Scope) -> Any:
        scope.budget.pay()
        left = _truth(self.left.value(scope))
        return _truth(self.right.value(scope)) if left is self.open_when else left


@dataclass(frozen=True, slots=True)
class Choice:
    condition: Part
    yes: Part
    no: Part

    def value(self, scope: Scope) -> Any:
        scope.budget.pay()
        chosen = self.yes if _truth(self.condition.value(scope)) else self.no
        return chosen.value(scope)


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise failed(f"a condition must be true or false, not {kind_of(value)}")
    return value


@dataclass(frozen=True, slots=True)
class Call:
    function: Function
    arguments: tuple[Part, ...]

    def value(self, scope: Scope) -> Any:
        scope.budget.pay()
        arguments = [argument.value(scope) for argument in self.arguments]
        return self.function.call(scope.budget, *arguments)


@dataclass(frozen=True, slots=True)
class ForEach:
    """`items.all(x, …)` and its like: a part that is evaluated for each item."""

    kind: str
    items: Part
    name: str
    body: Part

    def value(self, scope: Scope) -> Any:
        items = self.items.value(scope)
        if isinstance(items, dict):
            items = list(items)
        if not isinstance(items, list):
            raise failed(f"{self.kind} wants a list or an object: {kind_of(items)}")
        scope.budget.pay(1 + len(items))
        return _EACH[self.kind](self, items, scope)

    def of(self, item: Any, scope: Scope) -> Any:
        # A new scope copies the names, of which there are few.
        scope.budget.pay(1 + len(scope.names))
        return self.body.value(scope.with_name(self.name, item))

    def holds(self, item: Any, scope: Scope) -> bool:
        return _truth(self.of(item, scope))


_EACH: Final[dict[str, Callable[["ForEach", list[Any], Scope], Any]]] = {
    "all": lambda part, items, scope: all(part.holds(i, scope) for i in items),
    "exists": lambda part, items, scope: any(part.holds(i, scope) for i in items),
    "exists_one": lambda part, items, scope: (
        sum(part.holds(i, scope) for i in items) == 1
    ),
    "filter": lambda part, items, scope: [i for i in items if part.holds(i, scope)],
    "map": lambda part, items, scope: [part.of(i, scope) for i in items],
}

FOR_EACH: Final = frozenset(_EACH)
