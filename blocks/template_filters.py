"""The Jinja environments of `templates`: every filter and test pays before it works."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from jinja2 import nodes
from jinja2.filters import FILTERS
from jinja2.utils import Namespace, pass_context

from blocks.template_guards import explode, guard, joined
from blocks.template_sandbox import (
    CALL_COST,
    NamedValues,
    RenderContext,
    Sandbox,
    TokenLimit,
)
from blocks.template_tree import EACH, HAYSTACK, JOINED, MADE, SEEN, TICK, metered
from blocks.template_work import require_count


def _range(*limits: int) -> range:
    made = range(*limits)
    size = max(0, -((made.start - made.stop) // made.step))
    require_count("the length of the range", size)
    return made


def _dict(**values: Any) -> dict[str, Any]:
    return values


def _namespace(**values: Any) -> Namespace:
    return NamedValues(**values)


_REMOVED: Final = frozenset(("pprint", "random", "tojson", "urlize", "xmlattr"))
"""Not offered: they leak addresses, are not repeatable or write markup of their own."""

_CHEAP: Final = frozenset(
    ("attr", "count", "d", "default", "first", "last", "length", "safe")
)
_DEEP_TEST_NAMES: Final = (
    "!= < <= == > >= eq equalto ge greaterthan gt in le lessthan lower lt ne upper"
)

_bare = Sandbox(autoescape=True)
"""Holds Jinja's own filters and tests, for the metered ones to call."""


def _attr(value: Any, name: Any) -> Any:
    return _bare.getattr(value, str(name))


_bare.filters["attr"] = _attr


def _metered_filter(name: str) -> Callable[..., Any]:
    @pass_context
    def apply(
        context: RenderContext, value: Any = None, *args: Any, **options: Any
    ) -> Any:
        meter = context.meter
        meter.charge(CALL_COST)
        if name in _CHEAP:
            return _bare.call_filter(name, value, args, options, context)
        meter.take(value, times=4)
        meter.take(*args, *options.values())
        guard(meter, name, value, args, options)
        result = _bare.call_filter(name, value, args, options, context)
        if hasattr(result, "__next__"):
            result = list(result)
        return meter.made(result)

    return apply


def _metered_test(name: str) -> Callable[..., bool]:
    @pass_context
    def apply(context: RenderContext, value: Any, *args: Any) -> bool:
        context.meter.take(value, *args)
        return bool(_bare.call_test(name, value, args, context=context))

    return apply


@pass_context
def _sum(
    context: RenderContext,
    value: Any,
    attribute: str | int | None = None,
    start: float = 0,
) -> Any:
    """Adds numbers only: adding up lists would be quadratic."""
    meter = context.meter
    meter.take(value)
    explode(meter, value)
    if attribute is not None:
        options = {"attribute": attribute}
        value = list(_bare.call_filter("map", value, (), options, context))
    if not all(isinstance(item, int | float) for item in (start, *value)):
        raise TypeError("sum adds numbers only")
    return meter.made(sum(value, start))


@pass_context
def _tick(context: RenderContext, cost: int) -> None:
    context.meter.charge(max(cost, 1))


@pass_context
def _each(context: RenderContext, items: Any, cost: int) -> Any:
    """Pay for a whole loop: there is no way to leave one early."""
    if hasattr(items, "__len__"):
        context.meter.charge(len(items) * max(cost, 1))
        explode(context.meter, items)
    return items


@pass_context
def _made(context: RenderContext, value: Any) -> Any:
    return context.meter.made(value)


@pass_context
def _seen(context: RenderContext, value: Any) -> Any:
    context.meter.charge(context.meter.weigh(value))
    return value


@pass_context
def _haystack(context: RenderContext, value: Any) -> Any:
    """What `in` looks through; a dictionary and a range answer without looking."""
    if not isinstance(value, dict | range):
        context.meter.take(value)
    return value


@pass_context
def _joined_parts(context: RenderContext, parts: list[Any]) -> str:
    return joined(context.meter, parts, bool(context.eval_ctx.autoescape))


@pass_context
def _printed(context: RenderContext, value: Any) -> Any:
    return context.meter.text_of(value)


_INTERNAL: Final[Mapping[str, Callable[..., Any]]] = {
    EACH: _each,
    HAYSTACK: _haystack,
    JOINED: _joined_parts,
    MADE: _made,
    SEEN: _seen,
    TICK: _tick,
}


class _Environment(Sandbox):
    """Jinja with every step paid for."""

    def __init__(self, autoescape: bool) -> None:
        super().__init__(
            autoescape=autoescape, finalize=_printed, extensions=[TokenLimit]
        )
        self.globals = {"range": _range, "dict": _dict, "namespace": _namespace}
        names = [name for name in FILTERS if name not in _REMOVED]
        self.filters = {name: _metered_filter(name) for name in names}
        self.filters.update(_INTERNAL)
        self.filters["sum"] = _sum
        self.tests.update(
            {name: _metered_test(name) for name in _DEEP_TEST_NAMES.split()}
        )

    def _parse(
        self, source: str, name: str | None, filename: str | None
    ) -> nodes.Template:
        return metered(super()._parse(source, name, filename))


PLAIN: Final = _Environment(autoescape=False)
ESCAPING: Final = _Environment(autoescape=True)
