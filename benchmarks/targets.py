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


TARGETS: Final = (
    Target("backlog_3_per_s", 3, times="celery_noop_per_s"),
    Target("backlog_3_per_s", 0.6, times="copy_ceiling_per_s"),
    Target("backlog_10_per_s", 1.5, times="celery_noop_per_s"),
    Target("http_3_c8_per_s", 550, others="n8n 72, Langflow 7"),
    Target("http_3_c8_per_s", 1.1, times="celery_result_c8_per_s"),
    Target("http_3_c8_p95_ms", 25, at_most=True, others="n8n 150"),
    Target("http_3_c1_p50_ms", 8, at_most=True, others="n8n 14.9"),
    Target("http_10_c8_per_s", 400, others="n8n 47-65"),
    Target("fanout_100_per_s", 90, others="n8n 30, Node-RED 310 (nothing stored)"),
    Target("wait_200_s", 2.4, at_most=True, others="n8n 4.1, Node-RED 2.36"),
    Target("wait_200_mib", 120, at_most=True, others="n8n 862"),
    Target("wait_1000_s", 3.0, at_most=True, others="Celery prefork -c 64: 33.8"),
    Target("wait_1000_mib", 150, at_most=True, others="Celery prefork: 1,620"),
    Target("graph_10k_s", 1.5, at_most=True),
    Target("graph_10k_to_1k", 1.2, at_most=True, others="1 is linear"),
    Target("ws_p95_ms", 50, at_most=True),
    Target("kill9_completed", 50, others="n8n 0"),
    Target("kill9_recovery_p95_s", 3, at_most=True, others="n8n: crashed after 75"),
    Target("kill9_restart_completed", 50),
    Target("list_1m_p95_ms", 15, at_most=True, others="offset pages 119-316"),
    Target("stored_1m_per_s", 0.9, times="stored_10k_per_s"),
    Target("waiters_300_list_p95_ms", 1.1, True, times="waiters_0_list_p95_ms"),
    Target("fairness_added_s", 1, at_most=True),
    Target("auth_key_cpu_ms", 1, at_most=True),
    Target("auth_jwt_cpu_ms", 1, at_most=True),
    Target("items_100k_mib", 200, at_most=True),
    Target("blocks_list_p95_ms", 20, at_most=True),
    Target("worker_import_s", 1.5, at_most=True),
    Target("ready_s", 2, at_most=True, others="n8n 9.7"),
    Target("idle_mib", 130, at_most=True, others="n8n 629"),
)


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
