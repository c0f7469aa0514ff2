"""A loop on which time passes at once: days of waiting are a test of milliseconds."""

import asyncio
import selectors
from collections.abc import Coroutine
from concurrent.futures import Executor, Future
from typing import Any, TypeVar

STEP_S = 1e-6
T = TypeVar("T")


class _Selector(selectors.DefaultSelector):
    """Instead of waiting for a time it moves the clock there."""

    loop: "VirtualLoop"

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(0)
        if timeout is None and not ready:
            raise AssertionError("everybody waits and nothing will ever happen")
        if not ready and timeout is not None:
            # A little beyond, since a number of this size has no fine steps: a time
            # that is never quite reached would be waited for without end.
            self.loop.now += timeout + STEP_S
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """Nothing outside it may be waited for; `cpu_pool` works on the spot."""

    def __init__(self) -> None:
        selector = _Selector()
        selector.loop = self
        self.now = 1_700_000_000.0
        super().__init__(selector)
        self.cpu_pool = OnTheSpot()

    def time(self) -> float:
        return self.now


class OnTheSpot(Executor):
    def submit(self, call: Any, /, *arguments: Any, **named: Any) -> "Future[Any]":
        future: Future[Any] = Future()
        try:
            future.set_result(call(*arguments, **named))
        except Exception as error:
            future.set_exception(error)
        return future


def now() -> float:
    """The time on the running loop, in seconds since the epoch."""
    return asyncio.get_running_loop().time()


def in_no_time(work: Coroutine[Any, Any, T]) -> T:
    loop = VirtualLoop()
    try:
        return loop.run_until_complete(work)
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
