"""What is printed: a line for each trial, the invariants, and one JSON object last."""

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from chaos.invariants import RULES
from chaos.trial import Verdict, summary

BAR: Final = 24
_SHOWN: Final = 12


@dataclass(kw_only=True)
class Report:
    """All trials so far."""

    seed: int
    total: int
    verdicts: list[tuple[str, int, Verdict]] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, seed: int, verdict: Verdict, seconds: float) -> None:
        self.verdicts.append((name, seed, verdict))
        done = bar(len(self.verdicts), self.total)
        say(f"{done} {line(name, seed, verdict, seconds)}")
        for text in complaints(verdict)[:_SHOWN]:
            say(f"    {text}")

    def leave_out(self, name: str, why: str) -> None:
        self.total -= 1
        self.left_out[name] = why
        say(f"left out: {name}: {why}")

    @property
    def is_good(self) -> bool:
        return not any(complaints(verdict) for _, _, verdict in self.verdicts)

    def figures(self) -> dict[str, Any]:
        """The object that is printed last."""
        verdicts = [verdict for _, _, verdict in self.verdicts]
        broken = Counter(v.rule for verdict in verdicts for v in verdict.violations)
        return {
            "seed": self.seed,
            "trials": len(verdicts),
            "executions": sum(verdict.runs for verdict in verdicts),
            "kills": sum(verdict.kills for verdict in verdicts),
            "wasted_attempts": sum(verdict.wasted_attempts for verdict in verdicts),
            "double_effects": sum(verdict.double_effects for verdict in verdicts),
            "recovery_s": summary([s for v in verdicts for s in v.recovery]),
            "invariants": {name: broken[name] for name in RULES},
            "faults": [
                f"{name} (seed {seed}): {text}"
                for name, seed, verdict in self.verdicts
                for text in verdict.faults
            ],
            "left_out": self.left_out,
            "broken_executions": sorted(
                {v.run for verdict in verdicts for v in verdict.violations}
            ),
            "figures": {
                f"{name}_{key}": round(value, 3)
                for name, _, verdict in self.verdicts
                for key, value in verdict.figures.items()
            },
            "passed": self.is_good,
        }


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def bar(done: int, total: int) -> str:
    full = BAR * done // max(1, total)
    return f"[{'#' * full}{'.' * (BAR - full)}] {done}/{total}"


def line(name: str, seed: int, verdict: Verdict, seconds: float) -> str:
    """One trial in one line."""
    parts = [
        f"{name:<10} seed {seed}",
        f"{verdict.runs} runs",
        f"{verdict.kills} kills",
        f"{verdict.wasted_attempts} attempts lost",
        f"{verdict.double_effects} double effects",
    ]
    parts += _named("recovery", summary(verdict.recovery))
    parts += [f"{key} {value:.3g}" for key, value in verdict.figures.items()]
    parts += [f"{count} x {answer}" for answer, count in verdict.answers.items()]
    parts += ["ok" if not complaints(verdict) else "BROKEN", f"{seconds:.0f} s"]
    return ", ".join(parts)


def complaints(verdict: Verdict) -> list[str]:
    """All that is wrong with a trial, in words."""
    violations = [f"{v.rule} {v.run}: {v.text}" for v in verdict.violations]
    return [*verdict.faults, *violations]


def _named(name: str, values: dict[str, float]) -> Sequence[str]:
    if not values:
        return ()
    return (f"{name} {' / '.join(f'{v:.2f}' for v in values.values())} s",)
