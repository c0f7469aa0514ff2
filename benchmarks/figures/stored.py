"""What many stored runs cost: the list of them, and the drain of new ones."""

import statistics
from base64 import b64encode
from typing import Final
from urllib.parse import quote

from benchmarks import agents
from benchmarks.api import Api
from benchmarks.figures import Figures
from benchmarks.figures.backlog import Drains
from benchmarks.installation import Connection, Machine
from benchmarks.load import Orders
from benchmarks.loads import measured
from benchmarks.notes import note
from benchmarks.storing import Archive

MILLION: Final = 1_000_000
DEPTHS: Final = (0, 10_000, 100_000, 500_000, 990_000)
SIZES: Final = {"stored_10k_per_s": 10_000, "stored_100k_per_s": 100_000}


def list_of_a_million(machine: Machine) -> Figures:
    """Pages at several depths; the slowest depth counts."""
    with (
        machine.installation() as site,
        site.api() as api,
        site.connect() as connection,
    ):
        archive = Archive(connection, api, api.add(agents.chain(3)))
        archive.grow(MILLION, with_details=False)
        loads = [measured(_page(api, connection, depth)) for depth in DEPTHS]
        by_trigger = measured(page_orders(api, "?trigger=hook"))
    note("    p95 by depth: " + ", ".join(f"{load.p95_ms:.1f} ms" for load in loads))
    return {
        "list_1m_p95_ms": max(load.p95_ms for load in loads),
        "list_1m_p50_ms": statistics.median(load.p50_ms for load in loads),
        "list_1m_by_trigger_p95_ms": by_trigger.p95_ms,
    }


def page_orders(api: Api, query: str = "") -> Orders:
    """A page of runs, again and again."""
    path = f"/api/v1/executions/{query}"
    return Orders(
        api.port, api.token, "GET", [path], expect='"results"', warm_up_s=1, seconds=3
    )


def _page(api: Api, connection: Connection, depth: int) -> Orders:
    row = connection.execute(
        "SELECT id FROM executions_execution ORDER BY id DESC OFFSET %s LIMIT 1",
        [depth],
    ).fetchone()
    assert row is not None
    cursor = b64encode(f"p={row[0]}".encode()).decode()
    return page_orders(api, f"?cursor={quote(cursor)}" if depth else "")


def drains(machine: Machine) -> Figures:
    """The backlog of 3-node runs beside ever more stored ones, in full."""
    found: Figures = {}
    with machine.installation() as site, site.connect() as connection:
        drain = Drains(site, connection, agents.chain(3))
        with site.api("archive@example.com") as api:
            archive = Archive(connection, api, api.add(agents.chain(3)))
        for name, size in {**SIZES, "stored_1m_per_s": MILLION}.items():
            archive.grow(size)
            drain.drain(1_000)
            found[name] = drain.rate()
    return found


def workers(machine: Machine) -> Figures:
    """The same backlog with 1, 2 and 4 worker processes."""
    found: Figures = {}
    with machine.installation(workers=1) as site, site.connect() as connection:
        drain = Drains(site, connection, agents.chain(3))
        for count in (1, 2, 4):
            while len(site.workers) < count:
                site.start_worker()
            drain.drain(1_000)
            found[f"workers_{count}_per_s"] = drain.rate(2 * 5_000)
    return found
