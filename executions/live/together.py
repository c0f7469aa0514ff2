"""Reads that many ask for at the same time, done as one."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")

AT_ONCE: Final = 50


class Together(Generic[K, V]):
    """Lives on one loop. There is no tick: who asks while nothing is read is answered
    at once, and what gathers meanwhile is the next read."""

    def __init__(self, read: Callable[[list[K]], Awaitable[Mapping[K, V]]]) -> None:
        self._read: Final = read
        self._asked: list[tuple[K, asyncio.Future[V]]] = []
        self._task: asyncio.Task[None] | None = None

    async def of(self, key: K) -> V:
        """
        Raises:
            KeyError: there is nothing for this key.
            Exception: what the read raised, to all who were in it.
        """
        answer: asyncio.Future[V] = asyncio.get_running_loop().create_future()
        self._asked.append((key, answer))
        if self._task is None:
            self._task = asyncio.create_task(self._serve())
        return await answer

    async def _serve(self) -> None:
        try:
            while self._asked:
                group, self._asked = self._asked[:AT_ONCE], self._asked[AT_ONCE:]
                await self._answer(group)
        finally:
            self._task = None

    async def _answer(self, group: list[tuple[K, asyncio.Future[V]]]) -> None:
        try:
            found = await self._read([key for key, _ in group])
        except Exception as error:
            for _, answer in group:
                _fail(answer, error)
            return
        for key, answer in group:
            if key not in found:
                _fail(answer, KeyError(key))
            elif not answer.done():  # who has gone away has cancelled it
                answer.set_result(found[key])


def _fail(answer: "asyncio.Future[V]", error: Exception) -> None:
    if not answer.done():
        answer.set_exception(error)
