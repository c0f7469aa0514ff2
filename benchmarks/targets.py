"""What is to be reached, and how the figures of a run stand to it."""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple


class Target(NamedTuple):
    """`figure` is to be at least (or `at_most`) `bound`, or so many `times` another
    figure of the same run. `others` is what is known of other systems."""

    figure: str
    bound: float
    at_most: bool = False
    times: str = ""
    others: str = ""

    def value(self, found: Mapping[str, float]) -> float | None:
        """The bound in numbers; None if what it is counted in was not measured."""
        if not self.times:
            return self.bound
        anchor = found.get(self.times)
        return None if anchor is None else self.bound * anchor


TARGETS: Final = (Target("backlog_3_per_s", 3.0, times="celery_noop_per_s"),)


def table(targets: Iterable[Target], found: Mapping[str, float]) -> str:
    """One line for each target whose figure was measured, then all other figures."""
    rows = [("figure", "measured", "target", "", "others")]
    rows += [_row(target, found) for target in targets if target.figure in found]
    aimed = {target.figure for target in targets}
    rows += [
        (name, _number(value), "", "", "")
        for name, value in found.items()
        if name not in aimed
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(_line(row, widths) for row in rows)


Row = tuple[str, str, str, str, str]


def _row(target: Target, found: Mapping[str, float]) -> Row:
    measured = found[target.figure]
    return (
        target.figure,
        _number(measured),
        _bound(target, found),
        verdict(target, found),
        target.others,
    )


def verdict(target: Target, found: Mapping[str, float]) -> str:
    """Whether the target was reached, and how much better or worse that is."""
    bound = target.value(found)
    if bound is None:
        return "not compared"
    measured = found[target.figure]
    if target.at_most:
        reached, factor = measured <= bound, bound / measured if measured else 0.0
    else:
        reached, factor = measured >= bound, measured / bound if bound else 0.0
    return f"reached, {factor:.2f}x" if reached else f"MISSED, {factor:.2f}x"


def _bound(target: Target, found: Mapping[str, float]) -> str:
    sign = "<=" if target.at_most else ">="
    if not target.times:
        return f"{sign} {_number(target.bound)}"
    bound = target.value(found)
    shown = "" if bound is None else f" = {_number(bound)}"
    return f"{sign} {target.bound:g} x {target.times}{shown}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def _line(row: Row, widths: list[int]) -> str:
    cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
    return "  ".join(cells).rstrip()
