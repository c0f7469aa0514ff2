"""Reads of accounts: which workspaces are whose."""

from django.db.models import QuerySet

from accounts.models import User, Workspace
from accounts.services import workspace_ensure

_KEPT = "_default_workspace"


def workspaces_of(user: User) -> QuerySet[Workspace]:
    return Workspace.objects.filter(members=user)


def default_workspace(user: User) -> Workspace:
    """Where the user works unless another is named: the first that was joined.

    Kept on the user object, hence for one request. Who was not registered by our own
    service (`createsuperuser`, the admin) gets the workspace on first need.
    """
    kept = user.__dict__.get(_KEPT)
    if isinstance(kept, Workspace):
        return kept
    workspace = _first_joined(user) or workspace_ensure(user)
    user.__dict__[_KEPT] = workspace
    return workspace


def _first_joined(user: User) -> Workspace | None:
    return workspaces_of(user).order_by("workspacemember__id").first()
