"""The state of an execution as JSON, so that a parked one wakes without its past.

`restore(plan, limits, take(state))` behaves as `state` does.
"""

from collections import deque
from collections.abc import Iterable
from typing import Any, Final, TypeAlias

import orjson

from core.limits import Limits
from executions.domain.events import Emitted, Waiting
from executions.domain.plan import Plan
from executions.domain.state import NodeExecution, NodeState, RunState, new_state
from executions.domain.status import ExecutionStatus

Json: TypeAlias = dict[str, Any]

_PLAIN: Final = (
    "number", "inputs", "attempt", "is_under_way", "failures", "lost", "wake_at",
    "review_id", "expires_at", "child_id", "may_repeat", "ended", "succeeded",
)  # fmt: skip
_TOTALS: Final = (
    "outputs", "errors", "started", "emitted_bytes", "spent", "is_paused",
    "parked_since", "waited_ms",
)  # fmt: skip


def take(state: RunState) -> bytes:
    """Everything that what happened so far has left behind, as JSON."""
    return orjson.dumps(
        {
            "status": state.status,
            **{name: getattr(state, name) for name in _TOTALS},
            "nodes": {
                id_: _node(node)
                for id_, node in state.nodes.items()
                if _has_lived(node)
            },
            "executions": [_execution(execution) for execution in _open(state)],
            "ready": _keys(state.ready),
            "running": _keys(state.running.values()),
        }
    )


def restore(plan: Plan, limits: Limits, snapshot: bytes) -> RunState:
    document = orjson.loads(snapshot)
    state = new_state(plan, limits)
    state.status = ExecutionStatus(document["status"])
    state.is_over = state.status.is_final
    for name in _TOTALS:
        setattr(state, name, document[name])
    made = [_restored(state, body) for body in document["executions"]]
    found = {(execution.node.id, execution.number): execution for execution in made}

    def named(keys: list[list[Any]]) -> deque[NodeExecution]:
        return deque(found[id_, number] for id_, number in keys)

    for id_, body in document["nodes"].items():
        node = state.nodes[id_]
        _restore_node(node, body)
        node.firings = named(body["firings"])
        node.delayed = named(body["delayed"])
    state.ready = named(document["ready"])
    state.running = {(e.node.id, e.number): e for e in named(document["running"])}
    return state


def _open(state: RunState) -> Iterable[NodeExecution]:
    """Each node execution that something still refers to, once."""
    found: dict[int, NodeExecution] = {}
    queues: list[Iterable[NodeExecution]] = [state.ready, state.running.values()]
    for node in state.nodes.values():
        queues += [node.firings, node.delayed]
    for queue in queues:
        found.update((id(execution), execution) for execution in queue)
    return found.values()


def _has_lived(node: NodeState) -> bool:
    return bool(node.fired or node.sticky or any(node.queues.values()))


def _keys(executions: Iterable[NodeExecution]) -> list[tuple[str, int]]:
    return [(execution.node.id, execution.number) for execution in executions]


def _node(node: NodeState) -> Json:
    return {
        "queues": {pin: list(queue) for pin, queue in node.queues.items()},
        "empty": node.empty,
        "sticky": node.sticky,
        "fired": node.fired,
        "running": node.running,
        "firings": _keys(node.firings),
        "delayed": _keys(node.delayed),
    }


def _restore_node(node: NodeState, body: Json) -> None:
    node.queues = {pin: deque(values) for pin, values in body["queues"].items()}
    node.empty, node.sticky = body["empty"], body["sticky"]
    node.fired, node.running = body["fired"], body["running"]


def _execution(execution: NodeExecution) -> Json:
    return {
        "node_id": execution.node.id,
        **{name: getattr(execution, name) for name in _PLAIN},
        "steps": [_step(step) for step in execution.steps],
        "held": list(execution.held),
    }


def _restored(state: RunState, body: Json) -> NodeExecution:
    node = state.plan.nodes[body["node_id"]]
    execution = NodeExecution(node, body["number"], body["inputs"])
    for name in _PLAIN:
        setattr(execution, name, body[name])
    execution.steps = [
        _restored_step(execution, index, step)
        for index, step in enumerate(body["steps"])
    ]
    execution.held = deque((pin, value) for pin, value in body["held"])
    return execution


def _step(step: Emitted | Waiting) -> list[Any]:
    if isinstance(step, Waiting):
        return [step.until]
    return [step.pin, orjson.Fragment(step.raw)]


def _restored_step(
    execution: NodeExecution, index: int, body: list[Any]
) -> Emitted | Waiting:
    node_id, number = execution.node.id, execution.number
    if len(body) == 1:
        return Waiting(node_id, number, index, body[0])
    pin, value = body
    return Emitted(node_id, number, index, pin, value, orjson.dumps(value))
