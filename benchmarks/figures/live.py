"""The live view: how old the news is when a websocket client has it."""

import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import orjson

from benchmarks import agents
from benchmarks.figures import Figures
from benchmarks.installation import Connection, Installation, Machine
from benchmarks.loads import percentile
from benchmarks.notes import note
from benchmarks.queueing import Pattern, ids_of
from scripts.commands import ROOT

CLIENTS: Final = 200
WAIT_S: Final = 2
WAITS: Final = 6
TOGETHER: Final = 4
NOT_YET: Final = "clock_timestamp() + interval '1 day'"


def two_hundred_sockets(machine: Machine) -> Figures:
    """200 runs with a client each: timers of 2 s, begun one after the other within 2 s,
    so that about 400 events a second come evenly; then all begun at once, so that they
    come in bursts."""
    with machine.installation() as site, site.connect() as connection:
        found = _watched(site, connection, "even@example.com", TOGETHER)
        burst = _watched(site, connection, "burst@example.com", CLIENTS)
    ages = found["ages_ms"]
    return {
        "ws_p95_ms": percentile(ages, 95),
        "ws_p50_ms": percentile(ages, 50),
        "ws_events_per_s": found["per_s"],
        "ws_burst_p95_ms": percentile(burst["ages_ms"], 95),
    }


def _watched(
    site: Installation, connection: Connection, email: str, together: int
) -> dict[str, Any]:
    with site.api(email) as api:
        graph = api.add(agents.waits(WAIT_S, WAITS))
        api.run(graph)
        pattern = Pattern(site, connection, api, graph)
        runs = ids_of(connection, pattern.queue(CLIENTS, due=NOT_YET))
        orders = {"url": site.url.replace("http", "ws"), "token": api.token}
    with _watchers({**orders, "runs": list(map(str, runs))}) as watchers:
        assert watchers.stdout is not None
        if watchers.stdout.readline() != b"ready\n":
            raise RuntimeError("the watchers could not connect")
        _begin(site, connection, runs, together)
        found: dict[str, Any] = orjson.loads(watchers.stdout.readline())
    note(f"    the watchers took {found['cpu_s']:.1f} s of CPU")
    return found


def _watchers(orders: dict[str, Any]) -> "subprocess.Popen[bytes]":
    watchers = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.watchers"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert watchers.stdin is not None
    watchers.stdin.write(orjson.dumps(orders) + b"\n")
    watchers.stdin.flush()
    return watchers


def _begin(
    site: Installation, connection: Connection, runs: Sequence[UUID], together: int
) -> None:
    """One small group after the other; each is rung for, since a worker that looks by
    itself would begin half of them at the same moment."""
    for start in range(0, len(runs), together):
        connection.execute(
            "UPDATE executions_execution SET due_at = clock_timestamp() "
            "WHERE id = ANY(%s)",
            [list(runs[start : start + together])],
        )
        site.ring()
        time.sleep(WAIT_S * together / len(runs))
