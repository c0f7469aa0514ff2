"""A backlog of queued runs, drained by one worker process."""

import statistics
from typing import Final

from benchmarks import agents
from benchmarks.agents import Document
from benchmarks.costs import cpu_ms
from benchmarks.figures import Figures, celery, medians
from benchmarks.figures.copying import copy_rate, kept_of
from benchmarks.installation import Connection, Installation, Machine
from benchmarks.loads import ROUNDS
from benchmarks.notes import note
from benchmarks.queueing import Pattern, drain_seconds

COUNT: Final = 5_000
WARM_UP: Final = 500
BARRIER_SETTINGS: Final = "benchmarks.barrier_settings"


def beside_anchors(machine: Machine) -> Figures:
    """Chains of 3 and 10 nodes, plain Celery and raw COPY in turns, so that whatever
    else the machine does is the same for all."""
    with machine.installation() as site, site.connect() as connection:
        three = Drains(site, connection, agents.chain(3))
        ten = Drains(site, connection, agents.chain(10), "ten@example.com")
        kept = kept_of(connection, three.newest)
        rounds = [
            {
                "celery_noop_per_s": celery.drain_rate(machine),
                "copy_ceiling_per_s": copy_rate(connection, kept),
                **_with_cost(site, connection, three),
                "backlog_10_per_s": COUNT / ten.drain(COUNT),
            }
            for _ in range(ROUNDS)
        ]
    return medians(rounds)


def _with_cost(site: Installation, connection: Connection, drains: "Drains") -> Figures:
    with cpu_ms(site, connection) as cost:
        seconds = drains.drain(COUNT)
    return {
        "backlog_3_per_s": COUNT / seconds,
        "backlog_3_worker_cpu_ms": cost["worker"],
        "backlog_3_database_cpu_ms": cost["database"],
    }


def durability(machine: Machine) -> Figures:
    """The chain of ten as it ships, pure nodes journalled behind, and with each node
    waiting until all that it depends on is durable."""
    document = agents.chain(10)
    with machine.installation(workers=0) as site, site.connect() as connection:
        site.start_worker()
        behind = Drains(site, connection, document).rate()
        site.stop_workers()
        site.start_worker(DJANGO_SETTINGS_MODULE=BARRIER_SETTINGS)
        barrier = Drains(site, connection, document, "barrier@example.com").rate()
    return {"writebehind_per_s": behind, "barrier_per_s": barrier}


class Drains:
    """Backlogs of one agent; the first, a short one, is for warming up."""

    def __init__(
        self,
        site: Installation,
        connection: Connection,
        document: Document,
        email: str = "bench@example.com",
    ) -> None:
        self._site = site
        self._connection = connection
        with site.api(email) as api:
            self._pattern = Pattern(site, connection, api, api.add(document))
        self.drain(WARM_UP)

    def rate(self, count: int = COUNT, rounds: int = ROUNDS) -> float:
        """Executions a second, the median."""
        rates = [count / self.drain(count) for _ in range(rounds)]
        note("    executions/s: " + ", ".join(f"{rate:.0f}" for rate in rates))
        return statistics.median(rates)

    def drain(self, count: int) -> float:
        """Seconds, from the first claim to the last end."""
        batch = self._pattern.queue(count)
        self.newest = batch.last
        self._site.ring(4 * len(self._site.workers))
        return drain_seconds(self._connection, batch)
