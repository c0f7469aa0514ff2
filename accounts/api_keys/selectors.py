"""Reads of API keys: one's own, and for owners of a workspace all of it."""

from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import Http404

from accounts.models import ApiKey, User
from accounts.rights.context import auth_of
from accounts.rights.standing import (
    check_right,
    is_site_admin,
    refuse_stranger,
    seats_of,
)
from accounts.rights.table import Standing, role_grants


def keys_of(user: User) -> QuerySet[ApiKey]:
    """Newest first."""
    seats, role = seats_of(user), auth_of(user).role
    ruled = [
        id_
        for id_, seat in seats.items()
        if role_grants(role, "member:update", Standing(seat))
    ]
    mine = Q(user=user, workspace__in=list(seats))
    found = ApiKey.objects.filter(mine | Q(workspace__in=ruled))
    return found.select_related("workspace").order_by("-id")


def key_get(user: User, id: UUID, right: str = "key:read") -> ApiKey:
    """
    Raises:
        Http404: there is none, or it is not the user's and not of a workspace he owns.
        PermissionDenied: he may not do this to keys there.
    """
    within = ApiKey.objects.all() if is_site_admin(user) else keys_of(user)
    found = within.filter(id=id).first()
    if found is None:
        if ApiKey.objects.filter(id=id).exists():
            refuse_stranger(user, right, id)
        raise Http404
    check_right(user, right, found.workspace_id)
    return found
