"""Shares of single things: the same for whatever can be shared.

Whether the user may share the thing is told where it is fetched.
"""

from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone

from accounts.audit.records import Deed, record
from accounts.models import Share, User, WorkspaceMember
from accounts.people import person_at, wrong

S = TypeVar("S", bound=Share)


@transaction.atomic
def share_create(
    shares: type[S],
    *,
    user: User,
    of: Any,
    email: str,
    level: str,
    expires_at: datetime | None = None,
) -> S:
    """Let the person with this address at `of`, which has a workspace. Who has a share
    of it already gets this one in its place.

    Raises:
        Problem: 400, there is no such person, he is a member anyway, or it has ended
            before it began.
    """
    person = person_at(email)
    _check(person, of, expires_at)
    share, _ = shares._default_manager.update_or_create(
        **{_name_of(shares): of},
        user=person,
        defaults={
            "workspace_id": of.workspace_id,
            "level": level,
            "expires_at": expires_at,
            "shared_by": user,
        },
    )
    _note("share.created", user, share, level=level)
    return share


@transaction.atomic
def share_end(*, user: User, share: Share) -> None:
    _note("share.ended", user, share)
    share.delete()


def shares_of(shares: type[S], of: Any) -> QuerySet[S]:
    """Newest first, those that have ended included."""
    found = shares._default_manager.filter(**{_name_of(shares): of})
    return found.select_related("user").order_by("-id")


def share_get(shares: type[S], of: Any, id: UUID) -> S:
    """
    Raises:
        Http404: it is no share of this thing.
    """
    found = shares_of(shares, of).filter(id=id).first()
    if found is None:
        raise Http404
    return found


def _check(person: User, of: Any, expires_at: datetime | None) -> None:
    if expires_at is not None and expires_at <= timezone.now():
        raise wrong("expires_at", "This time is over. Choose a later one.", "past")
    is_member = WorkspaceMember.objects.filter(
        workspace=of.workspace_id, user=person
    ).exists()
    if is_member:
        text = "This person belongs to the workspace. Change the role there instead."
        raise wrong("email", text, "is_member")


def _name_of(shares: type[Share]) -> str:
    """What the thing is called: the one foreign key of its own."""
    own = {field.name for field in Share._meta.get_fields()}
    (name,) = (f.name for f in shares._meta.concrete_fields if f.name not in own)
    return str(name)


def _note(action: str, user: User, share: Share, **detail: Any) -> None:
    name = _name_of(type(share))
    record(
        Deed(
            action=action,
            user_id=user.pk,
            workspace_id=share.workspace_id,
            subject=f"{name}:{getattr(share, f'{name}_id')}",
            detail={"with": str(share.user_id), **detail},
        )
    )
