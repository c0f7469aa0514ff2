"""Where to tell of a fault in security: /.well-known/security.txt (RFC 9116)."""

from datetime import timedelta
from typing import Final

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone

GOOD_FOR: Final = timedelta(days=180)
"""Less than a year, as the standard wants it; it is made anew each time."""


def security_txt(request: HttpRequest) -> HttpResponse:
    """404 until whoever runs the site says where (SECURITY_CONTACT)."""
    if not settings.SECURITY_CONTACT:
        raise Http404
    until = (timezone.now() + GOOD_FOR).isoformat(timespec="seconds")
    lines = (
        f"Contact: {settings.SECURITY_CONTACT}",
        f"Expires: {until}",
        "Preferred-Languages: en",
    )
    text = "".join(f"{line}\n" for line in lines)
    return HttpResponse(text, content_type="text/plain; charset=utf-8")
