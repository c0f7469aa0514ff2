"""A start over HTTP that is answered with the outputs, all of it stored by then."""

from dataclasses import replace
from typing import Final

import orjson

from benchmarks import agents
from benchmarks.agents import Document
from benchmarks.api import Api
from benchmarks.costs import cpu_ms
from benchmarks.figures import Figures, celery, medians
from benchmarks.installation import Connection, Installation, Machine
from benchmarks.load import Orders
from benchmarks.loads import ROUNDS, Load, measured
from benchmarks.queueing import check_all_stored

CLIENTS: Final = 8


def three_nodes(machine: Machine) -> Figures:
    """In turns with clients that wait for the result of a Celery task."""
    with (
        machine.installation() as site,
        site.api() as api,
        site.connect() as connection,
        celery.worker(machine),
    ):
        orders = start_orders(api, api.add(agents.chain(3)))
        rounds = [
            {
                "celery_result_c8_per_s": celery.answers_per_s(machine),
                "http_3_c1_p50_ms": measured(orders, rounds=1).p50_ms,
                **_of_eight(site, connection, orders),
            }
            for _ in range(ROUNDS)
        ]
        check_all_stored(connection)
    return medians(rounds)


def _of_eight(site: Installation, connection: Connection, orders: Orders) -> Figures:
    with cpu_ms(site, connection) as cost:
        eight = measured(replace(orders, clients=CLIENTS), rounds=1)
    return {
        "http_3_c8_per_s": eight.per_s,
        "http_3_c8_p95_ms": eight.p95_ms,
        **{f"http_3_{kind}_cpu_ms": ms for kind, ms in cost.items()},
    }


def ten_nodes(machine: Machine) -> Figures:
    load = _load(machine, agents.chain(10), clients=CLIENTS)
    return {"http_10_c8_per_s": load.per_s}


def fan_out(machine: Machine) -> Figures:
    """Each item passes as a node execution of its own."""
    load = _load(machine, agents.fan_out(), {"items": list(range(100))})
    return {"fanout_100_per_s": load.per_s}


def _load(
    machine: Machine,
    document: Document,
    inputs: dict[str, object] | None = None,
    clients: int = 1,
) -> Load:
    with (
        machine.installation() as site,
        site.api() as api,
        site.connect() as connection,
    ):
        orders = start_orders(api, api.add(document), inputs)
        load = measured(replace(orders, clients=clients))
        check_all_stored(connection)
    return load


def start_orders(
    api: Api, graph: str, inputs: dict[str, object] | None = None
) -> Orders:
    """Starts that wait for their outputs."""
    return Orders(
        port=api.port,
        token=api.token,
        method="POST",
        paths=[f"/api/v1/graphs/{graph}/executions/?wait=30"],
        body=orjson.dumps({"inputs": inputs or {}}).decode(),
        expect='"status":"COMPLETED"',
    )
