"""What is measured: functions from a machine to figures by their names."""

import statistics
from collections.abc import Callable, Sequence

from benchmarks.installation import Machine
from benchmarks.notes import note

Figures = dict[str, float]
Measure = Callable[[Machine], Figures]


def medians(rounds: Sequence[Figures]) -> Figures:
    """Of each figure the median of its rounds, which are shown."""
    found: Figures = {}
    for name in rounds[0]:
        values = [figures[name] for figures in rounds]
        note(f"    {name}: " + ", ".join(f"{value:.4g}" for value in values))
        found[name] = statistics.median(values)
    return found
