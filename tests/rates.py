"""Limits on requests that begin anew."""

from django.conf import settings
from redis import Redis

from core.ratelimit.limiter import limiter


def forget_rates() -> None:
    """As if nobody had asked for anything yet, here and where all processes see it."""
    limiter().local.clear_all()
    if settings.RATE_LIMITS_REDIS:
        with Redis.from_url(settings.RATE_LIMITS_REDIS) as redis:
            for key in redis.scan_iter("rate:*", count=1000):
                redis.delete(key)
