"""A backlog of queued runs, drained by one worker process."""

import statistics
from typing import Final

from benchmarks import agents
from benchmarks.agents import Document
from benchmarks.costs import cpu_ms
from benchmarks.figures import Figures
from benchmarks.installation import Connection, Installation, Machine
from benchmarks.loads import ROUNDS
from benchmarks.notes import note
from benchmarks.queueing import Pattern, drain_seconds

COUNT: Final = 5_000
WARM_UP: Final = 500
BARRIER_SETTINGS: Final = "benchmarks.barrier_settings"


def three_nodes(machine: Machine) -> Figures:
    with machine.installation() as site, site.connect() as connection:
        drains = Drains(site, connection, agents.chain(3))
        with cpu_ms(site, connection) as cost:
            rate = drains.rate()
    return {
        "backlog_3_per_s": rate,
        "backlog_3_worker_cpu_ms": cost["worker"],
        "backlog_3_database_cpu_ms": cost["database"],
    }


def ten_nodes(machine: Machine) -> Figures:
    with machine.installation() as site, site.connect() as connection:
        rate = Drains(site, connection, agents.chain(10)).rate()
    return {"backlog_10_per_s": rate}


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
            self._pattern = Pattern(connection, api, api.add(document))
        self.drain(WARM_UP)

    def rate(self, count: int = COUNT, rounds: int = ROUNDS) -> float:
        """Executions a second, the median."""
        rates = [count / self.drain(count) for _ in range(rounds)]
        note("    executions/s: " + ", ".join(f"{rate:.0f}" for rate in rates))
        return statistics.median(rates)

    def drain(self, count: int) -> float:
        batch = self._pattern.queue(count)
        self._site.ring(4 * len(self._site.workers))
        return drain_seconds(self._connection, batch)
