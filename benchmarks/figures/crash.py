"""kill -9 of a worker that has 50 runs in flight."""

import time
from collections.abc import Iterable
from typing import Final, NamedTuple
from uuid import UUID

from benchmarks import agents
from benchmarks.api import Api
from benchmarks.figures import Figures
from benchmarks.installation import Connection, Installation, Machine
from benchmarks.loads import percentile
from benchmarks.queueing import Batch, Pattern, await_all, await_claimed, ids_of

RUNS: Final = 50
ROUNDS: Final = 3
WAITS: Final = 12
CALCULATORS: Final = 5
UNDER_WAY_S: Final = 1.5


class Outcome(NamedTuple):
    """How many completed, and for each run the seconds without progress."""

    completed: int
    gaps: list[float]


def another_alive(machine: Machine) -> Figures:
    """Timers with calculators between them; when it happens, a second worker lives."""
    found = [_killed(machine, another_first=True) for _ in range(ROUNDS)]
    gaps = [gap for outcome in found for gap in outcome.gaps]
    return {
        "kill9_completed": min(outcome.completed for outcome in found),
        "kill9_recovery_p95_s": percentile(gaps, 95),
        "kill9_recovery_max_s": max(gaps),
    }


def restarted(machine: Machine) -> Figures:
    """The only worker dies and is started again; its start counts."""
    completed, gaps = _killed(machine, another_first=False)
    return {
        "kill9_restart_completed": completed,
        "kill9_restart_recovery_p95_s": percentile(gaps, 95),
    }


def _killed(machine: Machine, *, another_first: bool) -> Outcome:
    with (
        machine.installation() as site,
        site.api() as api,
        site.connect() as connection,
    ):
        victim = site.worker
        batch = _in_flight(site, api, connection)
        if another_first:
            site.start_worker()
        time.sleep(UNDER_WAY_S)
        killed = time.time()
        victim.kill()
        if not another_first:
            site.start_worker()
        await_all(connection, batch)
        runs = ids_of(connection, batch)
        return Outcome(_completed(connection, runs), _gaps(api, runs, killed))


def _in_flight(site: Installation, api: Api, connection: Connection) -> Batch:
    """Runs that the only worker holds."""
    graph = api.add(agents.waits(1, WAITS, CALCULATORS))
    batch = Pattern(site, connection, api, graph).queue(RUNS)
    site.ring()
    await_claimed(connection, batch)
    return batch


def _completed(connection: Connection, runs: list[UUID]) -> int:
    row = connection.execute(
        "SELECT count(*) FROM executions_execution "
        "WHERE id = ANY(%s) AND status = 'COMPLETED'",
        [runs],
    ).fetchone()
    assert row is not None
    return int(row[0])


def _gaps(api: Api, runs: Iterable[UUID], killed: float) -> list[float]:
    """For each run: from the kill to its next event."""
    firsts = (
        min(event["at"] for event in api.events(str(run)) if event["at"] > killed * 1e3)
        for run in runs
    )
    return [at / 1000 - killed for at in firsts]
