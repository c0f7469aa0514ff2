"""A start over HTTP that is answered with the outputs, all of it stored by then."""

from dataclasses import replace

import orjson

from benchmarks import agents
from benchmarks.api import Api
from benchmarks.costs import cpu_ms
from benchmarks.figures import Figures
from benchmarks.installation import Machine
from benchmarks.load import Orders
from benchmarks.loads import measured

CLIENTS = 8


def three_nodes(machine: Machine) -> Figures:
    with (
        machine.installation() as site,
        site.api() as api,
        site.connect() as connection,
    ):
        orders = start_orders(api, api.add(agents.chain(3)))
        one = measured(orders)
        with cpu_ms(site, connection) as cost:
            eight = measured(replace(orders, clients=CLIENTS))
    return {
        "http_3_c1_p50_ms": one.p50_ms,
        "http_3_c8_per_s": eight.per_s,
        "http_3_c8_p95_ms": eight.p95_ms,
        **{f"http_3_{kind}_cpu_ms": ms for kind, ms in cost.items()},
    }


def ten_nodes(machine: Machine) -> Figures:
    with machine.installation() as site, site.api() as api:
        orders = start_orders(api, api.add(agents.chain(10)))
        return {"http_10_c8_per_s": measured(replace(orders, clients=CLIENTS)).per_s}


def fan_out(machine: Machine) -> Figures:
    """Each item passes as a node execution of its own."""
    with machine.installation() as site, site.api() as api:
        items = list(range(100))
        orders = start_orders(api, api.add(agents.fan_out()), {"items": items})
        return {"fanout_100_per_s": measured(orders).per_s}


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
