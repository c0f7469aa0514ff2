"""Calls of the API, counted by who calls."""

from typing import Any, Final

from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from core.ratelimit.rates import Rates
from core.ratelimit.refusals import count, rates
from core.ratelimit.windows import Rate

STARTS: Final = "starts"
"""The `rate_scope` of views that start executions; they do not count as writes."""


class CallerRate(BaseThrottle):
    """By API key, else by user; strangers are counted by their address already."""

    def allow_request(self, request: Request, view: Any) -> bool:
        """
        Raises:
            Limited: the caller was here too often.
        """
        found = rates()
        if found.user is None:
            return True
        user_id, key_id = getattr(request.user, "pk", None), _key_id(request)
        if user_id is None:
            return True
        scope = _scope(request, view)
        who = f"key:{key_id}" if key_id else f"user:{user_id}"
        if scope == STARTS:
            who = f"user:{user_id}"
        rate = _rate(found, scope, is_key=bool(key_id))
        verdict = count(f"{scope}:{who}", rate)
        request._request.rate_verdict = verdict  # type: ignore[attr-defined]
        return True


def _key_id(request: Request) -> Any:
    return getattr(request.auth, "api_key_id", None)


def _scope(request: Request, view: Any) -> str:
    own = getattr(view, "rate_scope", None)
    if own is not None and request.method == "POST":
        return str(own)
    return "reads" if request.method in SAFE_METHODS else "writes"


def _rate(found: Rates, scope: str, *, is_key: bool) -> Rate | None:
    if scope == STARTS:
        return found.starts
    if scope == "reads":
        return found.key if is_key else found.user
    return found.key_writes if is_key else found.user_writes
