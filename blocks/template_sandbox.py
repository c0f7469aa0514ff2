"""What a template can reach: listed methods of JSON values, and nothing else."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from jinja2.exceptions import SecurityError
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream
from jinja2.runtime import Context, LoopContext, Macro, Undefined
from jinja2.sandbox import (
    ImmutableSandboxedEnvironment,
    SandboxedEscapeFormatter,
    SandboxedFormatter,
)
from jinja2.utils import Namespace, pass_context
from markupsafe import Markup

from blocks.template_guards import binary, format_widths, guard
from blocks.template_work import DEPTH_LIMIT, Meter, TemplateLimitError

TOKEN_LIMIT: Final = 10_000
CALL_COST: Final = 8


class RenderContext(Context):
    """The variables of one rendering, and its account."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.meter = Meter()


class TokenLimit(Extension):
    """Bounds what compiling costs."""

    def filter_stream(self, stream: TokenStream) -> TokenStream:
        return TokenStream(self._counted(stream), stream.name, stream.filename)

    def _counted(self, stream: TokenStream) -> Iterator[Token]:
        for number, token in enumerate(stream):
            if number >= TOKEN_LIMIT:
                raise TemplateLimitError(
                    f"the template has more than {TOKEN_LIMIT:,} words and signs"
                )
            yield token


_TEXT_METHOD_NAMES: Final = (
    "capitalize casefold center count endswith expandtabs find format index isalnum "
    "isalpha isascii isdecimal isdigit isidentifier islower isnumeric isprintable "
    "isspace istitle isupper join ljust lower lstrip partition removeprefix "
    "removesuffix replace rfind rindex rjust rpartition rsplit rstrip split "
    "splitlines startswith strip swapcase title upper zfill"
)
_TEXT_METHODS: Final = frozenset(_TEXT_METHOD_NAMES.split())
_METHODS: Final[Mapping[type, frozenset[str]]] = {
    str: _TEXT_METHODS,
    Markup: _TEXT_METHODS,
    dict: frozenset(("copy", "get", "items", "keys", "values")),
    list: frozenset(("copy", "count", "index")),
    tuple: frozenset(("count", "index")),
    range: frozenset(("count", "index")),
    int: frozenset(("bit_length",)),
    float: frozenset(("is_integer",)),
}
_OPEN_TYPES: Final = (LoopContext, Namespace, Macro, Undefined)
_VIEWS: Final[tuple[Any, ...]] = (type({}.keys()), type({}.values()), type({}.items()))


class Sandbox(ImmutableSandboxedEnvironment):
    """Every operator and call pays before it works."""

    context_class = RenderContext
    intercepted_binops = frozenset(("+", "-", "*", "/", "//", "%", "**"))

    def getattr(self, obj: Any, attribute: str) -> Any:
        if attribute.startswith("__") or (
            attribute.startswith("_") and not isinstance(obj, dict)
        ):
            raise SecurityError(f"access to {attribute!r} is not allowed")
        methods = _METHODS.get(type(obj))
        try:
            if methods is not None and attribute in methods:
                bounded = attribute == "format"
                return _format_of(self, obj) if bounded else getattr(obj, attribute)
            if isinstance(obj, _OPEN_TYPES):
                return getattr(obj, attribute)
            return obj[attribute]
        except (TypeError, LookupError, AttributeError):
            return self.undefined(obj=obj, name=attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        try:
            return obj[argument]
        except (TypeError, LookupError):
            if isinstance(argument, str):
                return self.getattr(obj, argument)
        return self.undefined(obj=obj, name=argument)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        if type(left) is float and type(right) is float and operator != "**":
            return self.binop_table[operator](left, right)
        binary(context.meter, operator, left, right)
        return context.meter.made(self.binop_table[operator](left, right))

    def call(__self, __context: Any, __obj: Any, *args: Any, **options: Any) -> Any:
        meter: Meter = __context.meter
        _pay_call(meter, __obj, args, options)
        if meter.depth >= DEPTH_LIMIT:
            raise TemplateLimitError(f"calls are nested deeper than {DEPTH_LIMIT}")
        meter.depth += 1
        try:
            result = super().call(__context, __obj, *args, **options)
        finally:
            meter.depth -= 1
        return meter.made(list(result) if isinstance(result, _VIEWS) else result)


def _pay_call(
    meter: Meter, function: Any, args: tuple[Any, ...], options: dict[str, Any]
) -> None:
    meter.charge(CALL_COST)
    meter.take(*args, *options.values())
    owner = getattr(function, "__self__", None)
    name = getattr(function, "__name__", "")
    if isinstance(owner, str) and name == "join" and args:
        guard(meter, name, args[0], (owner,), {})
    elif isinstance(owner, str):
        meter.take(owner, times=4)
        guard(meter, name, owner, args, options)
    elif isinstance(owner, list | tuple):
        meter.take(owner)


def _format_of(environment: Sandbox, text: str) -> Callable[..., str]:
    """`text.format`, with every field paid for before the result is put together."""

    @pass_context
    def format(context: RenderContext, *args: Any, **options: Any) -> str:
        formatter: _Formatter
        if isinstance(text, Markup):
            formatter = _EscapingFormatter(environment, escape=text.escape)
        else:
            formatter = _Formatter(environment)
        formatter.meter = context.meter
        return type(text)(formatter.vformat(text, args, options))

    return format


class _Formatter(SandboxedFormatter):
    meter: Meter

    def convert_field(self, value: Any, conversion: Any) -> Any:
        self.meter.take(value, times=8)
        return super().convert_field(value, conversion)

    def format_field(self, value: Any, format_spec: str) -> Any:
        format_widths(format_spec)
        if not isinstance(value, int | float | Markup):
            value = self.meter.text_of(value)
        result = super().format_field(value, format_spec)
        self.meter.reserve(len(result))
        return result


class _EscapingFormatter(_Formatter, SandboxedEscapeFormatter):
    """The same for markup: what is filled in is escaped."""


class NamedValues(Namespace):
    """Prints as a word: it may hold itself, and what it holds may be shared."""

    def __repr__(self) -> str:
        return "<namespace>"
