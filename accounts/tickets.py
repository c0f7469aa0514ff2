"""Tickets for websockets: good once and briefly, so they may pass through a frame."""

from hashlib import sha256
from secrets import token_urlsafe
from typing import Any, Final
from uuid import UUID

from django.core.cache import cache

from accounts.models import User
from accounts.rights.context import AuthContext, auth_of
from accounts.sign_in.stamps import stamp_of, still_holds

LIFETIME_S: Final = 30


def ticket_issue(user: User) -> str:
    """It opens what the caller's own key or token does, and no more."""
    ticket = token_urlsafe(32)
    kept = _written(auth_of(user)) | {"stamp": stamp_of(user)}
    cache.set(_key(ticket), kept, LIFETIME_S)
    return ticket


def ticket_redeem(ticket: str) -> AuthContext | None:
    """Who it was issued to; None if it is unknown, used or too old, or if he has been
    shut out or has another password since."""
    key = _key(ticket)
    kept = cache.get(key)
    # Only one of any number of processes is told that it did the deletion.
    if kept is None or not cache.delete(key):
        return None
    context = _read(kept)
    return context if still_holds(context.user_id, kept["stamp"]) else None


def _written(context: AuthContext) -> dict[str, Any]:
    """As JSON, which every kind of cache keeps."""
    scopes, place = context.permissions, context.workspace_id
    return {
        "user": str(context.user_id),
        "role": context.role,
        "method": context.method,
        "key": context.api_key_id and str(context.api_key_id),
        "permissions": None if scopes is None else sorted(scopes),
        "workspace": place and str(place),
    }


def _read(kept: dict[str, Any]) -> AuthContext:
    scopes = kept["permissions"]
    return AuthContext(
        user_id=UUID(kept["user"]),
        role=kept["role"],
        method=kept["method"],
        api_key_id=kept["key"] and UUID(kept["key"]),
        permissions=None if scopes is None else frozenset(scopes),
        workspace_id=kept["workspace"] and UUID(kept["workspace"]),
    )


def _key(ticket: str) -> str:
    # A guess from outside may hold what UTF-8 cannot; it is to be wrong, not an error.
    return f"ws-ticket:{sha256(ticket.encode(errors='replace')).hexdigest()}"
