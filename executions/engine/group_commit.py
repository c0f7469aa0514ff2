"""Group commit: what many threads want written at the same time is written together."""

import threading
from collections.abc import Callable, Sequence
from typing import Final, Generic, TypeVar

T = TypeVar("T")

Outcomes = Sequence[BaseException | None]
"""For each item why it is not written, or None."""


class _Wish(Generic[T]):
    """One thread's item. The lock is held until something is known of it."""

    __slots__ = ("error", "item", "known", "leads")

    def __init__(self, item: T) -> None:
        self.item = item
        self.leads = False
        self.error: BaseException | None = None
        self.known = threading.Lock()
        self.known.acquire()


class GroupCommit(Generic[T]):
    """There is no thread of its own and no tick: whoever comes while nobody writes
    writes at once, what gathers meanwhile is the next group, and one of those who wait
    for it writes it."""

    def __init__(self, write: Callable[[list[T]], Outcomes], within_s: float) -> None:
        """`write` says of each item how it went; what it raises holds for all."""
        self._write: Final = write
        self._within_s: Final = within_s
        self._lock: Final = threading.Lock()
        self._waiting: list[_Wish[T]] = []
        self._is_led = False

    def store(self, item: T) -> None:
        """Return once it is written.

        Raises:
            TimeoutError: nobody knows whether it is.
            Exception: what `write` says of it.
        """
        wish = _Wish(item)
        if not self._leads_now(wish):
            self._wait(wish)
        if wish.leads:
            self._lead()
        if wish.error is not None:
            raise wish.error

    def _leads_now(self, wish: _Wish[T]) -> bool:
        with self._lock:
            self._waiting.append(wish)
            wish.leads = not self._is_led
            self._is_led = True
            return wish.leads

    def _wait(self, wish: _Wish[T]) -> None:
        if wish.known.acquire(timeout=self._within_s):
            return
        with self._lock:
            if wish.leads:  # chosen at this very moment
                return
            if wish in self._waiting:
                self._waiting.remove(wish)
        raise TimeoutError(f"not written within {self._within_s:g} s")

    def _lead(self) -> None:
        with self._lock:
            group, self._waiting = self._waiting, []
        try:
            outcomes = self._write([wish.item for wish in group])
            for wish, error in zip(group, outcomes, strict=True):
                wish.error = error
        except BaseException as error:
            for wish in group:
                wish.error = error
            raise
        finally:
            self._hand_over()
            for wish in group:
                wish.known.release()

    def _hand_over(self) -> None:
        with self._lock:
            self._is_led = bool(self._waiting)
            if self._waiting:
                self._waiting[0].leads = True
                self._waiting[0].known.release()
