"""The limiter of this process, and what holds while Redis is away."""

import logging
import time
from collections.abc import Sequence
from functools import cache
from typing import Final

from django.conf import settings
from redis import RedisError

from core.ratelimit.shared import SharedWindows
from core.ratelimit.windows import Ask, MemoryWindows, Rate, Verdict, Windows

logger = logging.getLogger(__name__)

_ASK_AGAIN_S: Final = 5.0
_NO_ROOM: Final = Ask("no-room", Rate(0, 0.001))


class Limiter:
    """Counts where all processes see it. While that cannot be asked, each process
    counts for itself, and lets half as many through."""

    def __init__(self, shared: Windows | None = None) -> None:
        self._shared = shared
        self._away_until = 0.0
        self.local = MemoryWindows()

    def hit(self, asks: Sequence[Ask]) -> Verdict:
        """One more of each, if all windows have room; else of none."""
        if self._shared is None:
            return self.local.hit(asks)
        if time.monotonic() >= self._away_until:
            try:
                return self._shared.hit(asks)
            except RedisError:
                self._is_away()
        return self.local.hit([Ask(ask.key, ask.rate.halved()) for ask in asks])

    def is_full(self, ask: Ask) -> bool:
        """Whether one more would be too many; it is not counted."""
        # A window without room refuses the lot, and the other tells if it would, too.
        return self.hit([ask, _NO_ROOM]).rate != _NO_ROOM.rate

    def clear(self, *keys: str) -> None:
        self.local.clear(keys)
        if self._shared is None or time.monotonic() < self._away_until:
            return
        try:
            self._shared.clear(keys)
        except RedisError:
            self._is_away()

    def _is_away(self) -> None:
        # Each question would take its time-out: ask seldom until there is an answer.
        self._away_until = time.monotonic() + _ASK_AGAIN_S
        logger.warning("rate limits: Redis does not answer, counting here at half rate")


@cache
def limiter() -> Limiter:
    """The one of this process."""
    url = settings.RATE_LIMITS_REDIS
    return Limiter(SharedWindows(url) if url else None)
