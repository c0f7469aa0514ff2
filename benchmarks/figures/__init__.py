"""What is measured: functions from a machine to figures by their names."""

from collections.abc import Callable

from benchmarks.installation import Machine

Figures = dict[str, float]
Measure = Callable[[Machine], Figures]
