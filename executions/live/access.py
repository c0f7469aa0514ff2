"""Who is behind a websocket."""

from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest
from django.http.request import validate_host

from accounts.authentication import UNREADABLE, BearerAuthentication
from accounts.models import User
from accounts.rights.context import AuthContext, auth_of
from accounts.tickets import ticket_redeem

Headers = Mapping[bytes, bytes]


def origin_allowed(headers: Headers) -> bool:
    """A page of another site may not open our sockets. Programs send no Origin, and no
    session cookie either: a cookie alone does not tell whose page sent it."""
    origin = headers.get(b"origin")
    if origin is None:
        return _session_key(headers) is None
    try:
        host = urlsplit(origin.decode("latin-1")).hostname
    except ValueError:
        return False
    return host is not None and validate_host(host, settings.ALLOWED_HOSTS)


def context_of_session(headers: Headers) -> AuthContext | None:
    """Who is behind the session cookie; only of a request whose Origin was checked."""
    if b"origin" not in headers:
        return None
    key = _session_key(headers)
    if key is None:
        return None
    request = HttpRequest()
    engine = import_module(settings.SESSION_ENGINE)
    request.session = engine.SessionStore(key)
    user = get_user(request)
    return auth_of(user) if isinstance(user, User) else None


def _session_key(headers: Headers) -> str | None:
    cookies = headers.get(b"cookie", b"").decode("latin-1")
    try:
        morsel = SimpleCookie(cookies).get(settings.SESSION_COOKIE_NAME)
    except CookieError:
        return None
    # PostgreSQL cannot hold NUL in text, so no such value may reach a query.
    return None if morsel is None or "\0" in morsel.value else morsel.value


def context_of_frame(frame: Mapping[str, Any]) -> AuthContext | None:
    """Who is behind the ticket or the token in an `auth` frame."""
    ticket, token = frame.get("ticket"), frame.get("token")
    if isinstance(ticket, str):
        return ticket_redeem(ticket)
    if isinstance(token, str):
        try:
            bearer = BearerAuthentication()
            user = bearer.get_user(bearer.get_validated_token(token.encode()))
            return AuthContext(user.pk, user.role, "jwt")
        except UNREADABLE:
            return None
    return None
