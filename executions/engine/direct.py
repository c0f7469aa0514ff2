"""Runs an execution in one go, where it was asked for, if it is of a kind that ends at
once: nothing but inline blocks. Nothing of it is kept if it turns out not to."""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final
from uuid import UUID

from blocks.spec import Kind
from blocks.values import JsonValue
from core.egress import EgressClient
from core.limits import MIB, Limits
from executions.domain.plan import Plan, PlanNode
from executions.domain.scheduler import LIMIT
from executions.engine.context import RunIdentity, contexts
from executions.engine.egress_http import EgressHttp
from executions.engine.journal import Entry, InMemoryJournal, RunHandle
from executions.engine.run import Run
from executions.engine.runner import Runner
from executions.engine.world import World

NODES_AT_MOST: Final = 1_000
OUTPUT_AT_MOST: Final = MIB
SECONDS_AT_MOST: Final = 0.05
_BY_THE_ENGINE: Final = frozenset({Kind.AGENT, Kind.REVIEW})


def is_direct(plan: Plan) -> bool:
    """Every node ends as soon as it begins, and nothing about it is looked up."""
    return len(plan.nodes) <= NODES_AT_MOST and all(
        _ends_at_once(node) for node in plan.nodes.values()
    )


def _ends_at_once(node: PlanNode) -> bool:
    is_looked_up = node.cacheable or node.retry.max_attempts > 1
    return (
        node.spec.inline and node.spec.kind not in _BY_THE_ENGINE and not is_looked_up
    )


def run_at_once(
    id: UUID,
    plan: Plan,
    inputs: Mapping[str, JsonValue],
    identity: RunIdentity,
    *,
    limits: Limits,
    clock: Callable[[], float] = time.time,
) -> list[Entry] | None:
    """The whole record of the run, or None: it is too long to be run here."""
    journal = InMemoryJournal()
    runner = Runner(
        Run(
            handle=RunHandle(id, lease_token=1),
            plan=plan,
            inputs=inputs,
            limits=_tight(limits),
            parks=False,
        ),
        journal=journal,
        context_for=contexts(identity, _WORLD, clock, plan),
        clock=clock,
    )
    if not runner.run_at_once(SECONDS_AT_MOST):
        return None
    if any(error.get("code") == LIMIT for error in runner.state.errors):
        return None  # perhaps of this place alone: let a worker find out
    return journal.entries


_WORLD: Final = World(http=EgressHttp(EgressClient()))
"""Inline blocks cannot use it: they never suspend."""


def _tight(limits: Limits) -> Limits:
    return replace(
        limits,
        node_executions=min(NODES_AT_MOST, limits.node_executions),
        emitted_bytes=min(OUTPUT_AT_MOST, limits.emitted_bytes),
    )
