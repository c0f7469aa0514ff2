"""One try of one node execution that needs a task."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final, Protocol

from blocks.base import Pins, Step
from blocks.context import Spend, Wait
from blocks.errors import BlockError, BlockOutputError, BlockTimeoutError
from blocks.invoke import check_step
from blocks.spec import Effect
from blocks.values import Encoded
from core import failpoints
from executions.domain.events import (
    Completed,
    Emitted,
    Event,
    Failed,
    Retrying,
    Spent,
    Waiting,
)
from executions.domain.state import NodeExecution
from executions.engine.outcome import emitted, failed_or_retrying

NO_CREDENTIAL: Final = "credential_missing"


class Surroundings(Protocol):
    """What an attempt needs of its crew."""

    def post(self, *events: Event) -> None: ...
    def steps_of(
        self, execution: NodeExecution, inputs: Pins
    ) -> AsyncIterator[Step]: ...
    async def barrier(self) -> None: ...
    async def sleep_until(self, until_ms: int, *, is_recorded: bool) -> None: ...
    def now_ms(self) -> int: ...


class Attempt:
    """Emissions of pure and incremental blocks go out at once; those of others are kept
    until the attempt has ended, so that a lost attempt leaves nothing behind.

    `seconds` bound the time it works; time it waits through the engine does not count.
    """

    def __init__(
        self,
        crew: Surroundings,
        execution: NodeExecution,
        inputs: Pins,
        effect: Effect,
        *,
        seconds: float,
        needs_barrier: bool,
    ) -> None:
        self._crew = crew
        self._execution = execution
        self._inputs = inputs
        self._effect = effect
        self._seconds = seconds
        self._needs_barrier = needs_barrier
        self._at_once = effect is Effect.PURE or execution.node.spec.incremental
        self._kept: list[Event] = []
        self._has_emitted = execution.has_emitted

    @property
    def execution(self) -> NodeExecution:
        return self._execution

    @property
    def effect(self) -> Effect:
        return self._effect

    @property
    def must_finish(self) -> bool:
        """It cannot be begun anew: its effect or its values may be out."""
        has_emitted = self._has_emitted and self._effect is not Effect.PURE
        return has_emitted or self._effect is Effect.ONCE

    async def run(self) -> None:
        if self._needs_barrier:
            await self._crew.barrier()
        try:
            async with asyncio.timeout(self._seconds) as self._timer:
                await self._take_steps()
        except TimeoutError as error:
            if not self._timer.expired():
                raise
            raise BlockTimeoutError(
                f"the node took longer than the {self._seconds:g} s it may take"
            ) from error

    async def _take_steps(self) -> None:
        execution = self._execution
        earlier = tuple(execution.steps)
        index = 0
        async for step in self._crew.steps_of(execution, self._inputs):
            failpoints.hit("F5")
            checked = check_step(execution.node.spec, step)
            if isinstance(checked, Spend):
                self._crew.post(
                    Spent(execution.node.id, execution.number, checked.amount)
                )
                continue
            if index < len(earlier):
                await self._repeat(earlier[index], checked)
            elif isinstance(checked, Wait):
                await self._wait(index, checked)
            else:
                self._emit(emitted(execution, index, checked))
            index += 1
        if index < len(earlier):
            raise BlockOutputError("repeated, the block did less than the first time")

    def report(self, task: asyncio.Task[None]) -> None:
        """Say what became of it; what was kept goes out unless it is tried again."""
        outcome = self._outcome(task)
        if self._effect is not Effect.PURE:
            failpoints.hit("F6")
        kept = () if isinstance(outcome, Retrying) else self._kept
        self._crew.post(*kept, outcome)

    def _outcome(self, task: asyncio.Task[None]) -> Completed | Failed | Retrying:
        error = asyncio.CancelledError() if task.cancelled() else task.exception()
        if error is None or self._is_left_out(error):
            return Completed(self._execution.node.id, self._execution.number)
        return failed_or_retrying(
            self._execution,
            error,
            self._effect,
            self._crew.now_ms(),
            has_emitted=self._has_emitted,
        )

    def _is_left_out(self, error: BaseException) -> bool:
        """It has no credential, and may do without."""
        is_missing = isinstance(error, BlockError) and error.code == NO_CREDENTIAL
        return is_missing and self._execution.node.credentials_optional

    def _emit(self, event: Emitted) -> None:
        if self._at_once:
            self._has_emitted = True
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
        loop = asyncio.get_running_loop()
        deadline = self._timer.when()
        left = None if deadline is None else deadline - loop.time()
        self._timer.reschedule(None)
        await self._crew.sleep_until(until_ms, is_recorded=self._at_once)
        self._timer.reschedule(None if left is None else loop.time() + left)
