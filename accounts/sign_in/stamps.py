"""A mark that changes when what somebody signed in with is good no longer."""

from typing import Final
from uuid import UUID

from django.utils.crypto import constant_time_compare

from accounts.models import User
from core.compiled import Compiled

_USER: Final = Compiled(lambda id: User.objects.filter(id=id), arguments=1)


def stamp_of(user: User) -> str:
    """Changes with the password. Tells nothing of it without the key of the site."""
    return user.get_session_auth_hash()


def stamp_now(user_id: UUID) -> str | None:
    """None: the account is gone or switched off."""
    user = _USER.first(user_id)
    return stamp_of(user) if user is not None and user.is_active else None


def still_holds(user_id: UUID, stamp: str) -> bool:
    current = stamp_now(user_id)
    return current is not None and constant_time_compare(current, stamp)
