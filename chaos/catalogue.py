"""All scenarios by name, in the order in which they run."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from chaos.scenarios import outages, parked, points, schedules, soak, workers
from chaos.trial import Trial

Act = Callable[[Trial], None]


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """`act` breaks things and waits for quiet; `after` looks at the verdict as well.
    Those that are not `short` are left out of the short set. `volume_mib`: PostgreSQL
    is to have a volume of its own, of that size."""

    act: Act
    after: Act | None = None
    short: bool = True
    volume_mib: int = 0

    @property
    def title(self) -> str:
        return (self.act.__doc__ or "").strip()


SCENARIOS: Final[Mapping[str, Scenario]] = {
    "random": Scenario(act=workers.random_kills),
    "frozen": Scenario(act=workers.frozen),
    "asleep": Scenario(act=workers.asleep),
    "parked": Scenario(act=parked.workers_die),
    "points": Scenario(act=points.workers_die_there),
    "signals": Scenario(act=points.sweep_and_cancel_die),
    "drops": Scenario(act=points.connections_drop_there, short=False),
    "web": Scenario(act=points.web_dies_there),
    "redis": Scenario(act=outages.redis_dies),
    "postgresql": Scenario(act=outages.postgresql_dies),
    "cuts": Scenario(act=outages.connections_cut),
    "disk": Scenario(act=outages.disk_fills, volume_mib=512),
    "bell": Scenario(act=outages.bell_is_broken),
    "rolling": Scenario(act=workers.rolling, after=workers.no_attempt_wasted),
    "cancel": Scenario(act=workers.cancel),
    "poison": Scenario(act=workers.poison),
    "schedules": Scenario(act=schedules.beats_and_workers_die),
    "clock": Scenario(act=workers.wrong_clock),
    "drains": Scenario(act=soak.drains),
    "answers": Scenario(act=soak.held_answers),
}
