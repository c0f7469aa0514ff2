"""Carries out attempts of node executions and posts what came of them.

Nothing an attempt does can raise into the loop: an outcome, whatever it is, arrives as
a group of events that is recorded together.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from concurrent.futures import Executor
from typing import Any, Final, TypeAlias, TypeVar

from blocks.base import Pins, Step
from blocks.context import Context, Spend, Wait
from blocks.errors import BlockError, BlockOutputError
from blocks.invoke import check_step, drive_inline, prepare_merged
from blocks.spec import BlockSpec, Effect, Kind
from executions.domain.events import Completed, Event, ReviewRequest, Spent
from executions.domain.state import NodeExecution
from executions.engine.attempt import Attempt
from executions.engine.outcome import (
    check_repeatable,
    emitted,
    failed,
    inline_failure,
)
from executions.engine.outside import carry_out, look_up, question
from executions.engine.resolver import Resolver
from executions.engine.rules import Rules

GOODBYE_S: Final = 5.0
DONE_BY_THE_ENGINE: Final = frozenset({Kind.AGENT, Kind.REVIEW})

T = TypeVar("T")
Post: TypeAlias = Callable[[tuple[Event, ...]], None]


class Crew:
    """The attempts under way of one execution.

    `on_idle` is called when all that is under way waits for a time that is recorded;
    `barrier` returns once all that was recorded is durable; `clock` gives seconds since
    the epoch.
    """

    def __init__(
        self,
        *,
        post: Post,
        context_for: Callable[[NodeExecution], Context],
        barrier: Callable[[], Awaitable[None]],
        on_idle: Callable[[], None] = lambda: None,
        clock: Callable[[], float],
        resolver: Resolver,
        rules: Rules,
        cpu_pool: Executor | None = None,
    ) -> None:
        self._post = post
        self._context_for = context_for
        self._barrier = barrier
        self._on_idle = on_idle
        self._clock = clock
        self._resolver = resolver
        self._rules = rules
        self._cpu_pool = cpu_pool
        self._tasks: dict[asyncio.Task[Any], Attempt | None] = {}
        self._asleep = 0
        self._closing = False

    @property
    def awake(self) -> int:
        """Tasks that do something, other than wait for a time that is recorded."""
        return len(self._tasks) - self._asleep

    @property
    def must_finish(self) -> bool:
        """An attempt is under way whose outcome would be unknown if it stopped."""
        return any(
            attempt is not None and attempt.must_finish
            for attempt in self._tasks.values()
        )

    def effect_of(self, execution: NodeExecution) -> Effect:
        """Of the attempt under way."""
        for attempt in self._tasks.values():
            if attempt is not None and attempt.execution is execution:
                return attempt.effect
        return Effect.PURE

    def start(self, execution: NodeExecution) -> None:
        """Begin an attempt; an inline block ends it at once."""
        spec = execution.node.spec
        if spec.kind in DONE_BY_THE_ENGINE:
            self._begin_outside(execution)
            return
        try:
            inputs = prepare_merged(spec, execution.merged())
            effect = spec.block.effect(inputs)
        except Exception as error:
            self._post((failed(execution, error),))
            return
        if execution.lost and not self._is_repeatable(execution, effect):
            return
        if spec.inline and not execution.steps and not self._rules.is_careful:
            self._post(self._inline(execution, inputs, effect))
            return
        self._begin(execution, inputs, effect)

    def look_up(
        self,
        execution: NodeExecution,
        or_else: Callable[[NodeExecution], None],
        *,
        is_rerun: bool,
    ) -> None:
        """Use what was computed before, if there is such; else `or_else`."""

        def take(events: Sequence[Event] | None) -> None:
            if events is not None:
                self.post(*events)
            elif not self._closing:
                or_else(execution)

        find = look_up(execution, self._resolver, is_rerun=is_rerun)
        self._watch(execution, find, take)

    async def close(self) -> None:
        """Stop what still runs; attempts that do not stop in time are left behind."""
        self.dismiss()
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=GOODBYE_S)

    def dismiss(self) -> None:
        """Nothing more is heard of attempts.

        Who made this crew is bound to `post`. In a ring with it, all that passed
        through a run would stay in memory until a rare collection.
        """
        self._closing = True
        self._post, self._on_idle = _nobody_listens, _nobody_cares
        self._barrier = _nobody_may_act

    def _is_repeatable(self, execution: NodeExecution, effect: Effect) -> bool:
        """If not, says so, or asks a person where the graph wants that."""
        try:
            check_repeatable(execution, effect, self._rules.lost_leases)
        except BlockError as error:
            unknown = error.code == "outcome_unknown"
            if unknown and self._rules.asks_about_lost_attempts:
                request = ReviewRequest("Try again?", str(error), editable=False)
                self._post((self._question(execution, request),))
            else:
                self._post((failed(execution, error),))
            return False
        return True

    def _question(self, execution: NodeExecution, request: ReviewRequest) -> Event:
        return question(execution, "outcome", request, self._rules, self.now_ms())

    def _begin(self, execution: NodeExecution, inputs: Pins, effect: Effect) -> None:
        attempt = Attempt(
            self,
            execution,
            inputs,
            effect,
            seconds=execution.node.timeout_s or self._rules.limits.node_seconds,
            needs_barrier=effect is not Effect.PURE or self._rules.is_careful,
        )
        task = asyncio.create_task(attempt.run())
        self._tasks[task] = attempt
        task.add_done_callback(lambda done: self._end(done, attempt.report))

    def _begin_outside(self, execution: NodeExecution) -> None:
        work = carry_out(execution, self._resolver, self._rules, self.now_ms())
        self._watch(execution, work, lambda events: self.post(*events))

    def _watch(
        self,
        execution: NodeExecution,
        work: Coroutine[Any, Any, T],
        take: Callable[[T], None],
    ) -> None:
        """Do it in a task and take its result; if it raises, the node has failed."""

        def report(task: asyncio.Task[T]) -> None:
            error = asyncio.CancelledError() if task.cancelled() else task.exception()
            if error is None:
                take(task.result())
            else:
                self.post(failed(execution, error))

        task = asyncio.create_task(work)
        self._tasks[task] = None
        task.add_done_callback(lambda done: self._end(done, report))

    def _end(
        self, task: asyncio.Task[T], report: Callable[[asyncio.Task[T]], None]
    ) -> None:
        # First: who hears what it came to asks whether anything is under way.
        del self._tasks[task]
        report(task)

    def _inline(
        self, execution: NodeExecution, inputs: Pins, effect: Effect
    ) -> tuple[Event, ...]:
        events: list[Event] = []
        try:
            self._drive(execution, inputs, events)
        except (Exception, asyncio.CancelledError) as error:
            # Nobody can have cancelled it: a block that says so has failed.
            return inline_failure(execution, error, effect, self.now_ms(), events)
        else:
            events.append(Completed(execution.node.id, execution.number))
        return tuple(events)

    def _drive(
        self, execution: NodeExecution, inputs: Pins, events: list[Event]
    ) -> None:
        spec = execution.node.spec
        index = 0
        for step in drive_inline(spec, inputs, self._context_for(execution)):
            checked = check_step(spec, step)
            if isinstance(checked, Wait):
                raise BlockOutputError(f"{spec.name} is inline but waits")
            if isinstance(checked, Spend):
                place = (execution.node.id, execution.number)
                events.append(Spent(*place, checked.amount))
                continue
            events.append(emitted(execution, index, checked))
            index += 1

    # What attempts ask for

    def steps_of(self, execution: NodeExecution, inputs: Pins) -> AsyncIterator[Step]:
        spec = execution.node.spec
        ctx = self._context_for(execution)
        if spec.cpu or spec.inline:
            return self._in_thread(spec, inputs, ctx)
        return spec.block.run(inputs, ctx)

    async def _in_thread(
        self, spec: BlockSpec, inputs: Pins, ctx: Context
    ) -> AsyncIterator[Step]:
        steps, failure = await asyncio.get_running_loop().run_in_executor(
            self._cpu_pool, _drive_to_end, spec, inputs, ctx
        )
        for step in steps:
            yield step
        if failure is not None:
            raise failure

    def post(self, *events: Event) -> None:
        if events and not self._closing:
            self._post(events)

    async def barrier(self) -> None:
        await self._barrier()

    async def sleep_until(self, until_ms: int, *, is_recorded: bool) -> None:
        self._asleep += is_recorded
        if not self.awake:
            self._on_idle()
        try:
            await asyncio.sleep(max(0.0, (until_ms - self.now_ms()) / 1000))
        finally:
            self._asleep -= is_recorded

    def now_ms(self) -> int:
        return int(self._clock() * 1000)


def _nobody_listens(events: Sequence[Event]) -> None:
    """In place of the run that was posted to, once it has ended."""


def _nobody_cares() -> None:
    """The same for `on_idle`."""


async def _nobody_may_act() -> None:
    """In place of the run's barrier: what was started must not act any more.

    Raises:
        asyncio.CancelledError: always.
    """
    raise asyncio.CancelledError


def _drive_to_end(
    spec: BlockSpec, inputs: Pins, ctx: Context
) -> tuple[list[Step], Exception | None]:
    """All steps of a block that never suspends, and what it raised after them."""
    steps: list[Step] = []
    try:
        for step in drive_inline(spec, inputs, ctx):
            steps.append(step)
    except Exception as error:
        return steps, error
    return steps, None
