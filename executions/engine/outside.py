"""Node executions that the engine carries out itself: sub-agents, questions to people,
and results that were had before."""

import hashlib
import inspect
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import orjson

from blocks.dynamic_pins import merge_inputs
from blocks.library.agents import AUTO_APPROVED
from blocks.spec import Kind
from blocks.values import JsonValue, encode
from core.ids import new_id
from executions.domain.events import (
    Asked,
    Called,
    Completed,
    Event,
    Reused,
    ReviewRequest,
)
from executions.domain.signals import agent_inputs, review_outcome
from executions.domain.state import NodeExecution
from executions.engine.outcome import emitted
from executions.engine.resolver import Remembered, Resolver
from executions.engine.rules import Rules


async def carry_out(
    execution: NodeExecution, resolver: Resolver, rules: Rules, now_ms: int
) -> Sequence[Event]:
    """The events that a node of a kind the engine does itself begins with.

    Raises:
        BlockError: it cannot be done.
    """
    merged = merge_inputs(execution.node.constants, execution.inputs)
    if execution.node.spec.kind is Kind.AGENT:
        return await _call(execution, merged, resolver)
    return await _ask(execution, merged, resolver, rules, now_ms)


async def _call(
    execution: NodeExecution, merged: Mapping[str, Any], resolver: Resolver
) -> Sequence[Event]:
    call = await resolver.agent(
        str(merged.get("graph_id")),
        merged.get("graph_version"),
        agent_inputs(execution, merged),
    )
    node_id, number = execution.node.id, execution.number
    return (Called(node_id, number, str(new_id()), call),)


async def _ask(
    execution: NodeExecution,
    merged: Mapping[str, Any],
    resolver: Resolver,
    rules: Rules,
    now_ms: int,
) -> Sequence[Event]:
    data = merged.get("data")
    if not rules.asks_people or await resolver.is_approved(execution.node.id):
        approved = [("approved_data", data), ("review_message", AUTO_APPROVED)]
        return review_outcome(execution, approved)
    request = ReviewRequest(
        str(merged.get("name") or ""), data, merged.get("editable") is not False
    )
    return (question(execution, "review", request, rules, now_ms),)


def question(
    execution: NodeExecution,
    purpose: str,
    request: ReviewRequest,
    rules: Rules,
    now_ms: int,
) -> Asked:
    allowed = rules.limits.review_seconds
    # The time limit of a node that asks is how long the answer may take.
    own = execution.node.timeout_s if purpose == "review" else None
    until = now_ms + round(min(own or allowed, allowed) * 1000)
    place = (execution.node.id, execution.number)
    return Asked(*place, str(new_id()), purpose, until, request)


async def look_up(
    execution: NodeExecution, resolver: Resolver, *, is_rerun: bool
) -> Sequence[Event] | None:
    """What an earlier run emitted in its place, or None: it must run."""
    if is_rerun:
        found = await resolver.stored(execution.node.id, execution.number)
        if found is not None:
            return _as_events(execution, found)
    if not execution.node.cacheable:
        return None
    execution.memo_key = memo_key(execution)
    found = await resolver.recall(execution.memo_key)
    return None if found is None else _as_events(execution, found)


def _as_events(execution: NodeExecution, found: Remembered) -> Sequence[Event]:
    node_id, number = execution.node.id, execution.number
    steps = [
        emitted(execution, index, (pin, encode(value)))
        for index, (pin, value) in enumerate(found.outputs)
    ]
    reused = Reused(node_id, number, found.execution_id)
    return (reused, *steps, Completed(node_id, number))


def memo_key(execution: NodeExecution) -> str:
    """The same for the same block in the same version with the same inputs."""
    spec = execution.node.spec
    merged: Mapping[str, JsonValue] = merge_inputs(
        execution.node.constants, execution.inputs
    )
    inputs = orjson.dumps(merged, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(
        _identity_of(spec.id, type(spec.block).__module__) + inputs
    ).hexdigest()


@cache
def _identity_of(block_id: str, module: str) -> bytes:
    """The block and its version, which is the text of the module it is written in."""
    text = inspect.getsource(sys.modules[module])
    return f"{block_id}\0{hashlib.sha256(text.encode()).hexdigest()}\0".encode()
