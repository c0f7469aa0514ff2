"""Writes of credentials. Each is noted in the audit log, never with a secret."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.audit import Deed, record
from accounts.models import Credential, User, Workspace

Kind = Credential.Kind

NEEDED: Final[Mapping[str, frozenset[str]]] = {
    Kind.API_KEY: frozenset({"api_key"}),
    Kind.OAUTH2: frozenset({"access_token"}),
    Kind.USER_PASSWORD: frozenset({"username", "password"}),
    Kind.HOST_SCOPED: frozenset(),
}
"""Names of the secrets by kind; those of host-scoped ones are header names."""

ALLOWED: Final[Mapping[str, frozenset[str]]] = {
    **NEEDED,
    Kind.OAUTH2: frozenset({"access_token", "refresh_token", "token_type"}),
}


@transaction.atomic
def credential_create(
    *,
    owner: User,
    workspace: Workspace,
    provider: str,
    kind: str,
    secrets: Mapping[str, str],
    title: str = "",
    scopes: Iterable[str] = (),
    hosts: Iterable[str] = (),
    settings: Mapping[str, str] | None = None,
    expires_at: datetime | None = None,
) -> Credential:
    """
    Raises:
        ValidationError: the secrets are not those of the kind.
    """
    credential = Credential(
        owner=owner,
        workspace=workspace,
        provider=provider,
        kind=kind,
        title=title,
        scopes=list(scopes),
        hosts=list(hosts),
        settings=dict(settings or {}),
        expires_at=expires_at,
    )
    _check(credential, secrets)
    credential.secrets = dict(secrets)
    credential.save()
    _note("credential.created", owner, credential)
    return credential


@transaction.atomic
def credential_update(
    *, user: User, credential: Credential, changes: Mapping[str, Any]
) -> Credential:
    """Set what is given. New secrets replace all old ones.

    Raises:
        ValidationError: the secrets are not those of the kind.
    """
    changed = dict(changes)
    secrets = changed.pop("secrets", None)
    for name, value in changed.items():
        setattr(credential, name, value)
    _check(credential, secrets)
    if secrets is not None:
        credential.secrets = secrets
        changed["sealed"] = True
    credential.save(update_fields=[*changed, "updated_at"])
    _note("credential.updated", user, credential, fields=sorted(changes))
    return credential


@transaction.atomic
def credential_delete(*, user: User, credential: Credential) -> None:
    _note("credential.deleted", user, credential)
    credential.delete()


def credential_tested(
    *, user: User, credential: Credential, works: bool | None
) -> None:
    _note("credential.tested", user, credential, works=works)


def _note(action: str, user: User, credential: Credential, **detail: Any) -> None:
    record(
        Deed(
            action=action,
            user_id=user.pk,
            workspace_id=credential.workspace_id,
            subject=f"credential:{credential.id}",
            detail={"provider": credential.provider, **detail},
        )
    )


def _check(credential: Credential, secrets: Mapping[str, str] | None) -> None:
    faults: dict[str, str] = {}
    if secrets is not None and (fault := _fault_of(credential.kind, secrets)):
        faults["secrets"] = fault
    if credential.kind == Kind.HOST_SCOPED and not credential.hosts:
        faults["hosts"] = "Name the hosts that the headers may be sent to."
    if faults:
        raise ValidationError(faults)


def _fault_of(kind: str, secrets: Mapping[str, str]) -> str:
    if not all(secrets.values()):
        return "No secret may be empty."
    if kind == Kind.HOST_SCOPED:
        return "" if secrets else "Give at least one header."
    missing, unknown = NEEDED[kind] - set(secrets), set(secrets) - ALLOWED[kind]
    if missing:
        return f"This kind needs {', '.join(sorted(missing))}."
    if unknown:
        return f"This kind has no {', '.join(sorted(unknown))}."
    return ""
