"""What is measured, and the anchors it is measured against."""

import asyncio
import statistics
import time
from collections.abc import Callable
from typing import Any

import httpx
import psycopg

from benchmarks import agents
from benchmarks.servers import Installation

Figures = dict[str, float]

EMAIL, PASSWORD = "bench@example.com", "correct horse battery"
WARM_UP, SAMPLES = 20, 200
DRAINED, WAITING = 500, 200


def sign_in(site: Installation, client: httpx.Client) -> None:
    client.base_url = httpx.URL(f"{site.url}/api/v1/")
    account = {"email": EMAIL, "password": PASSWORD}
    client.post("auth/register/", json=account).raise_for_status()
    access = client.post("auth/token/", json=account).json()["access"]
    client.headers["Authorization"] = f"Bearer {access}"


def latency(client: httpx.Client, site: Installation) -> Figures:
    """One client, one run after the other, each awaited; the anchor is an answer that
    does nothing."""
    start = _starter(client, agents.three_nodes())
    measured = _milliseconds(lambda: start("?wait=10"))
    anchor = _milliseconds(lambda: client.get("/livez"))
    return {
        "wait_p50_ms": statistics.median(measured),
        "wait_p95_ms": statistics.quantiles(measured, n=20)[-1],
        "anchor_livez_p50_ms": statistics.median(anchor),
        "wait_to_anchor": statistics.median(measured) / statistics.median(anchor),
    }


def drain(client: httpx.Client, site: Installation) -> Figures:
    """Executions queued for one moment and then run; the anchor commits single rows."""
    graph = _import(client, agents.three_nodes())
    due_in = 12
    for _ in range(DRAINED):
        body = {"inputs": {"n": 1}, "delay_s": due_in}
        client.post(f"graphs/{graph}/executions/", json=body).raise_for_status()
    with psycopg.connect(site.database, autocommit=True) as connection:
        connection.execute(
            "UPDATE executions_execution SET due_at = clock_timestamp() "
            "WHERE graph_id = %s",
            [graph],
        )
        queued = time.perf_counter()
        client.post(f"graphs/{graph}/executions/", json={}).raise_for_status()
        _await_all(connection, graph)
        rate = (DRAINED + 1) / (time.perf_counter() - queued)
        anchor = _commits_per_second(connection)
    return {
        "drain_executions_per_s": rate,
        "anchor_commits_per_s": anchor,
        "drain_to_anchor": rate / anchor,
    }


def many_waiting(client: httpx.Client, site: Installation) -> Figures:
    """Agents that wait 2 s each, started together; 2 s is the anchor."""
    graph = _import(client, agents.waits(2))
    began = time.perf_counter()
    asyncio.run(_start_together(client, graph))
    with psycopg.connect(site.database, autocommit=True) as connection:
        _await_all(connection, graph)
        seconds = time.perf_counter() - began
        seconds_of_runs = connection.execute(
            "SELECT EXTRACT(epoch FROM max(ended_at) - min(created_at)) "
            "FROM executions_execution WHERE graph_id = %s",
            [graph],
        ).fetchone()
    return {
        "waiting_200_seconds": seconds,
        "waiting_200_first_start_to_last_end_s": float((seconds_of_runs or [0])[0]),
        "waiting_200_to_anchor": seconds / 2,
        "worker_peak_mib": site.worker_peak_mib(),
    }


def _import(client: httpx.Client, document: dict[str, Any]) -> str:
    answer = client.post("graphs/import/", json=document).raise_for_status()
    graph: str = answer.json()["id"]
    return graph


def _starter(
    client: httpx.Client, document: dict[str, Any]
) -> Callable[[str], httpx.Response]:
    graph = _import(client, document)

    def start(query: str) -> httpx.Response:
        answer = client.post(f"graphs/{graph}/executions/{query}", json={})
        if answer.json().get("status") != "COMPLETED":
            raise RuntimeError(f"not completed: {answer.text}")
        return answer

    return start


def _milliseconds(call: Callable[[], object]) -> list[float]:
    found = []
    for number in range(WARM_UP + SAMPLES):
        began = time.perf_counter()
        call()
        if number >= WARM_UP:
            found.append((time.perf_counter() - began) * 1000)
    return found


async def _start_together(client: httpx.Client, graph: str) -> None:
    limits = httpx.Limits(max_connections=WAITING)
    async with httpx.AsyncClient(
        base_url=client.base_url, headers=client.headers, timeout=60, limits=limits
    ) as starter:
        await asyncio.gather(
            *(
                starter.post(f"graphs/{graph}/executions/", json={})
                for _ in range(WAITING)
            )
        )


def _await_all(connection: "psycopg.Connection[Any]", graph: str) -> None:
    """Until every execution of the graph has ended."""
    while True:
        row = connection.execute(
            "SELECT count(*) FROM executions_execution "
            "WHERE graph_id = %s AND status <> 'COMPLETED'",
            [graph],
        ).fetchone()
        if row == (0,):
            return
        time.sleep(0.005)


def _commits_per_second(connection: "psycopg.Connection[Any]") -> float:
    connection.execute("CREATE TABLE anchor (id bigserial PRIMARY KEY, t text)")
    began = time.perf_counter()
    for _ in range(1000):
        connection.execute("INSERT INTO anchor (t) VALUES ('x')")
    return 1000 / (time.perf_counter() - began)
