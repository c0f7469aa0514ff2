"""The state of an execution as JSON, so that a parked one wakes without its past.

`restore(plan, limits, take(state))` behaves as `state` does. Given `place`, `take`
writes what that puts in place of each value; `restore` needs the `read` that undoes it.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, TypeAlias

import orjson

from blocks.values import JsonValue
from core.limits import Limits
from executions.domain.events import Emitted, Waiting
from executions.domain.plan import Plan
from executions.domain.state import NodeExecution, NodeState, RunState, new_state
from executions.domain.status import ExecutionStatus

Json: TypeAlias = dict[str, Any]
Place: TypeAlias = Callable[[JsonValue], object]
Read: TypeAlias = Callable[[JsonValue], JsonValue]

_PLAIN: Final = (
    "number", "attempt", "is_under_way", "failures", "lost", "wake_at",
    "review_id", "expires_at", "child_id", "calls", "open_calls", "ended", "succeeded",
)  # fmt: skip
_TOTALS: Final = (
    "errors", "started", "emitted_bytes", "spent", "is_paused",
    "parked_since", "waited_ms",
)  # fmt: skip


def as_it_is(value: JsonValue) -> JsonValue:
    return value


def take(state: RunState, place: Place = as_it_is) -> bytes:
    """Everything that what happened so far has left behind, as JSON."""
    return orjson.dumps(
        {
            "status": state.status,
            **{name: getattr(state, name) for name in _TOTALS},
            "outputs": _each(place, state.outputs),
            "nodes": {
                id_: _node(node, place)
                for id_, node in state.nodes.items()
                if _has_lived(node)
            },
            "executions": [_execution(execution, place) for execution in _open(state)],
            "ready": _keys(state.ready),
            "running": _keys(state.running.values()),
        }
    )


def restore(
    plan: Plan, limits: Limits, snapshot: bytes, read: Read = as_it_is
) -> RunState:
    document = orjson.loads(snapshot)
    state = new_state(plan, limits)
    state.status = ExecutionStatus(document["status"])
    state.is_over = state.status.is_final
    for name in _TOTALS:
        setattr(state, name, document[name])
    state.outputs = _each(read, document["outputs"])
    made = [_restored(state, body, read) for body in document["executions"]]
    found = {(execution.node.id, execution.number): execution for execution in made}

    def named(keys: list[list[Any]]) -> deque[NodeExecution]:
        return deque(found[id_, number] for id_, number in keys)

    for id_, body in document["nodes"].items():
        node = state.nodes[id_]
        _restore_node(node, body, read)
        node.firings = named(body["firings"])
        node.delayed = named(body["delayed"])
    state.ready = named(document["ready"])
    state.running = {(e.node.id, e.number): e for e in named(document["running"])}
    return state


def places(snapshot: Json) -> Iterator[JsonValue]:
    """Whatever stands for a value in it."""
    for body in snapshot.get("nodes", {}).values():
        for queue in body["queues"].values():
            yield from queue
        yield from body["sticky"].values()
    for body in snapshot.get("executions", ()):
        yield from body["inputs"].values()
        yield from (step[1] for step in body["steps"] if len(step) > 1)
        yield from (value for _, value in body["held"])
    for values in snapshot.get("outputs", {}).values():
        yield from values


def _each(do: Callable[[JsonValue], Any], lists: Json) -> Json:
    return {name: [do(value) for value in values] for name, values in lists.items()}


def _all(do: Callable[[JsonValue], Any], values: Json) -> Json:
    return {name: do(value) for name, value in values.items()}


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


def _node(node: NodeState, place: Place) -> Json:
    return {
        "queues": _each(place, node.queues),
        "empty": node.empty,
        "sticky": _all(place, node.sticky),
        "fired": node.fired,
        "running": node.running,
        "firings": _keys(node.firings),
        "delayed": _keys(node.delayed),
    }


def _restore_node(node: NodeState, body: Json, read: Read) -> None:
    queues = _each(read, body["queues"])
    node.queues = {pin: deque(values) for pin, values in queues.items()}
    node.empty, node.sticky = body["empty"], _all(read, body["sticky"])
    node.fired, node.running = body["fired"], body["running"]


def _execution(execution: NodeExecution, place: Place) -> Json:
    return {
        "node_id": execution.node.id,
        **{name: getattr(execution, name) for name in _PLAIN},
        "inputs": _all(place, execution.inputs),
        "steps": [_step(step, place) for step in execution.steps],
        "held": [(pin, place(value)) for pin, value in execution.held],
    }


def _restored(state: RunState, body: Json, read: Read) -> NodeExecution:
    node = state.plan.nodes[body["node_id"]]
    execution = NodeExecution(node, body["number"], _all(read, body["inputs"]))
    for name in _PLAIN:
        setattr(execution, name, body[name])
    execution.steps = [
        _restored_step(execution, index, step, read)
        for index, step in enumerate(body["steps"])
    ]
    execution.held = deque((pin, read(value)) for pin, value in body["held"])
    return execution


def _step(step: Emitted | Waiting, place: Place) -> list[Any]:
    if isinstance(step, Waiting):
        return [step.until]
    return [step.pin, place(step.value)]


def _restored_step(
    execution: NodeExecution, index: int, body: list[Any], read: Read
) -> Emitted | Waiting:
    node_id, number = execution.node.id, execution.number
    if len(body) == 1:
        return Waiting(node_id, number, index, body[0])
    pin, value = body[0], read(body[1])
    return Emitted(node_id, number, index, pin, value, orjson.dumps(value))
