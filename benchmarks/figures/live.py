"""The live view: how old the news is when a websocket client has it."""

import subprocess
import sys
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import orjson

from benchmarks import agents
from benchmarks.commands import ROOT
from benchmarks.figures import Figures
from benchmarks.installation import Connection, Installation, Machine
from benchmarks.loads import percentile
from benchmarks.notes import note
from benchmarks.queueing import Pattern, ids_of

CLIENTS: Final = 200
WAIT_S: Final = 2
WAITS: Final = 6
NOT_YET: Final = "clock_timestamp() + interval '1 day'"


def two_hundred_sockets(machine: Machine) -> Figures:
    """200 runs with a client each: timers of 2 s, begun one after the other within 2 s,
    so that about 400 events a second come evenly."""
    with machine.installation() as site, site.connect() as connection:
        found = _watched(site, connection)
    ages = found["ages_ms"]
    return {
        "ws_p95_ms": percentile(ages, 95),
        "ws_p50_ms": percentile(ages, 50),
        "ws_events_per_s": found["per_s"],
    }


def _watched(site: Installation, connection: Connection) -> dict[str, Any]:
    with site.api() as api:
        graph = api.add(agents.waits(WAIT_S, WAITS))
        api.run(graph)
        pattern = Pattern(connection, api, graph)
        runs = ids_of(connection, pattern.queue(CLIENTS, due=NOT_YET))
        orders = {"url": site.url.replace("http", "ws"), "token": api.token}
    with _watchers({**orders, "runs": list(map(str, runs))}) as watchers:
        assert watchers.stdout is not None
        if watchers.stdout.readline() != b"ready\n":
            raise RuntimeError("the watchers could not connect")
        _begin(connection, runs)
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


def _begin(connection: Connection, runs: Sequence[UUID]) -> None:
    connection.execute(
        "UPDATE executions_execution e SET due_at = clock_timestamp() "
        "+ %s::float * place / %s * interval '1 second' "
        "FROM unnest(%s::uuid[]) WITH ORDINALITY AS run (id, place) "
        "WHERE e.id = run.id",
        [float(WAIT_S), len(runs), list(runs)],
    )
