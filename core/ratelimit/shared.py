"""The windows of all processes, in Redis: one round trip, one atomic script."""

from collections.abc import Sequence
from typing import Any, Final, cast

from redis import Redis

from core.ratelimit.windows import Ask, Verdict, tightest, verdict

_PREFIX: Final = "rate:"
_TIMEOUT_S: Final = 0.25

# Each window is a list of times in microseconds, the oldest at its end.
_SCRIPT: Final = """
local told = redis.call('TIME')
local now = told[1] * 1000000 + told[2]
local allowed, found = 1, {}
for i, key in ipairs(KEYS) do
  local amount, span = tonumber(ARGV[i * 2 - 1]), tonumber(ARGV[i * 2])
  local oldest = redis.call('LINDEX', key, -1)
  while oldest and tonumber(oldest) <= now - span do
    redis.call('RPOP', key)
    oldest = redis.call('LINDEX', key, -1)
  end
  local count = redis.call('LLEN', key)
  if count >= amount then allowed = 0 end
  found[i] = {count, oldest and (tonumber(oldest) - now) or 0}
end
if allowed == 1 then
  for i, key in ipairs(KEYS) do
    redis.call('LPUSH', key, string.format('%.0f', now))
    redis.call('PEXPIRE', key, math.ceil(ARGV[i * 2] / 1000))
    found[i][1] = found[i][1] + 1
  end
end
return {allowed, found}
"""


class SharedWindows:
    """Raises `redis.RedisError` while Redis cannot be asked."""

    def __init__(self, url: str) -> None:
        client = Redis.from_url(
            url, socket_timeout=_TIMEOUT_S, socket_connect_timeout=_TIMEOUT_S
        )
        self._client = client
        self._script = client.register_script(_SCRIPT)

    def hit(self, asks: Sequence[Ask]) -> Verdict:
        numbers: list[float] = []
        for ask in asks:
            numbers += (ask.rate.amount, int(ask.rate.seconds * 1_000_000))
        keys = [_PREFIX + ask.key for ask in asks]
        allowed, found = cast(Any, self._script(keys=keys, args=numbers))
        verdicts = [
            verdict(ask.rate, count, age / 1_000_000, 0.0)
            for ask, (count, age) in zip(asks, found, strict=True)
        ]
        return tightest(verdicts, bool(allowed))

    def clear(self, keys: Sequence[str]) -> None:
        self._client.delete(*(_PREFIX + key for key in keys))
