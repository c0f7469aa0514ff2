"""What an execution costs in CPU time; unlike rates, hardly moved by other work."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from benchmarks.installation import Connection, Installation
from benchmarks.processes import tree

_TICKS_PER_S: Final = os.sysconf("SC_CLK_TCK")

Seconds = dict[str, float]


@contextmanager
def cpu_ms(site: Installation, connection: Connection) -> Iterator[Seconds]:
    """Filled at the end, by kind of process: milliseconds of CPU for each execution
    that ended meanwhile. The database counts if it runs on this machine."""
    spent: Seconds = {}
    before, begun = _seconds(site, connection), _ended(connection)
    yield spent
    after, count = _seconds(site, connection), _ended(connection) - begun
    for kind, seconds in after.items():
        spent[kind] = (seconds - before[kind]) * 1000 / count


def _seconds(site: Installation, connection: Connection) -> Seconds:
    workers = [pid for worker in site.workers for pid in tree(worker.pid)]
    return {
        "web": _sum(tree(site.web.pid)),
        "worker": _sum(workers),
        "database": _sum(_backends(connection)),
    }


def _ended(connection: Connection) -> int:
    row = connection.execute(
        "SELECT count(*) FROM executions_execution WHERE ended_at IS NOT NULL"
    ).fetchone()
    assert row is not None
    return int(row[0])


def _backends(connection: Connection) -> list[int]:
    """Those that serve the installation; ours only looks on."""
    rows = connection.execute(
        "SELECT pid FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    ).fetchall()
    return [row[0] for row in rows]


def _sum(pids: Iterable[int]) -> float:
    return sum(map(_cpu_seconds, pids))


def _cpu_seconds(pid: int) -> float:
    with suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS_PER_S
    return 0.0
