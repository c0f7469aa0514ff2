"""Who calls: the address behind our proxies, whether it may, and how often."""

from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.addresses import address_rules
from core.http import ProblemResponse
from core.ratelimit import Ask, Verdict, limiter
from core.ratelimit.addresses import client_address, one_client
from core.ratelimit.refusals import Limited, add_rate_headers, rates

UNCOUNTED: Final = ("/static/", "/livez", "/readyz", "/metrics")
NOT_FROM_HERE = "Your network may not use this site. Ask whoever runs it."


class ClientMiddleware:
    """Sets `REMOTE_ADDR` to the client's address, for all that comes after."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        address = client_address(request.META, settings.TRUSTED_PROXY_COUNT)
        request.META["REMOTE_ADDR"] = address
        if not address_rules().allows(address):
            return ProblemResponse(403, NOT_FROM_HERE, code="address-denied")
        verdict = _counted(request, address)
        if verdict is not None and not verdict.allowed:
            return _answer(request, Limited(verdict))
        response = self._get_response(request)
        closer = getattr(request, "rate_verdict", None) or verdict
        if closer is not None:
            add_rate_headers(response, closer)
        return response

    def process_exception(
        self, request: HttpRequest, error: Exception
    ) -> HttpResponse | None:
        """For pages; what the API raises it answers itself."""
        return _answer(request, error) if isinstance(error, Limited) else None


def _counted(request: HttpRequest, address: str) -> Verdict | None:
    rate = rates().address
    if rate is None or request.path_info.startswith(UNCOUNTED):
        return None
    ask = Ask(f"address:{one_client(address)}", rate)
    # Who shows papers is counted by name once they are checked, and only roughly here,
    # so that a call asks Redis once.
    if _shows_papers(request):
        return limiter().local.hit([ask])
    return limiter().hit([ask])


def _shows_papers(request: HttpRequest) -> bool:
    return (
        "HTTP_AUTHORIZATION" in request.META
        or settings.SESSION_COOKIE_NAME in request.COOKIES
    )


def _answer(request: HttpRequest, refusal: Limited) -> HttpResponse:
    if _wants_page(request):
        page = render(
            request, "errors/429.html", {"detail": refusal.detail}, status=429
        )
        for name, value in refusal.headers.items():
            page[name] = value
        return page
    return ProblemResponse(
        refusal.status_code,
        str(refusal.detail),
        title=refusal.title,
        code=refusal.code,
        headers=refusal.headers,
    )


def _wants_page(request: HttpRequest) -> bool:
    """Of what a browser sends only navigation asks for HTML first."""
    asks_html = request.headers.get("Accept", "").startswith("text/html")
    return asks_html and not request.path_info.startswith("/api/")
