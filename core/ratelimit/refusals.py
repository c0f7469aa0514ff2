"""What somebody is told who does something too often."""

import math

from django.conf import settings
from django.http.response import HttpResponseBase

from core.http import Problem
from core.ratelimit.limiter import limiter
from core.ratelimit.rates import Rates
from core.ratelimit.windows import Ask, Rate, Verdict


class Limited(Problem):
    """429 with the time to wait."""

    def __init__(self, verdict: Verdict) -> None:
        rate, seconds = verdict.rate, whole(verdict.seconds)
        detail = (
            f"That is more than {rate.amount} in {rate.seconds:g} seconds. "
            f"Try again in {seconds} s."
        )
        super().__init__(
            429,
            "Too many requests",
            detail,
            code="rate-limited",
            headers={"Retry-After": str(seconds), **rate_headers(verdict)},
        )


def whole(seconds: float) -> int:
    return max(1, math.ceil(seconds))


def rate_headers(verdict: Verdict) -> dict[str, str]:
    return {
        "RateLimit-Limit": str(verdict.rate.amount),
        "RateLimit-Remaining": str(verdict.remaining),
        "RateLimit-Reset": str(whole(verdict.seconds)),
    }


def add_rate_headers(response: HttpResponseBase, verdict: Verdict) -> None:
    for name, value in rate_headers(verdict).items():
        response.headers.setdefault(name, value)


def rates() -> Rates:
    found: Rates = settings.RATES
    return found


def count(key: str, rate: Rate | None) -> Verdict | None:
    """One more of `key`; None where there is no limit.

    Raises:
        Limited: there were too many.
    """
    if rate is None:
        return None
    verdict = limiter().hit([Ask(key, rate)])
    if not verdict.allowed:
        raise Limited(verdict)
    return verdict
