"""The outermost layer: headers on every answer, and no NUL character past it."""

from collections.abc import Awaitable, Callable
from secrets import token_urlsafe
from typing import Any, ClassVar, Final, TypeVar

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from core.http import ProblemResponse

POLICY: Final = "Content-Security-Policy"
_BEFORE: Final = "default-src 'self'; script-src 'self'"
_AFTER: Final = (
    "; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
CONTENT_SECURITY_POLICY: Final = _BEFORE + _AFTER
HEADERS: Final = {
    POLICY: CONTENT_SECURITY_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-XSS-Protection": "1; mode=block",
}

GetResponse = Callable[[HttpRequest], Any]
Response = TypeVar("Response", bound=HttpResponseBase)


class Nonce:
    """Marks the scripts of one page as ours. It is made when the page asks for it."""

    def __init__(self) -> None:
        self._text = ""
        self.wants_trusted_types = True

    def __str__(self) -> str:
        self._text = self._text or token_urlsafe(_NONCE_BYTES)
        return self._text

    @property
    def policy(self) -> str:
        """On a page of ours only its own scripts run, and what they load. Pages that
        cannot mark theirs, as those of the admin, may load from this site. A page drawn
        by a library that writes markup of its own cannot have it typed."""
        if not self._text:
            return CONTENT_SECURITY_POLICY
        own = f"{_BEFORE} 'nonce-{self._text}' 'strict-dynamic'{_AFTER}"
        return f"{own}{_TYPED}" if self.wants_trusted_types else own


_NONCE_BYTES: Final = 16
_TYPED: Final = "; require-trusted-types-for 'script'"


class SecurityHeadersMiddleware:
    """Works in both worlds without a thread, since it stands around every request."""

    sync_capable: ClassVar = True
    async_capable: ClassVar = True

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response
        self._is_async = iscoroutinefunction(get_response)
        if self._is_async:
            markcoroutinefunction(self)

    def __call__(
        self, request: HttpRequest
    ) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        if self._is_async:
            return self._acall(request)
        nonce = request.csp_nonce = Nonce()  # type: ignore[attr-defined]
        response = _refusal(request) or self._get_response(request)
        response.headers.setdefault(POLICY, nonce.policy)
        return with_headers(response)

    async def _acall(self, request: HttpRequest) -> HttpResponseBase:
        nonce = request.csp_nonce = Nonce()  # type: ignore[attr-defined]
        response = _refusal(request) or await self._get_response(request)
        response.headers.setdefault(POLICY, nonce.policy)
        return with_headers(response)


def _refusal(request: HttpRequest) -> HttpResponse | None:
    """PostgreSQL cannot hold NUL in text, so no such value may reach a query."""
    query = request.META.get("QUERY_STRING", "")
    if "%00" in query or "\0" in query or "\0" in request.path_info:
        return ProblemResponse(400, "The address holds a NUL character. Remove it.")
    # A quoted cookie may hold one as \000, and a session is found by its cookie.
    if any("\0" in value for value in request.COOKIES.values()):
        return ProblemResponse(400, "A cookie holds a NUL character. Delete it.")
    return None


def with_headers(response: Response) -> Response:
    """Static files say themselves how long they keep; all else is for one person. What
    strangers sent says that it is given still less."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Cache-Control", "no-store")
    return response
