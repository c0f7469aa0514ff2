"""Reads of workspaces, each for somebody: what is not his is not there."""

from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404

from accounts.models import Invitation, User, Workspace, WorkspaceMember
from accounts.rights.standing import check_right, seats_of


def workspaces_for(user: User) -> QuerySet[Workspace]:
    """Those that the user belongs to, newest first."""
    return Workspace.objects.filter(id__in=list(seats_of(user))).order_by("-id")


def workspace_get(user: User, id: UUID, right: str = "workspace:read") -> Workspace:
    """
    Raises:
        Http404: there is none, or it is not there for the user.
        PermissionDenied: it is, and he may not do this.
    """
    found = Workspace.objects.filter(id=id, deleted_at__isnull=True).first()
    if found is None:
        raise Http404
    check_right(user, right, id)
    return found


def members_of(workspace: Workspace) -> QuerySet[WorkspaceMember]:
    """Newest first."""
    members = WorkspaceMember.objects.filter(workspace=workspace)
    return members.select_related("user").order_by("-id")


def member_get(workspace: Workspace, user_id: UUID) -> WorkspaceMember:
    """
    Raises:
        Http404: no such person belongs to it.
    """
    found = members_of(workspace).filter(user=user_id).first()
    if found is None:
        raise Http404
    return found


def invitations_of(workspace: Workspace) -> QuerySet[Invitation]:
    """Newest first, those that have ended included."""
    return Invitation.objects.filter(workspace=workspace).order_by("-id")


def invitation_get(workspace: Workspace, id: UUID) -> Invitation:
    """
    Raises:
        Http404: the workspace has no such invitation.
    """
    found = invitations_of(workspace).filter(id=id).first()
    if found is None:
        raise Http404
    return found


def joined_by(user: User) -> QuerySet[Workspace]:
    """All that the user belongs to, whichever he works in now, by name."""
    return Workspace.objects.filter(workspacemember__user=user).order_by("name", "id")


def joined_get(user: User, id: UUID) -> Workspace:
    """
    Raises:
        Http404: he does not belong to it.
    """
    found = joined_by(user).filter(id=id).first()
    if found is None:
        raise Http404
    return found
