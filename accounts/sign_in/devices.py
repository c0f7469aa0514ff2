"""Browsers that somebody signed in with before. When strangers try a lot of passwords,
the owner still gets in from one of these without further proof."""

from typing import Final

from django.conf import settings
from django.core import signing
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.crypto import constant_time_compare

from accounts.models import User
from accounts.sign_in.stamps import stamp_of

LIFETIME_S: Final = 180 * 24 * 3600
_SALT: Final = "accounts.known-device"


def cookie_name() -> str:
    return "__Host-device" if settings.SESSION_COOKIE_SECURE else "device"


def is_known(request: HttpRequest, user: User) -> bool:
    """The user signed in here with the password that he has now."""
    text = request.COOKIES.get(cookie_name(), "")
    try:
        kept = signing.loads(text, salt=_SALT, max_age=LIFETIME_S)
    except signing.BadSignature:
        return False
    is_his = isinstance(kept, dict) and kept.get("user") == str(user.pk)
    return is_his and constant_time_compare(kept["stamp"], stamp_of(user))


def remember(response: HttpResponseBase, user: User) -> None:
    kept = {"user": str(user.pk), "stamp": stamp_of(user)}
    response.set_cookie(
        cookie_name(),
        signing.dumps(kept, salt=_SALT),
        max_age=LIFETIME_S,
        secure=bool(settings.SESSION_COOKIE_SECURE),
        httponly=True,
        samesite="Lax",
    )
