"""Reads of credentials, each for somebody: what is not theirs is not there."""

from uuid import UUID

from django.db.models import QuerySet

from accounts.models import Credential, User
from accounts.rights.standing import get_for, in_workspaces


def credentials_of(user: User, provider: str | None = None) -> QuerySet[Credential]:
    """Newest first."""
    found = in_workspaces(user, "credential:read", Credential.objects.all())
    if provider is not None:
        found = found.filter(provider=provider)
    return found.order_by("-id")


def credential_get(user: User, id: UUID, right: str = "credential:read") -> Credential:
    """
    Raises:
        Http404: there is none, or the user cannot read it.
        PermissionDenied: the user can read it and may not do this.
    """
    return get_for(user, right, Credential.objects.all(), id)
