"""Plays a run without loop or clock: one event at a time, in a chosen order."""

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, cast

import orjson

from blocks.context import Context
from blocks.errors import BlockOutputError
from blocks.invoke import check_step, drive_inline, failure_of, prepare
from blocks.values import Encoded, JsonValue
from core.limits import Limits
from executions.domain.events import (
    Begun,
    Completed,
    Emitted,
    Event,
    Failed,
    Started,
)
from executions.domain.plan import make_plan
from executions.domain.scheduler import Command, Start, advance, begin, resume
from executions.domain.state import NodeExecution, RunState
from executions.domain.wire import from_json, to_json
from graphs.domain.model import Graph, NodeId
from tests.zoo import zoo

Key = tuple[NodeId, int]
Choose = Callable[[Sequence[Key]], Key]
NO_CONTEXT = cast(Context, None)


class Play:
    """A run whose attempts go on only when told to.

    `log` is the history that a journal would hold; `under_way` what each attempt has
    still to say.
    """

    def __init__(
        self,
        graph: Graph,
        inputs: Mapping[str, JsonValue] | None = None,
        *,
        limits: Limits | None = None,
        past: Iterable[Event] | None = None,
    ) -> None:
        self.plan = make_plan(graph, zoo)
        self.log: list[Event] = []
        self.under_way: dict[Key, deque[Event]] = {}
        self.most_parallel = 0
        self.started: list[Key] = []
        self.state, commands = begin(self.plan, inputs or {}, limits or Limits())
        if past is None:
            self.tell(Begun())
        else:
            self.log += past
            for event in self.log:
                commands = advance(self.state, event) or commands
            if not self.state.status.is_final:
                commands = resume(self.state)
        self._obey(commands)

    def tell(self, event: Event) -> None:
        self.log.append(event)
        commands = advance(self.state, event)
        self.folded()
        self._obey(commands)

    def folded(self) -> None:
        """Called after each event; for those who watch."""

    def step(self, node_id: str, number: int = 1) -> Event:
        """Let one attempt say one thing."""
        key = (NodeId(node_id), number)
        event = self.under_way[key].popleft()
        if not self.under_way[key]:
            del self.under_way[key]
        self.tell(event)
        return event

    def finish(self, node_id: str, number: int = 1) -> None:
        """Let one attempt say all it has to say."""
        while (NodeId(node_id), number) in self.under_way:
            self.step(node_id, number)

    def run(self, choose: Choose = lambda keys: keys[0]) -> "Play":
        while not self.state.status.is_final:
            self.step(*choose(list(self.under_way)))
        return self

    @property
    def outcome(self) -> tuple[str, dict[str, list[JsonValue]]]:
        return self.state.status.value, self.state.outputs

    def _obey(self, commands: list[Command]) -> None:
        for command in commands:
            if isinstance(command, Start):
                self._start(command.execution)
            else:
                self.log.append(command.event)
                self.folded()
                self.under_way.clear()
        self.most_parallel = max(self.most_parallel, len(self.under_way))

    def _start(self, execution: NodeExecution) -> None:
        key = (execution.node.id, execution.number)
        started = Started(*key, execution.attempt + 1)
        self.log.append(started)
        assert advance(self.state, started) == []
        self.folded()
        self.started.append(key)
        done = len(execution.steps)
        self.under_way[key] = deque(what_it_does(execution)[done:])


def what_it_does(execution: NodeExecution) -> list[Event]:
    """All events of one attempt of an inline block."""
    key = (execution.node.id, execution.number)
    spec = execution.node.spec
    events: list[Event] = []
    try:
        inputs = prepare(spec, execution.node.constants, execution.inputs)
        for index, step in enumerate(drive_inline(spec, inputs, NO_CONTEXT)):
            checked = check_step(spec, step)
            if not isinstance(checked, Encoded | tuple):
                raise BlockOutputError("only blocks that do not wait can be played")
            pin, (value, raw) = checked
            events.append(Emitted(*key, index, pin, value, raw))
    except Exception as error:
        failure = failure_of(error)
        handled = execution.node.handles_errors
        events.append(Failed(*key, failure.code, str(failure), handled))
    else:
        events.append(Completed(*key))
    return events


def stored(log: Iterable[Event]) -> list[Event]:
    """The history after a trip to the database and back."""
    documents = (orjson.loads(to_json(event, 1, 0)) for event in log)
    events = [from_json(document) for document in documents]
    assert None not in events
    return cast(list[Event], events)


def dump(state: RunState) -> dict[str, Any]:
    """All there is in a state, for comparison."""
    return {
        "status": state.status,
        "outputs": state.outputs,
        "errors": state.errors,
        "started": state.started,
        "bytes": state.emitted_bytes,
        "spent": state.spent,
        "waiting": (state.is_paused, state.parked_since, state.waited_ms),
        "ready": [_key(e) for e in state.ready],
        "running": [_execution(e) for e in state.running.values()],
        "nodes": {id_: _node(node) for id_, node in state.nodes.items()},
    }


def _node(node: Any) -> dict[str, Any]:
    return {
        "queues": {pin: list(queue) for pin, queue in node.queues.items()},
        "empty": node.empty,
        "sticky": dict(node.sticky),
        "fired": node.fired,
        "running": node.running,
        "firings": [_execution(e) for e in node.firings],
        "delayed": [_key(e) for e in node.delayed],
    }


def _key(execution: NodeExecution) -> Key:
    return execution.node.id, execution.number


def _execution(execution: NodeExecution) -> tuple[Any, ...]:
    return (
        *_key(execution),
        execution.inputs,
        execution.attempt,
        execution.is_under_way,
        (execution.failures, execution.lost),
        (execution.wake_at, execution.expires_at),
        (execution.review_id, execution.child_id),
        list(execution.steps),
        list(execution.held),
        execution.ended,
        execution.succeeded,
    )
