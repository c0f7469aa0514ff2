"""How many things of one kind somebody holds at once, over all processes."""

import logging
import time
from functools import cache
from threading import Lock
from typing import Any, Final, Protocol, cast

from django.conf import settings
from redis import Redis, RedisError

logger = logging.getLogger(__name__)

HELD_FOR_S: Final = 90.0
"""A seat that nobody renews is free again: its process is gone."""
_PREFIX: Final = "seats:"
_TIMEOUT_S: Final = 0.25
_ASK_AGAIN_S: Final = 5.0
_ANY_NUMBER: Final = 1_000_000

_SCRIPT: Final = """
local told = redis.call('TIME')
local now = told[1] * 1000 + math.floor(told[2] / 1000)
local most, held_for = tonumber(ARGV[2]), tonumber(ARGV[3])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if not redis.call('ZSCORE', KEYS[1], ARGV[1]) then
  if redis.call('ZCARD', KEYS[1]) >= most then return 0 end
end
redis.call('ZADD', KEYS[1], now + held_for, ARGV[1])
redis.call('PEXPIRE', KEYS[1], held_for)
return 1
"""


class SeatStore(Protocol):
    def take(self, who: str, id: str, most: int) -> bool:
        """Whether the seat is his now, or was already."""
        ...

    def leave(self, who: str, id: str) -> None: ...


class MemorySeats:
    """Those of one process, which are given back even if something breaks."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._held: dict[str, set[str]] = {}

    def take(self, who: str, id: str, most: int) -> bool:
        with self._lock:
            held = self._held.setdefault(who, set())
            if id not in held and len(held) >= most:
                return False
            held.add(id)
            return True

    def leave(self, who: str, id: str) -> None:
        with self._lock:
            held = self._held.get(who, set())
            held.discard(id)
            if not held:
                self._held.pop(who, None)


class SharedSeats:
    """Those of all processes, in Redis. Raises `RedisError` while it is away."""

    def __init__(self, url: str, held_for_s: float = HELD_FOR_S) -> None:
        self._client = Redis.from_url(
            url, socket_timeout=_TIMEOUT_S, socket_connect_timeout=_TIMEOUT_S
        )
        self._script = self._client.register_script(_SCRIPT)
        self._held_for_ms = int(held_for_s * 1000)

    def take(self, who: str, id: str, most: int) -> bool:
        arguments: list[str | int] = [id, most, self._held_for_ms]
        return bool(cast(Any, self._script(keys=[_PREFIX + who], args=arguments)))

    def leave(self, who: str, id: str) -> None:
        self._client.zrem(_PREFIX + who, id)


class Seats:
    """Counts where all processes see it. While that cannot be asked, each process
    counts for itself."""

    def __init__(self, shared: SeatStore | None = None) -> None:
        self._shared = shared
        self._away_until = 0.0
        self._local = MemorySeats()

    def take(self, who: str, id: str, most: int) -> bool:
        if not self._local.take(who, id, most):
            return False
        if self._take_of_all(who, id, most):
            return True
        self._local.leave(who, id)
        return False

    def renew(self, who: str, id: str) -> None:
        """Holds the seat for longer, where others would take it for free."""
        self._take_of_all(who, id, _ANY_NUMBER)

    def leave(self, who: str, id: str) -> None:
        self._local.leave(who, id)
        if self._shared is None or self._is_away():
            return
        try:
            self._shared.leave(who, id)
        except RedisError:
            self._goes_away()

    def _take_of_all(self, who: str, id: str, most: int) -> bool:
        if self._shared is None or self._is_away():
            return True
        try:
            return self._shared.take(who, id, most)
        except RedisError:
            self._goes_away()
            return True

    def _is_away(self) -> bool:
        return time.monotonic() < self._away_until

    def _goes_away(self) -> None:
        self._away_until = time.monotonic() + _ASK_AGAIN_S
        logger.warning("seats: Redis does not answer, counting here alone")


@cache
def seats() -> Seats:
    """Those of this process."""
    url = settings.RATE_LIMITS_REDIS
    return Seats(SharedSeats(url) if url else None)
