"""Whether a key opens, for whom, and what with it may be done."""

from ipaddress import ip_address, ip_network
from typing import Any, Final
from uuid import UUID

from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from accounts.api_keys import usage
from accounts.api_keys.secret import PREFIX, digest_of
from accounts.models import ApiKey, User
from accounts.rights.context import AuthContext

_LONGEST: Final = 128


class KeyRefused(Exception):
    """There is no such key, or it is revoked, suspended, expired, of somebody shut out,
    or used from elsewhere."""


def is_key(text: str) -> bool:
    return text.startswith(PREFIX)


def key_opened(key: str, address: str) -> tuple[User, AuthContext]:
    """
    Raises:
        KeyRefused: it does not open.
    """
    if not is_key(key) or len(key) > _LONGEST:
        raise KeyRefused
    row = living_keys().filter(digest=digest_of(key)).select_related("user").first()
    if row is None or not may_come_from(row.allowed_addresses, address):
        raise KeyRefused
    usage.count(row.pk)
    return row.user, context_of(row)


def context_of(row: ApiKey) -> AuthContext:
    return AuthContext(
        user_id=row.user_id,
        role=row.user.role,
        method="api_key",
        api_key_id=row.pk,
        permissions=frozenset(row.permissions),
        workspace_id=row.workspace_id,
    )


def living_keys() -> QuerySet[ApiKey]:
    return ApiKey.objects.filter(
        Q(expires_at__isnull=True) | Q(expires_at__gt=Now()),
        revoked_at__isnull=True,
        suspended_at__isnull=True,
        user__is_active=True,
    )


def context_now(id: UUID) -> AuthContext | None:
    """What the key allows by now; None once it does not open any more."""
    row = living_keys().filter(id=id).select_related("user").first()
    return None if row is None else context_of(row)


def may_come_from(networks: list[Any], address: str) -> bool:
    """Anywhere, if no networks are named."""
    if not networks:
        return True
    try:
        caller = ip_address(address)
    except ValueError:
        return False
    return any(caller in ip_network(each, strict=False) for each in networks)
