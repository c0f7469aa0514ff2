"""Tickets for websockets: good once and briefly, so they may pass through a frame."""

from hashlib import sha256
from secrets import token_urlsafe
from typing import Final
from uuid import UUID

from django.core.cache import cache

from accounts.models import User

LIFETIME_S: Final = 30


def ticket_issue(user: User) -> str:
    ticket = token_urlsafe(32)
    cache.set(_key(ticket), str(user.pk), LIFETIME_S)
    return ticket


def ticket_redeem(ticket: str) -> UUID | None:
    """The id of the user it was issued to; None if it is unknown, used or too old."""
    key = _key(ticket)
    user_id = cache.get(key)
    # Only one of any number of processes is told that it did the deletion.
    if user_id is None or not cache.delete(key):
        return None
    return UUID(user_id)


def _key(ticket: str) -> str:
    # A guess from outside may hold what UTF-8 cannot; it is to be wrong, not an error.
    return f"ws-ticket:{sha256(ticket.encode(errors='replace')).hexdigest()}"
