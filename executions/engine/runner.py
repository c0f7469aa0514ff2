"""Runs one execution to its end: hear, record, decide, act."""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from blocks.context import Context
from blocks.values import JsonValue
from core.limits import Limits
from executions.domain.events import (
    Begun,
    Completed,
    Emitted,
    Event,
    Failed,
    Started,
    TimeExceeded,
    Waiting,
    to_json,
)
from executions.domain.plan import Plan
from executions.domain.scheduler import Command, Finish, Start, advance, begin, resume
from executions.domain.state import NodeExecution, RunState
from executions.engine.crew import Crew
from executions.engine.journal import End, Entry, Journal, RunHandle
from executions.engine.projection import NodeRows
from graphs.domain.model import NodeId

EVENTS_BEFORE_YIELD: Final = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """An execution as claimed. `past` are the events of earlier claims, in order."""

    handle: RunHandle
    plan: Plan
    inputs: Mapping[str, JsonValue]
    limits: Limits
    past: Sequence[Event] = ()
    started_at: float | None = None
    """When it was first claimed, in seconds since the epoch; None: now."""
    rows: Mapping[tuple[NodeId, int], UUID] = field(default_factory=dict)
    """Ids of the stored rows of node executions that earlier claims left unfinished."""


def replay(run: Run) -> tuple[RunState, list[Command]]:
    """The state after the past, and what to do first."""
    state, commands = begin(run.plan, run.inputs, run.limits)
    if not run.past:
        return state, commands
    for event in run.past:
        commands = advance(state, event) or commands
    return state, commands if state.status.is_final else resume(state)


class Runner:
    """The one reader of a run's inbox, and the only one to touch its state."""

    def __init__(
        self,
        run: Run,
        *,
        journal: Journal,
        context_for: Callable[[NodeExecution], Context],
        clock: Callable[[], float],
        cpu_pool: Executor | None = None,
    ) -> None:
        self.handle = run.handle
        self._run = run
        self._journal = journal
        self._clock = clock
        self._inbox: deque[tuple[Event, ...]] = deque()
        self._news = asyncio.Event()
        self._crew = Crew(
            post=self.post,
            context_for=context_for,
            barrier=lambda: journal.durable(run.handle),
            clock=clock,
            cpu_pool=cpu_pool,
        )
        self._state, self._first = replay(run)
        self._rows = NodeRows(run.rows)
        self._events: list[bytes] = []
        self._end: End | None = None
        self._at = 0

    @property
    def state(self) -> RunState:
        return self._state

    def post(self, events: tuple[Event, ...]) -> None:
        """Hand events to the run; to be called on its loop."""
        self._inbox.append(events)
        self._news.set()

    async def run(self) -> RunState:
        """Return once the end is durable.

        Raises:
            LeaseLost: another worker has the execution; nothing more was written.
        """
        deadline = self._set_deadline()
        try:
            self._begin()
            self._catch_up()
            while self._end is None:
                await self._hear()
                self._catch_up()
        finally:
            deadline.cancel()
            await self._crew.close()
        await self._journal.durable(self.handle)
        return self._state

    def _set_deadline(self) -> asyncio.TimerHandle:
        allowed = self._run.limits.run_seconds
        now = self._clock()
        left = allowed - (now - (self._run.started_at or now))
        loop = asyncio.get_running_loop()
        return loop.call_later(
            max(0.0, left), lambda: self.post((TimeExceeded(allowed),))
        )

    def _begin(self) -> None:
        self._at = int(self._clock() * 1000)
        if not self._run.past:
            self._note(Begun())
        stopped_before = bool(self._inbox) and not self._state.status.is_final
        if not stopped_before:
            self._carry_out(self._first)

    async def _hear(self) -> None:
        """Wait for news; let others have the loop first if there is some already."""
        if self._inbox:
            await asyncio.sleep(0)
        while not self._inbox:
            self._news.clear()
            await self._news.wait()

    def _catch_up(self) -> None:
        """Record what has come, and what inline blocks add meanwhile, as one entry.

        A long turn is cut short, but never within a group.
        """
        self._at = int(self._clock() * 1000)
        while self._inbox and self._end is None:
            self._record(self._inbox.popleft())
            if len(self._events) >= EVENTS_BEFORE_YIELD:
                break
        self._write()

    def _record(self, events: tuple[Event, ...]) -> None:
        for event in events:
            if self._end is not None:
                break
            if self._is_stale(event):
                continue
            self._note(event)
            self._carry_out(advance(self._state, event))

    def _is_stale(self, event: Event) -> bool:
        """From an attempt of a node execution that has ended already."""
        if isinstance(event, Emitted | Completed | Failed | Waiting):
            return (event.node_id, event.number) not in self._state.running
        return False

    def _carry_out(self, commands: list[Command]) -> None:
        for command in commands:
            if isinstance(command, Start):
                self._start(command.execution)
            else:
                self._finish(command)

    def _start(self, execution: NodeExecution) -> None:
        lost = execution.attempt
        # A worker that died during a wait is not held against the node.
        attempt = lost if self._is_waiting(execution) else lost + 1
        started = Started(execution.node.id, execution.number, attempt)
        self._note(started)
        advance(self._state, started)
        self._crew.start(execution, lost_attempts=lost)

    def _is_waiting(self, execution: NodeExecution) -> bool:
        """Its time has not come yet."""
        last = execution.steps[-1] if execution.steps else None
        return isinstance(last, Waiting) and last.until > self._at

    def _finish(self, command: Finish) -> None:
        self._note(command.event)
        ended_at = self._time()
        self._rows.cancel_open(ended_at)
        self._end = End(
            status=self._state.status,
            outputs=self._state.outputs,
            errors=self._state.errors,
            ended_at=ended_at,
        )

    def _note(self, event: Event) -> None:
        """Give the event its number and bring the rows that show it up to date."""
        self.handle.seq += 1
        self._events.append(to_json(event, self.handle.seq, self._at))
        if isinstance(event, Started):
            execution = self._state.running[event.node_id, event.number]
            self._rows.open(event, execution, self._time())
        elif isinstance(event, Emitted | Waiting | Completed | Failed):
            self._rows.change(event, self._time())

    def _write(self) -> None:
        if not self._events:
            return
        self._journal.append(
            Entry(
                run=self.handle,
                last_seq=self.handle.seq,
                events=self._events,
                rows=self._rows.changes(),
                node_executions=self._state.started,
                end=self._end,
            )
        )
        self._events = []

    def _time(self) -> datetime:
        return datetime.fromtimestamp(self._at / 1000, tz=UTC)
