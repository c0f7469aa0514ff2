"""Many runs that wait 2 s, all at the same time."""

import statistics
from dataclasses import replace
from typing import Final

from benchmarks import agents
from benchmarks.figures import Figures
from benchmarks.figures.http import start_orders
from benchmarks.installation import Installation, Machine
from benchmarks.loads import ROUNDS, measured
from benchmarks.processes import peak_mib
from benchmarks.queueing import Pattern, drain_seconds

WAIT_S: Final = 2


def two_hundred(machine: Machine) -> Figures:
    """Started over HTTP by 200 clients at once: from the first request to the last
    answer. Beside it, as many queued beforehand, from the first claim."""
    with machine.installation() as site:
        with site.api() as api:
            graph = api.add(agents.waits(WAIT_S))
            api.run(graph)
            orders = replace(start_orders(api, graph), clients=200, once=True)
            seconds = measured(orders).elapsed_s
        peak = peak_mib(site.worker.pid)
        queued = _queued_s(site, 200)
    figures = {"wait_200_s": seconds, "wait_200_mib": peak}
    return {**figures, "wait_200_queued_s": queued}


def thousand(machine: Machine) -> Figures:
    """Queued beforehand, from the first claim to the last end."""
    with machine.installation() as site:
        seconds = _queued_s(site, 1_000)
        return {"wait_1000_s": seconds, "wait_1000_mib": peak_mib(site.worker.pid)}


def _queued_s(site: Installation, count: int) -> float:
    found = []
    with site.api("queued@example.com") as api, site.connect() as connection:
        graph = api.add(agents.waits(WAIT_S))
        api.run(graph)
        pattern = Pattern(site, connection, api, graph)
        for _ in range(ROUNDS):
            batch = pattern.queue(count)
            site.ring()
            found.append(drain_seconds(connection, batch))
    return statistics.median(found)
