"""The rules of a run as one fold: `advance(state, event)` answers what to do next.

Values queue up on input pins and pair in the order they came. A node fires when each of
its linked pins has a value; its outputs go on in the order its firings began. The same
events give the same state, which is how a run is taken up after a crash.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple, TypeAlias, assert_never, cast

from blocks.dynamic_pins import MISSING, select
from blocks.schema import ERROR_PIN
from blocks.spec import Kind
from blocks.values import JsonObject, JsonValue
from core.limits import Limits
from executions.domain.events import (
    NODE_EVENTS,
    Answered,
    Asked,
    Begun,
    Called,
    CalledWithin,
    CancelRequested,
    ChildEnded,
    Completed,
    Emitted,
    Event,
    Failed,
    Finished,
    NodeEvent,
    Parked,
    Paused,
    Resumed,
    Retrying,
    Reused,
    Spent,
    Stalled,
    Started,
    TimeExceeded,
    Waiting,
    Woken,
)
from executions.domain.plan import Plan, PlanNode
from executions.domain.retry import HANDED_OVER
from executions.domain.state import NodeExecution, NodeState, RunState, new_state
from executions.domain.status import ExecutionStatus
from graphs.domain.run_inputs import run_input_of

LIMIT: Final = "limit_passed"


class Start(NamedTuple):
    """Begin an attempt of this node execution."""

    execution: NodeExecution


class Finish(NamedTuple):
    """Stop what still runs and record the end."""

    event: Finished


Command: TypeAlias = Start | Finish
Halt: TypeAlias = Begun | Paused | Resumed | Parked | Woken | Stalled


def begin(
    plan: Plan, inputs: Mapping[str, JsonValue], limits: Limits
) -> tuple[RunState, list[Command]]:
    """The state of a run that has not done anything, and its first commands.

    `inputs` are by the names of the agent's input blocks.
    """
    state = new_state(plan, limits)
    for node in plan.nodes.values():
        if node.starts:
            _fire(state, state.nodes[node.id], _starting_inputs(node, inputs))
    return state, _proceed(state)


def _starting_inputs(node: PlanNode, inputs: Mapping[str, JsonValue]) -> JsonObject:
    taken = run_input_of(node.spec, node.constants)
    if taken is None or taken.name not in inputs:
        return {}
    return {taken.pin: inputs[taken.name]}


def advance(state: RunState, event: Event) -> list[Command]:
    """Fold one event into the state, which is changed in place.

    Events of an execution that has ended, or of a node execution that has, are ignored:
    they come from attempts that were told to stop.
    """
    if state.is_over:
        return []
    if type(event) in NODE_EVENTS:
        return _node_event(state, cast(NodeEvent, event))
    match event:
        case CancelRequested():
            return _finish(state, ExecutionStatus.CANCELLED)
        case TimeExceeded(seconds):
            text = f"The run took longer than the {seconds:g} s it may take."
            return _finish(state, ExecutionStatus.TIMED_OUT, "timed_out", text)
        case Finished(status, code, message):
            return _finish(state, status, code, message)
        case _:
            return _halt_or_go_on(state, cast(Halt, event))


def _halt_or_go_on(state: RunState, event: Halt) -> list[Command]:
    match event:
        case Begun() | Stalled():
            pass
        case Paused():
            state.is_paused = True
        case Resumed():
            state.is_paused = False
            return _proceed(state)
        case Parked():
            state.parked_since = event.since
        case Woken():
            state.parked_since = None
            state.waited_ms += event.waited
        case _:
            assert_never(event)
    return []


def _node_event(state: RunState, event: NodeEvent) -> list[Command]:
    execution = state.running.get((event.node_id, event.number))
    if execution is None and isinstance(event, Started | Reused):
        execution = _begun_under_other_limits(state, event)
    if execution is None:
        return []
    match event:
        case Started():
            return _begin(execution, event)
        case Emitted():
            _emit(state, execution, event)
        case Completed():
            _end(state, execution, succeeded=True)
        case Failed():
            _fail(state, execution, event)
        case Spent():
            state.spent += event.amount
        case ChildEnded():
            _child_ended(execution, event)
            state.started += event.node_executions
            state.spent += event.cost
            allowed = state.limits.node_executions
            if state.started > allowed:
                return _passed_limit(state, "node executions", allowed, state.started)
        case _:
            return _progress(execution, event)
    return _proceed(state)


def _begin(execution: NodeExecution, event: Started) -> list[Command]:
    # The same number again goes on with an attempt that a worker handed on.
    execution.lost += execution.is_under_way and event.attempt > execution.attempt
    execution.attempt, execution.is_under_way = event.attempt, True
    execution.wake_at = None
    return []


def _child_ended(execution: NodeExecution, event: ChildEnded) -> None:
    if event.child_id not in execution.open_calls:
        execution.child_id = ""
        return
    execution.open_calls.remove(event.child_id)
    if event.status != ExecutionStatus.COMPLETED:
        # Whoever tries again wants it to be run again.
        kept = {k: id_ for k, id_ in execution.calls.items() if id_ != event.child_id}
        execution.calls = kept


def _progress(
    execution: NodeExecution,
    event: Reused | Waiting | Asked | Answered | Called | CalledWithin | Retrying,
) -> list[Command]:
    """What concerns nobody but the node execution itself."""
    match event:
        case Reused():
            execution.is_under_way = True
        case Waiting():
            execution.steps.append(event)
        case Asked():
            execution.review_id, execution.expires_at = event.review_id, event.until
            execution.is_under_way = False
        case Answered():
            return _answered(execution, event)
        case Called():
            execution.child_id, execution.is_under_way = event.child_id, False
        case CalledWithin():
            execution.calls[event.key] = event.child_id
            execution.open_calls.append(event.child_id)
        case Retrying():
            execution.failures += event.code != HANDED_OVER
            execution.wake_at, execution.is_under_way = event.until, False
            return [Start(execution)]
        case _:
            assert_never(event)
    return []


def _answered(execution: NodeExecution, event: Answered) -> list[Command]:
    """After a question about a lost attempt, a yes means: do it again, once."""
    execution.review_id, execution.expires_at = "", None
    if execution.node.spec.kind is Kind.REVIEW or not event.approved:
        return []
    execution.lost = 0
    return [Start(execution)]


def _begun_under_other_limits(
    state: RunState, event: Started | Reused
) -> NodeExecution | None:
    """History counts: what has begun runs, though the limits of today hold it back."""
    for queue in (state.ready, state.nodes[event.node_id].delayed):
        for execution in queue:
            if (execution.node.id, execution.number) == (event.node_id, event.number):
                queue.remove(execution)
                _start(state, execution)
                return execution
    return None


def _emit(state: RunState, execution: NodeExecution, event: Emitted) -> None:
    execution.steps.append(event)
    state.emitted_bytes += len(event.raw)
    _send(state, execution, event.pin, event.value)


def _fail(state: RunState, execution: NodeExecution, event: Failed) -> None:
    if not execution.node.handles_errors:
        state.errors.append(
            {
                "code": event.code,
                "message": event.message,
                "node_id": event.node_id,
                "number": event.number,
            }
        )
    _send(state, execution, ERROR_PIN, event.message)
    _end(state, execution, succeeded=False)


def _send(
    state: RunState, execution: NodeExecution, pin: str, value: JsonValue
) -> None:
    """Route now if every earlier firing of the node is out, else hold."""
    firings = state.nodes[execution.node.id].firings
    if not execution.node.ordered or firings[0] is execution:
        _route(state, execution.node, pin, value)
    else:
        execution.held.append((pin, value))


def _end(state: RunState, execution: NodeExecution, *, succeeded: bool) -> None:
    node = state.nodes[execution.node.id]
    del state.running[execution.node.id, execution.number]
    node.running -= 1
    execution.ended, execution.succeeded = True, succeeded
    if node.delayed:
        # At the front: it takes the place that is free now, before later firings.
        state.ready.appendleft(node.delayed.popleft())
    if execution.node.ordered:
        _let_out(state, node)
    else:
        _collect_output(state, execution)


def _let_out(state: RunState, node: NodeState) -> None:
    """Send what waited for its turn, in the order the firings began."""
    while node.firings:
        first = node.firings[0]
        while first.held:
            _route(state, node.node, *first.held.popleft())
        if not first.ended:
            return
        node.firings.popleft()
        _collect_output(state, first)


def _collect_output(state: RunState, execution: NodeExecution) -> None:
    """An output block's result is what came in on `value`, under its name."""
    if execution.node.spec.kind is not Kind.OUTPUT or not execution.succeeded:
        return
    merged = execution.merged()
    name, value = str(merged.get("name")), merged.get("value")
    state.outputs.setdefault(name, []).append(value)
    state.fresh_outputs.append((name, value))


def _route(state: RunState, node: PlanNode, pin: str, value: JsonValue) -> None:
    for route in node.routes.get(pin, ()):
        part = select(value, route.path) if route.path.steps else value
        sink = state.nodes.get(route.sink_id)
        if part is MISSING or sink is None:
            continue
        sink.accept(route.sink_pin, part)
        while sink.can_fire():
            _fire(state, sink, sink.take())


def _fire(state: RunState, node: NodeState, inputs: JsonObject) -> None:
    node.fired += 1
    execution = NodeExecution(node.node, node.fired, inputs)
    if node.node.ordered:
        node.firings.append(execution)
    state.ready.append(execution)


def _proceed(state: RunState) -> list[Command]:
    """Start what may start; end the run when a limit is passed or nothing is left."""
    limits = state.limits
    if state.emitted_bytes > limits.emitted_bytes:
        return _passed_limit(
            state, "bytes of output", limits.emitted_bytes, state.emitted_bytes
        )
    if state.spent > limits.cost:
        return _passed_limit(state, "millionths of money", limits.cost, state.spent)
    commands: list[Command] = []
    while state.ready and not state.is_paused and _has_room(state):
        execution = state.ready.popleft()
        if _node_is_full(state, execution):
            state.nodes[execution.node.id].delayed.append(execution)
            continue
        if state.started >= state.limits.node_executions:
            allowed = state.limits.node_executions
            return _passed_limit(state, "node executions", allowed, allowed + 1)
        commands.append(_start(state, execution))
    if not state.running and not state.ready:
        failed = ExecutionStatus.FAILED if state.errors else ExecutionStatus.COMPLETED
        return _finish(state, failed)
    return commands


def _has_room(state: RunState) -> bool:
    return len(state.running) < state.max_parallel


def _node_is_full(state: RunState, execution: NodeExecution) -> bool:
    limit = execution.node.max_parallel
    return limit is not None and state.nodes[execution.node.id].running >= limit


def _start(state: RunState, execution: NodeExecution) -> Start:
    state.started += 1
    state.running[execution.node.id, execution.number] = execution
    state.nodes[execution.node.id].running += 1
    return Start(execution)


def _passed_limit(
    state: RunState, what: str, allowed: float, found: float
) -> list[Command]:
    text = (
        f"The run was stopped: it may have {allowed:,} {what}, and this would be "
        f"{found:,}. Look for a loop that does not end, or raise the limit."
    )
    return _finish(state, ExecutionStatus.FAILED, LIMIT, text)


def _finish(
    state: RunState, status: ExecutionStatus, code: str = "", message: str = ""
) -> list[Command]:
    state.status, state.is_over = status, True
    if code:
        state.errors.append(
            {"code": code, "message": message, "node_id": None, "number": None}
        )
    state.ready.clear()
    # What was told to start but had not begun will not begin.
    state.started -= sum(not e.attempt for e in state.running.values())
    return [Finish(Finished(status, code, message))]


def resume(state: RunState) -> list[Command]:
    """After folding the stored events: start anew what was under way."""
    return [Start(execution) for execution in state.running.values()]
