"""Runs graphs of sample blocks with the engine itself and keeps what it wrote."""

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from typing import Any, cast
from uuid import UUID

import orjson

from blocks.values import JsonValue
from blocks.world import HttpClient
from core.egress import EgressClient
from core.ids import new_id
from core.limits import Limits
from executions.domain.events import Event
from executions.domain.plan import make_plan
from executions.engine.context import RunIdentity, contexts
from executions.engine.journal import InMemoryJournal, Journal, RunHandle
from executions.engine.run import Run
from executions.engine.runner import Runner
from executions.engine.world import World
from executions.local import run_locally
from graphs.domain.model import Graph, NodeId
from tests.zoo import zoo

NO_WORLD = World(http=cast(HttpClient, None))


def run_of(
    agent: Graph,
    inputs: Mapping[str, JsonValue] | None = None,
    *,
    limits: Limits | None = None,
    past: Sequence[Event] = (),
    started_at: float | None = None,
    rows: Mapping[tuple[NodeId, int], UUID] | None = None,
) -> Run:
    return Run(
        handle=RunHandle(new_id(), lease_token=1, seq=len(past), committed=len(past)),
        plan=make_plan(agent, zoo),
        inputs=inputs or {},
        limits=limits or Limits(),
        past=past,
        started_at=started_at,
        rows=rows or {},
    )


def runner_of(
    agent: Graph,
    inputs: Mapping[str, JsonValue] | None = None,
    *,
    journal: Journal,
    clock: Callable[[], float] = time.time,
    cpu_pool: Executor | None = None,
    may_act: Callable[[], bool] = lambda: True,
    **facts: Any,
) -> Runner:
    run = run_of(agent, inputs, **facts)
    return Runner(
        run,
        journal=journal,
        context_for=contexts(
            RunIdentity(execution_id="run"), NO_WORLD, clock, run.plan
        ),
        clock=clock,
        cpu_pool=cpu_pool,
        may_act=may_act,
    )


def written(journal: InMemoryJournal) -> list[dict[str, Any]]:
    return [orjson.loads(event) for event in journal.events]


async def run_here(
    agent: Graph,
    inputs: Mapping[str, JsonValue],
    limits: Limits | None = None,
    others: Mapping[str, Graph] | None = None,
) -> dict[str, Any]:
    """Runs a graph of library blocks as `rungraph` does."""
    client = EgressClient()
    try:
        return await run_locally(
            agent, inputs, limits=limits or Limits(), client=client, others=others
        )
    finally:
        await client.aclose()


def types(journal: InMemoryJournal, node_id: str | None = None) -> list[str]:
    """The types of events without their first word, of one node or all."""
    return [
        event["type"].partition(".")[2]
        for event in written(journal)
        if node_id is None or event.get("node_id") == node_id
    ]
