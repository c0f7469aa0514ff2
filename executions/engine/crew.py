"""Carries out attempts of node executions and posts what came of them.

Nothing an attempt does can raise into the loop: an outcome, whatever it is, arrives as
a group of events that is recorded together.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import Executor
from typing import Final, TypeAlias

from blocks.base import Pins, Step
from blocks.context import Context, Wait
from blocks.errors import BlockError, BlockOutputError
from blocks.invoke import check_step, drive_inline, failure_of, prepare
from blocks.spec import BlockSpec, Effect
from blocks.values import Encoded
from executions.domain.events import Completed, Emitted, Event, Failed, Waiting
from executions.domain.state import NodeExecution

MAX_ATTEMPTS_LOST: Final = 3
MAX_ERROR_TEXT: Final = 10_000
GOODBYE_S: Final = 5.0

Post: TypeAlias = Callable[[tuple[Event, ...]], None]


class Crew:
    """The attempts under way of one execution.

    `barrier` returns once all that was recorded is durable; `clock` gives seconds since
    the epoch.
    """

    def __init__(
        self,
        *,
        post: Post,
        context_for: Callable[[NodeExecution], Context],
        barrier: Callable[[], Awaitable[None]],
        clock: Callable[[], float],
        cpu_pool: Executor | None = None,
    ) -> None:
        self._post = post
        self._context_for = context_for
        self._barrier = barrier
        self._clock = clock
        self._cpu_pool = cpu_pool
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing = False

    def start(self, execution: NodeExecution, *, lost_attempts: int) -> None:
        """Begin an attempt; an inline block ends it at once.

        `lost_attempts` began earlier, in a worker that died.
        """
        spec = execution.node.spec
        try:
            inputs = prepare(spec, execution.node.constants, execution.inputs)
            effect = spec.block.effect(inputs)
            _check_repeatable(execution, effect, lost_attempts)
        except Exception as error:
            self._post((_failed(execution, error),))
            return
        if spec.inline and not execution.steps:
            self._post(self._inline(execution, inputs))
            return
        attempt = _Attempt(self, execution, inputs, effect)
        task = asyncio.create_task(attempt.run())
        self._tasks.add(task)
        task.add_done_callback(attempt.report)

    async def close(self) -> None:
        """Stop what still runs; attempts that do not stop in time are left behind."""
        self._closing = True
        # Who made this crew is bound to `post`. In a ring with it, all that passed
        # through a run would stay in memory until a rare collection.
        self._post = _nobody_listens
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=GOODBYE_S)

    def _inline(self, execution: NodeExecution, inputs: Pins) -> tuple[Event, ...]:
        events: list[Event] = []
        spec = execution.node.spec
        try:
            for step in drive_inline(spec, inputs, self._context_for(execution)):
                checked = check_step(spec, step)
                if isinstance(checked, Wait):
                    raise BlockOutputError(f"{spec.name} is inline but waits")
                events.append(_emitted(execution, len(events), checked))
        except (Exception, asyncio.CancelledError) as error:
            # Nobody can have cancelled it: a block that says so has failed.
            events.append(_failed(execution, error))
        else:
            events.append(Completed(execution.node.id, execution.number))
        return tuple(events)

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

    def forget(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)

    async def barrier(self) -> None:
        await self._barrier()

    def now_ms(self) -> int:
        return int(self._clock() * 1000)


def _nobody_listens(events: tuple[Event, ...]) -> None:
    """In place of the run that was posted to, once it has ended."""


class _Attempt:
    """One try of one node execution that needs a task.

    Emissions of pure and incremental blocks go out at once; those of others are kept
    until the attempt has ended, so that a lost attempt leaves nothing behind.
    """

    def __init__(
        self, crew: Crew, execution: NodeExecution, inputs: Pins, effect: Effect
    ) -> None:
        self._crew = crew
        self._execution = execution
        self._inputs = inputs
        self._effect = effect
        self._at_once = effect is Effect.PURE or execution.node.spec.incremental
        self._kept: list[Event] = []

    async def run(self) -> None:
        if self._effect is not Effect.PURE:
            await self._crew.barrier()
        execution = self._execution
        earlier = tuple(execution.steps)
        index = 0
        async for step in self._crew.steps_of(execution, self._inputs):
            checked = check_step(execution.node.spec, step)
            if index < len(earlier):
                await self._repeat(earlier[index], checked)
            elif isinstance(checked, Wait):
                await self._wait(index, checked)
            else:
                self._emit(_emitted(execution, index, checked))
            index += 1
        if index < len(earlier):
            raise BlockOutputError("repeated, the block did less than the first time")

    def report(self, task: asyncio.Task[None]) -> None:
        self._crew.forget(task)
        self._crew.post(*self._kept, self._outcome(task))

    def _outcome(self, task: asyncio.Task[None]) -> Event:
        if task.cancelled():
            return _failed(self._execution, asyncio.CancelledError())
        error = task.exception()
        if error is not None:
            return _failed(self._execution, error)
        return Completed(self._execution.node.id, self._execution.number)

    def _emit(self, event: Emitted) -> None:
        if self._at_once:
            self._crew.post(event)
        else:
            self._kept.append(event)

    async def _wait(self, index: int, wait: Wait) -> None:
        until = self._crew.now_ms() + round(wait.seconds * 1000)
        if self._at_once:
            node = self._execution.node.id
            self._crew.post(Waiting(node, self._execution.number, index, until))
        await self._sleep_until(until)

    async def _repeat(
        self, earlier: Emitted | Waiting, now: tuple[str, Encoded] | Wait
    ) -> None:
        """Skip a step that an earlier attempt has taken; it must be the same one."""
        if isinstance(earlier, Waiting) and isinstance(now, Wait):
            await self._sleep_until(earlier.until)
        elif isinstance(earlier, Waiting) or isinstance(now, Wait):
            raise BlockOutputError("repeated, the block did not do the same again")
        elif (earlier.pin, earlier.value) != (now[0], now[1].value):
            raise BlockOutputError(
                f"repeated, the block emitted another value on {now[0]!r} than before"
            )

    async def _sleep_until(self, until_ms: int) -> None:
        await asyncio.sleep(max(0.0, (until_ms - self._crew.now_ms()) / 1000))


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


def _check_repeatable(
    execution: NodeExecution, effect: Effect, lost_attempts: int
) -> None:
    """
    Raises:
        BlockError: earlier attempts were lost and another one might do harm.
    """
    if not lost_attempts:
        return
    if execution.attempt > MAX_ATTEMPTS_LOST:
        raise BlockError(
            f"the worker died {lost_attempts} times while this node ran",
            code="worker_lost",
        )
    if effect is Effect.ONCE:
        raise BlockError(
            "outcome unknown: the worker died while this node ran, and running it "
            "again could do the same thing twice",
            code="outcome_unknown",
        )
    if effect is not Effect.PURE and execution.steps:
        raise BlockError(
            "the worker died after this node had emitted", code="interrupted"
        )


def _emitted(
    execution: NodeExecution, index: int, step: tuple[str, Encoded]
) -> Emitted:
    pin, (value, raw) = step
    return Emitted(execution.node.id, execution.number, index, pin, value, raw)


def _failed(execution: NodeExecution, error: BaseException) -> Failed:
    failure = failure_of(error)
    if isinstance(error, asyncio.CancelledError):
        failure = BlockError("cancelled", code="cancelled")
    return Failed(
        execution.node.id,
        execution.number,
        failure.code,
        _text_of(failure),
        execution.node.handles_errors,
    )


def _text_of(failure: BlockError) -> str:
    """What has no UTF-8 form could be neither stored nor sent; what is long is cut, and
    says so."""
    text = str(failure).encode(errors="replace").decode()
    if len(text) <= MAX_ERROR_TEXT:
        return text
    return f"{text[:MAX_ERROR_TEXT]}… (cut: {len(text):,} characters in all)"
