"""Where the request comes from that this thread serves, for the audit log."""

from collections.abc import Callable
from contextvars import ContextVar
from typing import Final, NamedTuple

from django.http import HttpRequest, HttpResponse

IP_AT_MOST: Final = 45
USER_AGENT_AT_MOST: Final = 300


class Origin(NamedTuple):
    ip: str = ""
    user_agent: str = ""


_current: ContextVar[Origin] = ContextVar("origin", default=Origin())  # noqa: B039


def origin() -> Origin:
    """Empty where no request is served."""
    return _current.get()


def origin_of(request: HttpRequest) -> Origin:
    meta = request.META
    return Origin(
        str(meta.get("REMOTE_ADDR", ""))[:IP_AT_MOST],
        printable(str(meta.get("HTTP_USER_AGENT", "")), USER_AGENT_AT_MOST),
    )


def printable(text: str, at_most: int) -> str:
    """What any database can hold."""
    return "".join(c for c in text if c.isprintable())[:at_most]


class OriginMiddleware:
    """Remembers it while the request is served."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = _current.set(origin_of(request))
        try:
            return self._get_response(request)
        finally:
            _current.reset(token)
