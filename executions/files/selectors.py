"""Reads of files, each for somebody: what is not his is not there."""

from uuid import UUID

from django.db.models import QuerySet

from accounts.models import User
from accounts.rights.standing import get_for, in_workspaces
from executions.models import StoredFile


def file_list(user: User, execution: UUID | None = None) -> QuerySet[StoredFile]:
    found = in_workspaces(user, "file:read", whole_files())
    return found if execution is None else found.filter(execution_id=execution)


def file_get(user: User, id: UUID, right: str = "file:read") -> StoredFile:
    """
    Raises:
        Http404: there is none, or the user cannot read it.
        PermissionDenied: the user can read it and may not do this.
    """
    return get_for(user, right, whole_files(), id)


def whole_files() -> QuerySet[StoredFile]:
    """Those whose content is there."""
    return StoredFile.objects.exclude(sha256="")
