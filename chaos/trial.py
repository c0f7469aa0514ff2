"""One trial: an installation, clients, faults, quiet time, and the verdict."""

import json
import random
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from typing import Any, Final

import psycopg

from chaos.agents import Shape
from chaos.effects import EffectLog
from chaos.evidence import Evidence, collect, progress_after
from chaos.invariants import Violation, double_effects, judge, wasted_attempts
from chaos.load import Client, Load
from chaos.processes import Process
from chaos.site import Ground, Site

QUIET_WITHIN_S: Final = 120.0
RECOVERED_WITHIN_S: Final = 20.0
_REPEATS: Final = 20


@dataclass(kw_only=True)
class Verdict:
    """`recovery` are the seconds from each kill to the next news of each run that was
    held. `figures` are what the scenario measured besides; `faults` what it saw that
    must not be, in words."""

    runs: int = 0
    kills: int = 0
    wasted_attempts: int = 0
    double_effects: int = 0
    recovery: list[float] = field(default_factory=list)
    violations: list[Violation] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    figures: dict[str, float] = field(default_factory=dict)
    answers: dict[str, int] = field(default_factory=dict)


class Trial:
    """What a scenario acts on. `is_long` asks for the full length of each fault."""

    def __init__(
        self,
        ground: Ground,
        site: Site,
        effects: EffectLog,
        seed: int,
        *,
        is_long: bool,
    ) -> None:
        self.ground = ground
        self.site = site
        self.effects = effects
        self.seed = seed
        self.chance = random.Random(seed)
        self.is_long = is_long
        self.client: Client
        self.cancelled: set[str] = set()
        self.keeps_workers = False
        self.recovers_within_s = RECOVERED_WITHIN_S
        self.verdict = Verdict()
        self._killed: list[tuple[str, float]] = []
        self._late: set[str] = set()

    def begin(
        self, shapes: Sequence[Shape], *, workers: int = 2, **environment: str
    ) -> None:
        """A web process and workers are up, and a client has agents of these shapes."""
        for _ in range(workers):
            self.site.start_worker(**environment)
        self.site.start_web(**environment)
        self.client = Client(self.site, shapes, self.effects.address)
        self.site.wait_for_workers()

    def load(self, per_second: float) -> Load:
        return Load(self.client, self.seed, per_second)

    def start_all(self, count: int) -> None:
        """That many runs, of each shape in turn."""
        shapes = list(self.client.shapes.values())
        for n in range(count):
            self.client.start(shapes[n % len(shapes)], n)

    def cancel_all(self) -> dict[str, float]:
        """In no particular order; when each was asked for."""
        asked: dict[str, float] = {}
        runs = [accepted.id for accepted in self.client.accepted]
        for run in self.chance.sample(runs, len(runs)):
            time.sleep(self.chance.uniform(0, 0.05))
            asked[run] = time.time()
            self.client.post(f"/executions/{run}/cancel/").raise_for_status()
        self.cancelled |= set(asked)
        return asked

    def kill(self, worker: Process) -> None:
        """As a power cut would; remembers what it held."""
        held = self.site.held_by(worker)
        self.site.kill_worker(worker)
        self.died(held)

    def died(self, held: Sequence[str]) -> None:
        now = time.time()
        self.verdict.kills += 1
        self._killed += [(run, now) for run in held]

    def until_progress(self, within_s: float = 60) -> float:
        """How long until another run has ended; infinity if none does."""
        began = time.monotonic()
        before = self.site.ended()
        while time.monotonic() - began < within_s:
            if self.site.ended() > before:
                return time.monotonic() - began
            time.sleep(0.05)
        return float("inf")

    def quiet(self, within_s: float = QUIET_WITHIN_S) -> float:
        """Wait until nothing is left to do, or too long; how long it took."""
        began = time.monotonic()
        while time.monotonic() - began < within_s:
            if self.keeps_workers:
                self.verdict.kills += self.site.replace_dead()
            with suppress(psycopg.OperationalError):
                if self.site.unfinished() == 0:
                    break
            time.sleep(0.1)
        return time.monotonic() - began

    def judge(self) -> Verdict:
        """After quiet time."""
        evidence = Evidence(
            accepted=self.client.accepted,
            runs=collect(self.site),
            calls=self.effects.calls(),
            cancelled=self.cancelled,
            repeated=self._repeat_some(),
        )
        verdict = self.verdict
        verdict.runs = len(evidence.runs)
        verdict.violations = judge(evidence)
        verdict.double_effects = double_effects(evidence)
        verdict.wasted_attempts = wasted_attempts(evidence)
        verdict.recovery += self._recovery(evidence)
        verdict.answers = dict(self.client.troubles.statuses)
        self._note_troubles()
        self._keep_what_broke(evidence)
        return verdict

    def fault(self, text: str) -> None:
        """Say what must not be."""
        self.verdict.faults.append(text)

    def _repeat_some(self) -> dict[str, str | None]:
        """Those that took several tries, and some others, asked for once more."""
        tried = sorted(self.client.accepted, key=lambda a: -a.tries)
        return {a.id: self.client.repeat(a) for a in tried[:_REPEATS]}

    def _recovery(self, evidence: Evidence) -> list[float]:
        news = progress_after(evidence.runs)
        took: list[float] = []
        for run, died in self._killed:
            first = min((at for at in news.get(run, ()) if at > died), default=died)
            took.append(first - died)
            if took[-1] > self.recovers_within_s:
                self.fault(f"run {run} had no news for {took[-1]:.1f} s after a kill")
                self._late.add(run)
        return [seconds for seconds in took if seconds]

    def _keep_what_broke(self, evidence: Evidence) -> None:
        """Beside the logs, to be looked into."""
        broken = self._late | {v.run for v in self.verdict.violations}
        for id in broken & evidence.runs.keys():
            text = json.dumps(asdict(evidence.runs[id]), indent=1, default=str)
            (self.site.folder / f"{id}.json").write_text(text)

    def _note_troubles(self) -> None:
        for key in self.client.troubles.gave_up:
            self.fault(f"the start with key {key} was never accepted")
        for status, count in self.client.troubles.statuses.items():
            if status in ("500", "400", "401", "403", "404", "422"):
                self.fault(f"{count} starts were answered with {status}")


@contextmanager
def trial(ground: Ground, name: str, seed: int, *, is_long: bool) -> Iterator[Trial]:
    """A trial on an empty database, with nothing started yet."""
    folder = ground.folder / name
    folder.mkdir(parents=True, exist_ok=True)
    effects = EffectLog(folder / "effects.jsonl")
    try:
        with ground.site(name, effects.address) as site:
            made = Trial(ground, site, effects, seed, is_long=is_long)
            try:
                yield made
            finally:
                if hasattr(made, "client"):
                    made.client.close()
    finally:
        effects.close()


def summary(values: Sequence[float]) -> dict[str, Any]:
    """p50, p95 and max, or nothing of nothing."""
    if not values:
        return {}
    ordered = sorted(values)
    return {
        "p50": round(_quantile(ordered, 0.5), 3),
        "p95": round(_quantile(ordered, 0.95), 3),
        "max": round(ordered[-1], 3),
    }


def _quantile(ordered: Sequence[float], part: float) -> float:
    """The smallest value that at least that part of them does not pass."""
    at = max(0, -(-len(ordered) * part // 1) - 1)
    return ordered[int(at)]
