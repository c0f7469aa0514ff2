"""What some take from others: waiters from readers, one workspace from another."""

import statistics
import time
from dataclasses import replace
from typing import Final

from benchmarks import agents
from benchmarks.agents import Document
from benchmarks.api import Api
from benchmarks.figures import Figures
from benchmarks.figures.http import start_orders
from benchmarks.figures.stored import page_orders
from benchmarks.installation import Connection, Machine
from benchmarks.loads import measured, under_load
from benchmarks.processes import until
from benchmarks.queueing import Pattern
from benchmarks.storing import Archive

WAITERS: Final = 300
QUEUED: Final = 10_000
STARTS: Final = 10


def waiters(machine: Machine) -> Figures:
    """A list of runs, read by one client, before, beside and after 300 that wait."""
    with (
        machine.installation() as site,
        site.api() as api,
        site.connect() as connection,
    ):
        Archive(connection, api, api.add(agents.chain(3))).grow(1_000)
        before = measured(page_orders(api)).p95_ms
        graph = api.add(agents.waits(55))
        waiting = replace(start_orders(api, graph), clients=WAITERS, once=True)
        with under_load(waiting):
            until(lambda: _running(connection) == WAITERS, "the waiters")
            time.sleep(1)
            beside = measured(page_orders(api)).p95_ms
        after = measured(page_orders(api)).p95_ms
    return {
        "waiters_300_list_p95_ms": beside,
        "waiters_0_list_p95_ms": (before + after) / 2,
    }


def _running(connection: Connection) -> int:
    row = connection.execute(
        "SELECT count(*) FROM executions_execution "
        "WHERE status IN ('RUNNING', 'WAITING')"
    ).fetchone()
    assert row is not None
    return int(row[0])


def fairness(machine: Machine) -> Figures:
    """How much later a run starts because another workspace has 10,000 queued: of some
    such starts the slowest. Beside runs that end at once, and runs that wait 2 s."""
    short = _added_s(machine, agents.chain(3))
    long = _added_s(machine, agents.waits(2))
    return {
        "fairness_added_s": max(short, long),
        "fairness_short_added_s": short,
        "fairness_waiting_added_s": long,
    }


def _added_s(machine: Machine, crowd: Document) -> float:
    with (
        machine.installation() as site,
        site.api("crowd@example.com") as many,
        site.api("single@example.com") as one,
        site.connect() as connection,
    ):
        graph = one.add(agents.chain(3))
        alone = [_start_s(connection, one, graph) for _ in range(STARTS)][1:]
        Pattern(site, connection, many, many.add(crowd)).queue(QUEUED)
        site.ring()
        until(lambda: _running(connection), "the first claim", every_s=0.01)
        beside = [_start_s(connection, one, graph) for _ in range(STARTS)]
    return max(beside) - statistics.median(alone)


def _start_s(connection: Connection, api: Api, graph: str) -> float:
    """From its row's creation to its first claim; nobody waits for its end, which might
    earn it another way to run."""
    id_ = api.start(graph)["id"]
    return until(lambda: _started_after_s(connection, id_), "the start", every_s=0.01)


def _started_after_s(connection: Connection, id_: str) -> float:
    """0 before it has started."""
    row = connection.execute(
        "SELECT coalesce(extract(epoch FROM started_at - created_at), 0) "
        "FROM executions_execution WHERE id = %s",
        [id_],
    ).fetchone()
    assert row is not None
    return float(row[0])
