"""The end of a workspace: at once for everybody, a little later for what is stored.

The row and what hangs on it stay until all has been cleared away; nobody belongs to it
any more, nothing in it starts, and its data key is gone, so what is left of it, here or
in a backup of the other tables, can no longer be read.
"""

from uuid import UUID

from django.db import transaction
from django.db.models import Model
from django.db.models.functions import Now

from accounts.audit.records import Deed, record
from accounts.models import (
    ApiKey,
    Credential,
    DataKey,
    Invitation,
    Share,
    User,
    Workspace,
    WorkspaceMember,
)
from accounts.rights.standing import forget_seats
from accounts.workspaces.signals import workspace_ends
from core.http import Problem
from core.keys import keyring


@transaction.atomic
def workspace_delete(*, user: User, workspace: Workspace) -> None:
    """
    Raises:
        Problem: 409, the user has no other one, or runs of it are under way.
    """
    _check_not_last(user, workspace)
    # Whoever adds something to the workspace waits for this lock, and comes too late.
    Workspace.objects.select_for_update().get(pk=workspace.pk)
    workspace_ends.send(sender=Workspace, workspace_id=workspace.pk)
    _shut(workspace.pk)
    _note(user, workspace)
    forget_seats(user)
    transaction.on_commit(keyring().forget)


def _check_not_last(user: User, workspace: Workspace) -> None:
    # Locked, so that of two deletions at once one finds that it is about the last.
    mine = WorkspaceMember.objects.filter(user=user).select_for_update()
    if {row.workspace_id for row in mine} == {workspace.pk}:
        text = "This is your only workspace. Make or join another one first."
        raise Problem(409, "The last workspace", text, code="last-workspace")


def _shut(workspace_id: UUID) -> None:
    for model in _opening():
        # Only ids are read: what is sealed may not open, and is of no use.
        model._default_manager.filter(workspace=workspace_id).only("id").delete()
    Workspace.objects.filter(pk=workspace_id).update(deleted_at=Now())


def _opening() -> list[type[Model]]:
    """What lets people and programs in, and the keys. Shares lie in apps above."""
    own = (WorkspaceMember, Invitation, ApiKey, Credential, DataKey)
    return [*own, *Share.__subclasses__()]


def _note(user: User, workspace: Workspace) -> None:
    record(
        Deed(
            action="workspace.deleted",
            user_id=user.pk,
            workspace_id=workspace.pk,
            subject=f"workspace:{workspace.pk}",
            detail={"name": workspace.name},
        )
    )
