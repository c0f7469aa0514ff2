"""Reads that are asked for at the same time: one read, and each gets its own."""

import asyncio
from typing import Any

import pytest

from executions.live.together import AT_ONCE, Together


class Store:
    """Answers squares, once it is let; a negative number is not there, 13 breaks it."""

    def __init__(self) -> None:
        self.reads: list[list[int]] = []
        self.open = asyncio.Event()

    async def read(self, keys: list[int]) -> dict[int, int]:
        self.reads.append(keys)
        await self.open.wait()
        if 13 in keys:
            raise OSError("broken")
        return {key: key * key for key in keys if key >= 0}


async def asked(together: Together[int, int], *keys: int) -> list[asyncio.Task[int]]:
    tasks = [asyncio.create_task(together.of(key)) for key in keys]
    await asyncio.sleep(0)
    return tasks


async def outcomes(tasks: list[asyncio.Task[int]]) -> list[Any]:
    found = await asyncio.gather(*tasks, return_exceptions=True)
    return [repr(one) if isinstance(one, BaseException) else one for one in found]


async def test_who_asks_alone_is_answered_at_once():
    store = Store()
    store.open.set()
    together = Together(store.read)
    assert [await together.of(2), await together.of(3)] == [4, 9]
    assert store.reads == [[2], [3]]


async def test_what_gathers_is_read_together():
    store = Store()
    together = Together(store.read)
    tasks = await asked(together, 1)
    await asyncio.sleep(0)
    tasks += await asked(together, 2, -1, 2)
    store.open.set()
    assert await outcomes(tasks) == [1, 4, "KeyError(-1)", 4]
    assert store.reads == [[1], [2, -1, 2]]


async def test_a_read_that_breaks_is_told_to_those_in_it_alone():
    store = Store()
    together = Together(store.read)
    tasks = await asked(together, 1)
    await asyncio.sleep(0)
    tasks += await asked(together, 13, 2)
    store.open.set()
    assert await outcomes(tasks) == [1, "OSError('broken')", "OSError('broken')"]
    assert await together.of(5) == 25


async def test_who_goes_away_takes_nothing_from_the_others():
    store = Store()
    together = Together(store.read)
    gone, stays = await asked(together, 1, 2)
    gone.cancel()
    store.open.set()
    assert await stays == 4
    assert gone.cancelled()


@pytest.mark.parametrize("count", [AT_ONCE, AT_ONCE + 1, 3 * AT_ONCE])
async def test_no_read_is_for_too_many(count: int):
    store = Store()
    store.open.set()
    together = Together(store.read)
    keys = range(14, 14 + count)
    tasks = await asked(together, *keys)
    assert await outcomes(tasks) == [key * key for key in keys]
    assert max(map(len, store.reads)) <= AT_ONCE
