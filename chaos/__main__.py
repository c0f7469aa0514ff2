"""`python -m chaos`: break an installation on purpose; exit 1 if the promise breaks.

TRIALS=short (the default) runs the short set once, TRIALS=N everything N times at full
length. SEED names the chance, ONLY some scenarios (comma-separated). CHAOS_LOGS keeps
the logs in that folder.
"""

import json
import os
import secrets
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from chaos.catalogue import SCENARIOS, Scenario
from chaos.report import Report, say
from chaos.servers import postgresql, redis
from chaos.site import Ground, NotReadyError
from chaos.trial import Trial, Verdict, trial
from chaos.volumes import NoVolumeError, small_volume


class Plan(NamedTuple):
    """Which scenarios, how often, and whether at full length."""

    names: list[str]
    rounds: int
    seed: int
    is_long: bool


def plan_of(environment: Mapping[str, str]) -> Plan:
    """
    Raises:
        ValueError: a scenario is unknown, or a number is none.
    """
    trials = environment.get("TRIALS") or "short"
    is_long = trials != "short"
    seed = int(environment.get("SEED") or secrets.randbelow(1_000_000))
    only = [n for n in (environment.get("ONLY") or "").split(",") if n]
    unknown = [name for name in only if name not in SCENARIOS]
    if unknown:
        raise ValueError(f"no scenario {', '.join(unknown)}: {', '.join(SCENARIOS)}")
    names = only or [n for n, s in SCENARIOS.items() if is_long or s.short]
    return Plan(names, int(trials) if is_long else 1, seed, is_long)


def main() -> int:
    try:
        plan = plan_of(os.environ)
    except ValueError as error:
        say(str(error))
        return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    report = Report(seed=plan.seed, total=len(plan.names) * plan.rounds)
    say(f"seed {plan.seed}; the same again with SEED={plan.seed}")
    with _folder() as folder, postgresql() as database, redis() as broker:
        ground = Ground(database, broker, folder)
        for round_ in range(plan.rounds):
            for name in plan.names:
                _run(report, ground, name, plan.seed + round_, is_long=plan.is_long)
    print(json.dumps(report.figures()))
    return 0 if report.is_good else 1


def _run(
    report: Report, shared: Ground, name: str, seed: int, *, is_long: bool
) -> None:
    began, scenario = time.monotonic(), SCENARIOS[name]
    try:
        with (
            _ground(shared, scenario) as ground,
            trial(ground, f"{name}-{seed}", seed, is_long=is_long) as made,
        ):
            verdict = _verdict_of(scenario, made)
    except NoVolumeError as error:
        report.leave_out(name, f"no volume of its own can be mounted ({error})")
        return
    report.add(name, seed, verdict, time.monotonic() - began)


@contextmanager
def _ground(shared: Ground, scenario: Scenario) -> Iterator[Ground]:
    """Raises NoVolumeError where the scenario needs a volume and there can be none."""
    if not scenario.volume_mib:
        yield shared
        return
    with (
        small_volume(scenario.volume_mib) as volume,
        postgresql(within=volume.path) as database,
    ):
        yield Ground(database, shared.redis, shared.folder, volume)


def _verdict_of(scenario: Scenario, made: Trial) -> Verdict:
    try:
        scenario.act(made)
        made.judge()
        if scenario.after is not None:
            scenario.after(made)
    except NotReadyError as error:
        made.fault(str(error))
    return made.verdict


@contextmanager
def _folder() -> Iterator[Path]:
    """Where logs go; kept only if asked for."""
    kept = os.environ.get("CHAOS_LOGS")
    if kept:
        yield Path(kept)
        return
    with tempfile.TemporaryDirectory(prefix="chaos-") as name:
        yield Path(name)


if __name__ == "__main__":
    sys.exit(main())
