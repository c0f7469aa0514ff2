"""Who stays connected: whether what let him in still holds."""

from dataclasses import replace

from accounts.api_keys.check import context_now
from accounts.models import User
from accounts.rights.context import AuthContext, signed_in_as


def user_now(context: AuthContext) -> User | None:
    """The user as he is by now; None once his account or key does not let him in."""
    user = User.objects.filter(id=context.user_id, is_active=True).first()
    if user is None:
        return None
    now: AuthContext | None = replace(context, role=user.role)
    if context.api_key_id is not None:
        now = context_now(context.api_key_id)
    if now is None:
        return None
    signed_in_as(user, now)
    return user
