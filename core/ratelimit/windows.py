"""Windows that move: at most so many in any stretch of time, to the last one."""

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from threading import Lock
from typing import Final, Protocol

_SWEEP_EVERY: Final = 10_000


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `amount` in any `seconds`."""

    amount: int
    seconds: float

    def halved(self) -> "Rate":
        return replace(self, amount=max(min(1, self.amount), self.amount // 2))


@dataclass(frozen=True, slots=True)
class Ask:
    """`key` says who, and what for."""

    key: str
    rate: Rate


@dataclass(frozen=True, slots=True)
class Verdict:
    """Of the tightest of the windows that were asked; `seconds` until it is wider."""

    allowed: bool
    rate: Rate
    remaining: int
    seconds: float


class Windows(Protocol):
    def hit(self, asks: Sequence[Ask]) -> Verdict:
        """One more in each of the windows, if all have room; else in none."""
        ...

    def clear(self, keys: Sequence[str]) -> None: ...


class MemoryWindows:
    """Those of one process. Costs a few microseconds and, for each key, eight bytes
    for each time that still counts."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._times: dict[str, tuple[deque[float], float]] = {}
        self._until_sweep = _SWEEP_EVERY

    def hit(self, asks: Sequence[Ask]) -> Verdict:
        with self._lock:
            now = self._clock()
            self._sweep(now)
            windows = [self._window(ask, now) for ask in asks]
            allowed = all(
                len(window) < ask.rate.amount
                for window, ask in zip(windows, asks, strict=True)
            )
            if allowed:
                for window in windows:
                    window.append(now)
            found = [
                verdict(ask.rate, len(window), window[0] if window else now, now)
                for window, ask in zip(windows, asks, strict=True)
            ]
        return tightest(found, allowed)

    def clear(self, keys: Sequence[str]) -> None:
        with self._lock:
            for key in keys:
                self._times.pop(key, None)

    def clear_all(self) -> None:
        with self._lock:
            self._times.clear()

    def _window(self, ask: Ask, now: float) -> deque[float]:
        kept = self._times.get(ask.key)
        if kept is None:
            kept = self._times[ask.key] = (deque(), ask.rate.seconds)
        times = kept[0]
        while times and times[0] <= now - ask.rate.seconds:
            times.popleft()
        return times

    def _sweep(self, now: float) -> None:
        """Strangers make up keys, so those that are over must go."""
        self._until_sweep -= 1
        if self._until_sweep:
            return
        self._until_sweep = _SWEEP_EVERY
        over = [
            key
            for key, (times, seconds) in self._times.items()
            if not times or times[-1] <= now - seconds
        ]
        for key in over:
            del self._times[key]


def verdict(rate: Rate, count: int, oldest: float, now: float) -> Verdict:
    remaining = max(0, rate.amount - count)
    return Verdict(count < rate.amount, rate, remaining, oldest + rate.seconds - now)


def tightest(found: Sequence[Verdict], allowed: bool) -> Verdict:
    """The one with the least room; refused, the one that takes longest to open."""
    if allowed:
        return replace(min(found, key=lambda each: each.remaining), allowed=True)
    full = [each for each in found if not each.allowed]
    return max(full, key=lambda each: each.seconds)
