"""Runs one execution until it ends or waits: hear, record, decide, act."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from datetime import UTC, datetime
from functools import partial
from typing import Final, TypeAlias, cast

from blocks.context import Context
from blocks.spec import Effect
from core.redaction import redactor
from executions.domain.events import (
    NODE_EVENTS,
    Asked,
    Begun,
    ChildEnded,
    Event,
    Failed,
    NodeEvent,
    Parked,
    Resumed,
    Retrying,
    Started,
    TimeExceeded,
    Woken,
)
from executions.domain.retry import HANDED_OVER
from executions.domain.scheduler import Command, Finish, advance
from executions.domain.signals import AGENT_FAILED, events_of, expiries
from executions.domain.snapshot import take
from executions.domain.state import NodeExecution, RunState
from executions.engine.calls import Calls
from executions.engine.crew import Crew
from executions.engine.journal import Journal, Park
from executions.engine.large_values import (
    LargeValues,
    NothingElsewhere,
)
from executions.engine.leaks import without_secrets
from executions.engine.outcome import agent_failed_or_retrying
from executions.engine.recorder import Recorder
from executions.engine.resolver import NothingOutside, Resolver
from executions.engine.rules import rules_of
from executions.engine.run import ReceivedSignal, Run, replay
from executions.engine.waits import EXPIRY_GRACE_S, Rest, rest_of

EVENTS_BEFORE_YIELD: Final = 200
LINGER_MS: Final = 300
LEASE_CHECK_S: Final = 0.05


class _Tick:
    """Time has passed for something that waits for an answer."""


_Item: TypeAlias = tuple[Event, ...] | ReceivedSignal | NodeExecution | _Tick


class Runner:
    """The one reader of a run's inbox, and the only one to touch its state."""

    def __init__(
        self,
        run: Run,
        *,
        journal: Journal,
        context_for: Callable[[NodeExecution, Calls], Context],
        clock: Callable[[], float],
        resolver: Resolver | None = None,
        cpu_pool: Executor | None = None,
        may_act: Callable[[], bool] = lambda: True,
    ) -> None:
        self.handle = run.handle
        self._id = str(run.handle.execution_id)
        self._may_act = may_act
        self._run = run
        self._journal = journal
        self._clock = clock
        self._inbox: deque[_Item] = deque()
        self._news = asyncio.Event()
        self._timers: set[asyncio.TimerHandle] = set()
        self._state, self._first = replay(run)
        resolver = resolver or NothingOutside()
        self._calls = Calls(resolver)
        self._calls.bind(self.post)
        self._crew = Crew(
            post=self.post,
            context_for=partial(_context, context_for, self._calls),
            barrier=self._before_effects,
            clock=clock,
            resolver=resolver,
            on_idle=lambda: self._put(_Tick()),
            rules=rules_of(run.plan, self._state.limits, run.handle.lost_leases),
            cpu_pool=cpu_pool,
        )
        known = run.values.values()
        self._values = LargeValues(known) if run.is_stored else NothingElsewhere()
        self._record = Recorder(
            run.handle, journal, self._state, run.rows, self._values
        )
        self._held_back: list[NodeExecution] = []
        self._idle_since: int | None = None
        self._is_parked = False
        self._is_draining = False
        self._is_handing_over = False

    @property
    def state(self) -> RunState:
        return self._state

    @property
    def has_ended(self) -> bool:
        """False after `run` says: it is parked, and somebody will go on."""
        return self._state.status.is_final

    @property
    def may_stop(self) -> bool:
        """Nothing is under way whose outcome would be unknown if it stopped now."""
        return not self._crew.must_finish

    def post(self, events: tuple[Event, ...]) -> None:
        """Hand events to the run; to be called on its loop."""
        self._put(without_secrets(self._id, events))

    def signal(self, signal: ReceivedSignal) -> None:
        self._put(signal)

    def drain(self) -> None:
        """Begin nothing more, and park as soon as what is under way has ended."""
        if not self._is_draining:
            self._is_draining = True
            self._put(_Tick())

    def hand_over(self) -> None:
        """Stop attempts and park, so that another worker can go on at once; nothing
        happens unless it still `may_stop` when it hears this."""
        self._is_handing_over = True
        self._news.set()

    async def run(self) -> RunState:
        """Return once the end is durable, or that it is parked.

        Raises:
            LeaseLost: another worker has the execution; nothing more was written.
        """
        try:
            self._begin()
            self._catch_up()
            if self._record.end is None:
                self._set_deadline()
            while not (self._record.end or self._is_parked):
                await self._hear()
                if self._is_handing_over and self.may_stop:
                    await self._give_up()
                    break
                self._is_handing_over = False
                self._catch_up()
        finally:
            for timer in self._timers:
                timer.cancel()
            await self._crew.close()
            self._calls.dismiss()
            redactor.forget(self._id)
        await self._journal.durable(self.handle)
        return self._state

    def run_at_once(self, seconds: float) -> bool:
        """Run without a loop, for a plan of inline blocks; False: it takes longer. The
        time is this thread's own: what others do meanwhile is not its fault."""
        deadline = time.thread_time() + seconds
        try:
            self._begin()
            while self._record.end is None and time.thread_time() < deadline:
                self._catch_up()
        finally:
            self._crew.dismiss()
            self._calls.dismiss()
        return self._record.end is not None

    async def _before_effects(self) -> None:
        """Return once all that was noted is durable and the lease is good: a process
        that was asleep may have lost it and not know yet."""
        await self._journal.durable(self.handle)
        while not self._may_act():
            await asyncio.sleep(LEASE_CHECK_S)

    # Hearing

    def _put(self, item: _Item) -> None:
        self._inbox.append(item)
        self._news.set()

    async def _hear(self) -> None:
        """Wait for news; let others have the loop first if there is some already."""
        if self._inbox:
            await asyncio.sleep(0)
        while not (self._inbox or self._is_handing_over):
            self._news.clear()
            await self._news.wait()

    def _later(self, seconds: float, item: _Item) -> None:
        def ring() -> None:
            self._timers.discard(timer)
            self._put(item)

        loop = asyncio.get_running_loop()
        timer = loop.call_later(max(0.0, seconds), ring)
        self._timers.add(timer)

    # Deciding

    def _begin(self) -> None:
        self._record.at = int(self._clock() * 1000)
        was_let_go = self._was_let_go()
        if self._state.parked_since is not None:
            self._note(Woken(max(0, self._record.at - self._state.parked_since)))
        elif not self._run.past and self._run.snapshot is None:
            self._note(Begun())
        first = [command for command in self._first if not self._is_asking(command)]
        # What was asked meanwhile comes first: a cancelled run begins no node.
        while self._inbox and self._record.end is None:
            self._take(self._inbox.popleft())
        if self._record.end is None:
            self._carry_out(first, go_on=was_let_go)

    def _was_let_go(self) -> bool:
        """On purpose: what is under way in it waits, and was not lost."""
        is_as_left = self._run.snapshot is not None and not self._run.past
        return is_as_left or self._state.parked_since is not None

    def _is_asking(self, command: Command) -> bool:
        """It is the answer that begins the attempt, and that may be here already."""
        if isinstance(command, Finish) or not command.execution.waits_for_signal:
            return False
        self._watch_expiry(command.execution)
        return True

    def _set_deadline(self) -> None:
        allowed = self._state.limits.run_seconds
        now = self._clock()
        used = now - (self._run.started_at or now) - self._state.waited_ms / 1000
        self._later(allowed - used, (TimeExceeded(allowed),))

    def _catch_up(self) -> None:
        """Record what has come, and what inline blocks add meanwhile, as one entry.

        A long turn is cut short, but never within a group.
        """
        self._record.at = int(self._clock() * 1000)
        while self._inbox and self._record.end is None:
            self._take(self._inbox.popleft())
            if len(self._record.events) >= EVENTS_BEFORE_YIELD:
                break
        if not self._crew.awake and not self._inbox and self._record.end is None:
            self._park_if_idle()
        self._record.write()

    def _take(self, item: _Item) -> None:
        if not isinstance(item, _Tick):
            self._idle_since = None
        if isinstance(item, NodeExecution):
            self._start_if_still_wanted(item)
        elif isinstance(item, ReceivedSignal):
            self._record.extras.folded.append(item.id)
            read = self._values.reader(item.values)
            self._fold_news(events_of(self._state, item.kind, item.body, read))
        elif isinstance(item, _Tick):
            expired = expiries(self._state, self._record.at)
            self._record.expire_reviews(expired)
            self._fold(expired)
        else:
            self._fold(item)

    def _fold_news(self, events: Sequence[Event]) -> None:
        """Each by itself: whether a sub-agent is called again depends on what it has
        emitted, and the last of that may be among them."""
        for event in events:
            if isinstance(event, Failed) and event.code == AGENT_FAILED:
                execution = self._state.running[event.node_id, event.number]
                event = agent_failed_or_retrying(execution, event, self._record.at)
            self._fold((event,))

    def _fold(self, events: Sequence[Event]) -> None:
        for event in events:
            if self._record.end is not None:
                break
            if self._is_stale(event):
                continue
            self._carry_out(self._note(event))
            if isinstance(event, ChildEnded):
                self._calls.ended(event.child_id)
            elif isinstance(event, Resumed):
                self._go_on()
            elif isinstance(event, Asked):
                key = (event.node_id, event.number)
                self._watch_expiry(self._state.running[key])

    def _is_stale(self, event: Event) -> bool:
        """From an attempt of a node execution that has ended already."""
        if type(event) not in NODE_EVENTS:
            return False
        of_node = cast(NodeEvent, event)
        return (of_node.node_id, of_node.number) not in self._state.running

    def _note(self, event: Event) -> list[Command]:
        self._record.note(event)
        return advance(self._state, event)

    # Acting

    def _carry_out(self, commands: list[Command], *, go_on: bool = False) -> None:
        for command in commands:
            if isinstance(command, Finish):
                self._record.finish(command.event)
            elif self._is_held_back(command.execution):
                self._held_back.append(command.execution)
            elif not command.execution.ended:
                self._start(command.execution, go_on=go_on)

    def _is_held_back(self, execution: NodeExecution) -> bool:
        """A pause does not touch what has begun, lost attempts included."""
        is_paused = self._state.is_paused and not execution.is_under_way
        return is_paused or self._is_draining

    def _go_on(self) -> None:
        """After a pause: begin what was told to begin meanwhile."""
        held_back, self._held_back = self._held_back, []
        for execution in held_back:
            if not execution.ended:
                self._start(execution)

    def _start(self, execution: NodeExecution, *, go_on: bool = False) -> None:
        """Begin an attempt once its time has come.

        With `go_on` the attempt was parked in a wait: it is no new one.
        """
        if execution.waits_for_signal:
            self._watch_expiry(execution)
        elif execution.wake_at is not None and execution.wake_at > self._record.at:
            self._later((execution.wake_at - self._record.at) / 1000, execution)
        elif not execution.attempt and self._may_be_known(execution):
            is_rerun = execution.node.id in self._run.reuse
            self._crew.look_up(execution, self._put, is_rerun=is_rerun)
        else:
            self._start_attempt(execution, go_on=go_on)

    def _may_be_known(self, execution: NodeExecution) -> bool:
        is_asked = execution.memo_key != ""  # it was, and was not known
        reused = execution.node.id in self._run.reuse
        return not is_asked and (reused or execution.node.cacheable)

    def _start_if_still_wanted(self, execution: NodeExecution) -> None:
        key = (execution.node.id, execution.number)
        if self._state.running.get(key) is not execution:
            return
        if self._is_held_back(execution):
            self._held_back.append(execution)
        else:
            self._start_attempt(execution)

    def _start_attempt(self, execution: NodeExecution, *, go_on: bool = False) -> None:
        same = execution.is_under_way and (go_on or self._is_waiting(execution))
        attempt = execution.attempt if same else execution.attempt + 1
        edited = self._run.node_inputs.get(execution.node.id)
        if edited and execution.number == 1:
            execution.edit(edited)
        self._note(Started(execution.node.id, execution.number, attempt))
        self._crew.start(execution)

    def _is_waiting(self, execution: NodeExecution) -> bool:
        """Its time has not come yet: a worker that died meanwhile is not held against
        the node."""
        until = execution.waits_until
        return until is not None and until > self._record.at

    def _watch_expiry(self, execution: NodeExecution) -> None:
        if execution.expires_at is not None:
            left = (execution.expires_at - self._record.at) / 1000
            self._later(left + EXPIRY_GRACE_S, _Tick())

    # Parking

    def _park_if_idle(self) -> None:
        """Leave memory if all that is left is to wait, and not just for a moment."""
        if not self._run.parks:
            return
        if self._is_draining:
            self._let_go()
            return
        rest = rest_of(self._state, self._record.at)
        if rest and (rest.reason != "agent" or self._has_lingered()):
            self._park(rest)

    def _has_lingered(self) -> bool:
        """A sub-agent is mostly quicker than leaving memory and coming back."""
        if self._idle_since is None:
            self._idle_since = self._record.at
            self._later(LINGER_MS / 1000, _Tick())
        return self._record.at >= self._idle_since + LINGER_MS

    def _park(self, rest: Rest) -> None:
        self._note(Parked(rest.reason, self._record.at, rest.until))
        self._leave(rest.reason, rest.until)

    async def _give_up(self) -> None:
        """What was interrupted counts for nothing, unless its outcome is unknown."""
        self._hear_out()
        if self._record.end is not None or self._is_parked:
            return
        interrupted = self._interrupted()
        await self._crew.close()
        self._record.at = int(self._clock() * 1000)
        for execution in interrupted:
            self._note(_handed_over(execution, self._record.at))
        self._let_go()
        self._record.write()

    def _let_go(self) -> None:
        """Another worker is to go on at once."""
        self._leave("", self._record.at)

    def _leave(self, reason: str, until: int | None) -> None:
        due = None if until is None else _time(until)
        snapshot = take(self._state, self._values.place)
        self._record.extras.park = Park(reason, due, snapshot)
        self._is_parked = True

    def _hear_out(self) -> None:
        """What attempts have already said must not get lost."""
        while self._inbox and self._record.end is None:
            self._catch_up()

    def _interrupted(self) -> list[NodeExecution]:
        return [
            execution
            for execution in self._state.running.values()
            if execution.is_under_way
            and not execution.waits_until
            and self._crew.effect_of(execution) is not Effect.ONCE
        ]


def _context(
    context_for: Callable[[NodeExecution, Calls], Context],
    calls: Calls,
    execution: NodeExecution,
) -> Context:
    return context_for(execution, calls)


def _handed_over(execution: NodeExecution, now_ms: int) -> Retrying:
    text = "the worker stopped; another one goes on"
    place = (execution.node.id, execution.number)
    return Retrying(*place, execution.attempt, HANDED_OVER, text, now_ms)


def _time(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, tz=UTC)
