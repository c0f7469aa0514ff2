"""Time and memory of what a row does. A machine that is busy may be slow by chance, so
what was too slow is done again: the best of three counts."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Final, Generic, TypeVar

from tests.security.corpus.facts import Facts
from tests.security.corpus.rows import Row

T = TypeVar("T")

TRIES: Final = 3
_STATUS: Final = Path("/proc/self/status")
_REFS: Final = Path("/proc/self/clear_refs")


@dataclass(frozen=True)
class Measured(Generic[T]):
    result: T
    ms: float
    grown_mb: float

    @property
    def facts(self) -> Facts:
        return {"max_ms": self.ms, "max_rss_growth_mb": self.grown_mb}


def measured(row: Row, act: Callable[[], T]) -> Measured[T]:
    ms, growth = row.wanted("max_ms"), row.wanted("max_rss_growth_mb")
    for _ in range(TRIES):
        found = _once(act)
        slow = ms is not None and found.ms > ms
        if not slow and (growth is None or found.grown_mb <= growth):
            break
    return found


def _once(act: Callable[[], T]) -> Measured[T]:
    before = _memory_now()
    began = perf_counter()
    result = act()
    ms = (perf_counter() - began) * 1000
    return Measured(result, ms, max(0.0, _memory_peak() - before))


def _memory_now() -> float:
    """In MiB; from here on the peak counts anew."""
    if _REFS.exists():
        _REFS.write_text("5")
    return _memory("VmRSS")


def _memory_peak() -> float:
    return _memory("VmHWM")


def _memory(line: str) -> float:
    if not _STATUS.exists():
        return 0.0
    found = re.search(rf"{line}:\s+(\d+)", _STATUS.read_text())
    return int(found[1]) / 1024 if found else 0.0


def p95(values: Iterable[float]) -> float:
    ordered = sorted(values)
    return ordered[int(len(ordered) * 0.95)]
