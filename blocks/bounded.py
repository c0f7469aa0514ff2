"""Work over many items, so many at a time."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any, NamedTuple, TypeAlias

from blocks.errors import BlockError
from blocks.invoke import failure_of
from blocks.values import JsonValue

Work: TypeAlias = Callable[[int, Any], Awaitable[JsonValue]]
"""Takes the place of an item and the item."""


class Outcome(NamedTuple):
    """What became of the item at `place`; `error` if it failed."""

    place: int
    value: JsonValue = None
    error: BlockError | None = None


async def each(
    items: Sequence[Any], work: Work, *, at_once: int
) -> AsyncIterator[Outcome]:
    """The outcomes as they come. Who stops listening stops what is under way."""
    waiting = deque(enumerate(items))
    running: set[asyncio.Task[Outcome]] = set()
    try:
        while waiting or running:
            while waiting and len(running) < at_once:
                index, item = waiting.popleft()
                running.add(asyncio.create_task(_one(work, index, item)))
            done, running = await asyncio.wait(
                running, return_when=asyncio.FIRST_COMPLETED
            )
            for outcome in sorted(task.result() for task in done):
                yield outcome
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def _one(work: Work, index: int, item: Any) -> Outcome:
    try:
        return Outcome(index, await work(index, item))
    except Exception as error:
        return Outcome(index, error=failure_of(error))
