"""Deeds that Django tells of: sign-ins, sign-outs, and what is done in the admin."""

from typing import Any, Final

from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.auth.signals import (
    user_logged_in,
    user_logged_out,
    user_login_failed,
)
from django.db.models.signals import post_save

from accounts.audit.records import Deed, record
from accounts.models import User
from core.keys import blind_index

_VERBS: Final = {ADDITION: "added", CHANGE: "changed", DELETION: "deleted"}


def connect() -> None:
    user_logged_in.connect(_signed_in)
    user_logged_out.connect(_signed_out)
    user_login_failed.connect(_refused)
    post_save.connect(_done_in_admin, sender=LogEntry)


def signed_in(user: User, method: str) -> None:
    """For ways in that Django does not know of."""
    record(_of_user("user.signed_in", user, method=method))


def _signed_in(user: User, **kwargs: Any) -> None:
    signed_in(user, "session")


def _signed_out(user: User | None, **kwargs: Any) -> None:
    if user is not None:
        record(_of_user("user.signed_out", user))


def _refused(credentials: dict[str, Any], **kwargs: Any) -> None:
    """The address is not kept: whoever mistypes may have typed a password."""
    address = str(credentials.get("username", ""))
    meant = User.objects.filter(email_index=blind_index(address)).first()
    if meant is None:
        record(Deed(action="user.sign_in_refused", detail={"known": False}))
    else:
        record(_of_user("user.sign_in_refused", meant, known=True))


def _of_user(action: str, user: User, **detail: Any) -> Deed:
    return Deed(
        action=action, user_id=user.pk, subject=f"user:{user.pk}", detail=detail
    )


def _done_in_admin(instance: LogEntry, created: bool, **kwargs: Any) -> None:
    if not created:
        return
    kind = instance.content_type
    record(
        Deed(
            action=f"admin.{_VERBS.get(instance.action_flag, 'done')}",
            user_id=instance.user_id,
            subject=f"{kind.model if kind else 'object'}:{instance.object_id}",
            detail={"change": instance.change_message},
        )
    )
