"""What operators, filters and text methods of a template are about to make, paid for
before they make it: see `template_work`.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from markupsafe import Markup

from blocks.template_work import (
    EXPONENT_LIMIT,
    Meter,
    TemplateLimitError,
    require_bits,
    require_count,
    require_text,
)


def binary(meter: Meter, operator: str, left: Any, right: Any) -> None:
    """Pay for `left operator right`, which is not yet done.

    Raises:
        TemplateLimitError: the result would be too large.
    """
    if operator == "**":
        _power(left, right)
    elif operator == "*":
        _product(meter, left, right)
    elif operator == "%" and isinstance(left, str):
        percent_format(meter, left, right)
    elif operator == "+" and isinstance(left, str) and isinstance(right, str):
        meter.reserve(len(left) + len(right))
    else:
        meter.take(left, right)


def _power(base: object, exponent: object) -> None:
    require_count("the exponent", exponent, EXPONENT_LIMIT)
    if isinstance(base, int) and isinstance(exponent, int):
        require_bits(base.bit_length() * max(exponent, 0))
    elif isinstance(exponent, float) and abs(exponent) > EXPONENT_LIMIT:
        raise TemplateLimitError(
            f"the exponent {exponent:g} is too large (limit {EXPONENT_LIMIT:,})"
        )


def _product(meter: Meter, left: Any, right: Any) -> None:
    if isinstance(left, int) and isinstance(right, int):
        require_bits(left.bit_length() + right.bit_length())
        return
    for many, count in ((left, right), (right, left)):
        if isinstance(count, int) and isinstance(many, str | list | tuple):
            require_count("the repeat count", count)
            if isinstance(many, str):
                require_text(len(many) * max(count, 0))
            meter.take(many, times=max(count, 1))


_WIDTH = re.compile(r"\d+")
_QUOTING = re.compile(r"%(\([^)]*\))?[-#0 +.\d]*[ra]")


def percent_format(meter: Meter, text: str, values: object) -> None:
    """Pay for `text % values`: every place may take the longest value."""
    if "*" in text:
        raise TemplateLimitError("a width of * is not allowed in a % format")
    parts: Iterable[object] = values if isinstance(values, tuple) else (values,)
    if isinstance(values, Mapping):
        parts = values.values()
    longest = max((len(meter.text_of(part)) for part in parts), default=0)
    if _QUOTING.search(text):
        longest *= 10
    places = text.count("%")
    widths = sum(format_widths(text))
    meter.reserve(len(text) + widths + places * (longest + _FLOAT_CHARACTERS))


_FLOAT_CHARACTERS: Final = 320
"""The longest a float gets when it is written out without an exponent."""


def format_widths(text: str) -> list[int]:
    """The numbers in a format, each checked."""
    widths = [int(digits[:9]) for digits in _WIDTH.findall(text)]
    for width in widths:
        require_count("the width", width)
    return widths


def argument(
    args: Sequence[Any], options: Mapping[str, Any], place: int, name: str, default: Any
) -> Any:
    """An argument that may be given by place or by name."""
    return args[place] if len(args) > place else options.get(name, default)


def guard(
    meter: Meter, name: str, value: Any, args: Sequence[Any], options: Mapping[str, Any]
) -> None:
    """Pay for what a filter or a text method called `name` makes out of `value`."""
    check = _GUARDS.get(name)
    if check is not None:
        check(meter, value, args, options)


def _padded(
    meter: Meter, value: Any, args: Sequence[Any], options: Mapping[str, Any]
) -> None:
    for size in (*args, *options.values()):
        require_count("the width", size)


def _rounded(
    meter: Meter, value: Any, args: Sequence[Any], options: Mapping[str, Any]
) -> None:
    require_count("the precision", argument(args, options, 0, "precision", 0), 100)


def _replaced(
    meter: Meter, value: Any, args: Sequence[Any], options: Mapping[str, Any]
) -> None:
    text = meter.text_of(value)
    old = meter.text_of(argument(args, options, 0, "old", ""))
    new = meter.text_of(argument(args, options, 1, "new", ""))
    meter.reserve(len(text) + text.count(old) * max(len(new) - len(old), 0))


def _joined(
    meter: Meter, value: Any, args: Sequence[Any], options: Mapping[str, Any]
) -> None:
    separator = meter.text_of(argument(args, options, 0, "d", ""))
    explode(meter, value)
    sizes = [len(p) if isinstance(p, str) else 8 * meter.weigh(p) + 16 for p in value]
    meter.reserve(sum(sizes) + len(sizes) * len(separator))


def _indented(
    meter: Meter, value: Any, args: Sequence[Any], options: Mapping[str, Any]
) -> None:
    width = argument(args, options, 0, "width", 4)
    require_count("the width", width)
    size = len(width) if isinstance(width, str) else int(width)
    text = meter.text_of(value)
    meter.reserve(len(text) + (len(text.splitlines()) + 1) * size)


def _expanded(
    meter: Meter, value: Any, args: Sequence[Any], options: Mapping[str, Any]
) -> None:
    size = argument(args, options, 0, "tabsize", 8)
    require_count("the tab size", size)
    meter.reserve(len(value) + value.count("\t") * abs(int(size)))


def _wrapped(
    meter: Meter, value: Any, args: Sequence[Any], options: Mapping[str, Any]
) -> None:
    text = meter.text_of(value)
    separator = argument(args, options, 2, "wrapstring", None) or "\n"
    # Cutting a long word is quadratic in its length.
    meter.charge(len(text) * 8 + len(text) ** 2 // 2_000)
    meter.reserve(len(text) * (1 + len(meter.text_of(separator))))


def _sorted(
    meter: Meter, value: Any, args: Sequence[Any], options: Mapping[str, Any]
) -> None:
    explode(meter, value)
    count = len(value) if hasattr(value, "__len__") else 1
    meter.take(value, times=count.bit_length() or 1)


def _cut(
    meter: Meter, value: Any, args: Sequence[Any], options: Mapping[str, Any]
) -> None:
    explode(meter, value)
    count = argument(args, options, 0, "linecount", options.get("slices", 1))
    require_count("the number of parts", count)
    fill = argument(args, options, 1, "fill_with", None)
    meter.take(fill, times=max(int(count), 1))


def _listed(
    meter: Meter, value: Any, args: Sequence[Any], options: Mapping[str, Any]
) -> None:
    explode(meter, value)


def explode(meter: Meter, value: Any) -> None:
    """Pay for a text that is taken apart: each piece weighs more than it is long."""
    if isinstance(value, str):
        meter.charge(len(value) * 8)


def _formatted(
    meter: Meter, value: Any, args: Sequence[Any], options: Mapping[str, Any]
) -> None:
    percent_format(meter, meter.text_of(value), options or tuple(args))


_GUARDS: Final = {
    **dict.fromkeys(("center", "ljust", "rjust", "zfill"), _padded),
    **dict.fromkeys(("batch", "slice"), _cut),
    **dict.fromkeys(("list", "map", "split", "rsplit", "splitlines", "sum"), _listed),
    **dict.fromkeys(("select", "reject", "selectattr", "rejectattr"), _listed),
    **dict.fromkeys(("sort", "unique", "groupby", "dictsort", "min", "max"), _sorted),
    "round": _rounded,
    "replace": _replaced,
    "join": _joined,
    "indent": _indented,
    "expandtabs": _expanded,
    "wordwrap": _wrapped,
    "format": _formatted,
}


def joined(meter: Meter, parts: Iterable[object], escape: bool) -> str:
    """The parts as one text, as the `~` operator makes it."""
    texts = [meter.text_of(part) for part in parts]
    meter.reserve(sum(map(len, texts)))
    if escape and any(isinstance(text, Markup) for text in texts):
        return Markup("").join(texts)
    return "".join(texts)
