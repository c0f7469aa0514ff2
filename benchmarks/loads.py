"""Runs the load generator and sums up what it measured."""

import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any, Final

import orjson

from benchmarks.load import Orders
from benchmarks.notes import note
from scripts.commands import ROOT

ROUNDS: Final = 3


@dataclass(frozen=True)
class Load:
    """Medians of several rounds."""

    per_s: float
    p50_ms: float
    p95_ms: float
    elapsed_s: float


def measured(orders: Orders, rounds: int = ROUNDS) -> Load:
    """
    Raises:
        RuntimeError: an answer was not a good one.
    """
    answers = [_round(orders) for _ in range(rounds)]
    share = statistics.median(answer["cpu_share"] for answer in answers)
    note(f"    the load generator took {share:.0%} of a core")
    return Load(
        per_s=statistics.median(answer["per_s"] for answer in answers),
        p50_ms=statistics.median(percentile(a["latencies_ms"], 50) for a in answers),
        p95_ms=statistics.median(percentile(a["latencies_ms"], 95) for a in answers),
        elapsed_s=statistics.median(answer["elapsed_s"] for answer in answers),
    )


def _round(orders: Orders) -> dict[str, Any]:
    with _generator(orders) as generator:
        answer, _ = generator.communicate(_as_json(orders))
    found: dict[str, Any] = orjson.loads(answer)
    if found["errors"]:
        raise RuntimeError(f"{found['errors']} bad answers, one: {found['example']}")
    return found


@contextmanager
def under_load(orders: Orders) -> Iterator[None]:
    """The load goes on meanwhile; nothing is asked of its answers."""
    with _generator(orders) as generator:
        assert generator.stdin is not None
        generator.stdin.write(_as_json(orders))
        generator.stdin.close()
        try:
            yield
        finally:
            generator.kill()


def _generator(orders: Orders) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-m", "benchmarks.load"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )


def _as_json(orders: Orders) -> bytes:
    return orjson.dumps(asdict(orders))


def percentile(values: Sequence[float], percent: int) -> float:
    """The value that so many percent of them do not pass (nearest rank).

    Raises:
        ValueError: there are none.
    """
    if not values:
        raise ValueError("nothing was measured")
    ranked = sorted(values)
    return ranked[max(0, -(-len(ranked) * percent // 100) - 1)]
