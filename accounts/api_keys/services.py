"""Writes of API keys: making, changing, rotating, revoking one."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypedDict, Unpack

from django.db import transaction
from django.db.models.functions import Now

from accounts.api_keys.secret import digest_of, key_made, shown_of
from accounts.audit.records import Deed, record
from accounts.models import ApiKey, User, Workspace
from accounts.rights.context import auth_of
from accounts.rights.table import rights_in, scope_covers
from core.http import FieldError, Problem


class Terms(TypedDict, total=False):
    """What a key may do, from where and until when. Without networks: from anywhere."""

    name: str
    permissions: Sequence[str]
    allowed_addresses: Sequence[str]
    expires_at: datetime | None


class Made(NamedTuple):
    """`key` is shown this once."""

    row: ApiKey
    key: str


@transaction.atomic
def key_create(*, user: User, workspace: Workspace, **terms: Unpack[Terms]) -> Made:
    """
    Raises:
        Problem: 403, it would allow more than what the caller came in with.
    """
    _check_grants(user, terms)
    key = key_made()
    row = ApiKey(user=user, workspace=workspace, **_secret(key), **terms)
    row.save(force_insert=True)
    _note("key.created", user, row, permissions=sorted(row.permissions))
    return Made(row, key)


@transaction.atomic
def key_update(
    *, user: User, key: ApiKey, suspended: bool | None = None, **terms: Unpack[Terms]
) -> ApiKey:
    """Change what is given. A suspended key opens nothing until it is resumed.

    Raises:
        Problem: 403 as `key_create`, or it is somebody else's, which may be suspended
            and no more; 409, it is revoked.
    """
    if terms:
        _check_is_own(user, key)
    _check_grants(user, terms)
    changes: dict[str, Any] = dict(terms)
    if suspended is not None:
        changes["suspended_at"] = Now() if suspended else None
    _change(key, changes)
    _note("key.changed", user, key, changed=sorted(changes))
    return key


@transaction.atomic
def key_rotate(*, user: User, key: ApiKey) -> Made:
    """Another secret on the same terms. The old one opens nothing from now on.

    Raises:
        Problem: 409, it is revoked; 403 as `key_create`, or it is somebody else's.
    """
    _check_is_own(user, key)
    _check_grants(user, {"permissions": key.permissions})
    fresh = key_made()
    _change(key, _secret(fresh))
    _note("key.rotated", user, key)
    return Made(key, fresh)


@transaction.atomic
def key_revoke(*, user: User, key: ApiKey) -> None:
    """It opens nothing from now on, and stays in the list with what it did."""
    revoked = ApiKey.objects.filter(id=key.pk, revoked_at__isnull=True)
    if revoked.update(revoked_at=Now()):
        _note("key.revoked", user, key)


def _secret(key: str) -> dict[str, Any]:
    return {"prefix": shown_of(key), "digest": digest_of(key)}


def _change(key: ApiKey, changes: Mapping[str, Any]) -> None:
    """In one statement, so that nothing comes back that was revoked meanwhile."""
    living = ApiKey.objects.filter(id=key.pk, revoked_at__isnull=True)
    if changes and not living.update(**changes):
        text = "The key is revoked. Make another."
        raise Problem(409, "Revoked", text, code="key-revoked")
    key.refresh_from_db()


def _check_is_own(user: User, key: ApiKey) -> None:
    """A key acts as the person it belongs to: nobody else gets hold of one."""
    if key.user_id != user.pk:
        text = "The key is somebody else's. You may suspend or revoke it."
        raise Problem(403, "Not your key", text, code="not-your-key")


def _check_grants(user: User, terms: Terms) -> None:
    """Who came in with a key gives no other key more than his own has."""
    scopes = auth_of(user).permissions
    wanted = terms.get("permissions", ())
    over = [w for w in wanted if not all(scope_covers(scopes, r) for r in rights_in(w))]
    if over:
        errors: list[FieldError] = [
            {
                "field": "permissions",
                "message": f"{each} is more than your own key allows",
                "code": "more_than_own",
            }
            for each in over
        ]
        text = "A key cannot give more than it has; `errors` lists what."
        raise Problem(403, "More than your own", text, errors, code="more-than-own")


def _note(action: str, user: User, key: ApiKey, **detail: Any) -> None:
    record(
        Deed(
            action=action,
            user_id=user.pk,
            workspace_id=key.workspace_id,
            subject=f"key:{key.pk}",
            detail=detail,
        )
    )
