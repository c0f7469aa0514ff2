"""Reads of accounts: which workspaces are whose."""

from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404

from accounts.models import User, Workspace
from accounts.rights.context import auth_of, is_of_request
from accounts.rights.standing import (
    check_right,
    forget_seats,
    is_site_admin,
    refuse_stranger,
    seat_in,
)
from accounts.services import workspace_ensure

_KEPT = "_default_workspace"


def workspaces_of(user: User) -> QuerySet[Workspace]:
    return Workspace.objects.filter(members=user)


def default_workspace(user: User) -> Workspace:
    """Where the user works: the workspace he named or his key is of, else the first
    that he joined.

    Kept on the user object for one request. Who was not registered by our own service
    (`createsuperuser`, the admin) gets the workspace on first need.

    Raises:
        Http404: the workspace that was named is not there for him.
    """
    kept = user.__dict__.get(_KEPT)
    if isinstance(kept, Workspace):
        return kept
    workspace = _named(user, auth_of(user).workspace_id)
    if is_of_request(user):
        user.__dict__[_KEPT] = workspace
    return workspace


def workspace_for(user: User, right: str) -> Workspace:
    """The same, for doing in it what the right names.

    Raises:
        Http404, PermissionDenied: the user may not do this there.
    """
    workspace = default_workspace(user)
    check_right(user, right, workspace.pk)
    return workspace


def _named(user: User, id: UUID | None) -> Workspace:
    if id is not None:
        if seat_in(user, id).is_stranger and not is_site_admin(user):
            refuse_stranger(user, "workspace:read", id)
        named = Workspace.objects.filter(id=id, deleted_at__isnull=True).first()
        if named is None:
            raise Http404
        return named
    found = _first_joined(user)
    if found is None:
        forget_seats(user)
        found = workspace_ensure(user)
    return found


def _first_joined(user: User) -> Workspace | None:
    return workspaces_of(user).order_by("workspacemember__id").first()
