"""A credential ready for use: its access token is renewed when it is about to end."""

import time
from datetime import timedelta
from typing import Final, TypeAlias
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from accounts.audit import Deed, record
from accounts.credentials.providers import client_of, provider_of
from accounts.credentials.tokens import TokenError, is_stale, tokens_for_refresh
from accounts.models import Credential
from core.crypto import DecryptionError

HELD: Final = timedelta(seconds=30)
"""So long one process may take to renew; then another one tries."""
LOOK_EVERY_S: Final = 0.1

Opened: TypeAlias = tuple[Credential, dict[str, str]]


class Unusable(Exception):
    """The credential cannot be used. `code`: `credential_missing`,
    `credential_unreadable` or, if it may work later, `unreachable`."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


def credential_for_use(workspace_id: UUID, id: UUID) -> Opened:
    """The row and its secrets. Not within a transaction: it may ask the provider.

    However many ask at once, one renews the token and the others wait for it.

    Raises:
        Unusable: it is not there, does not open, or has ended.
    """
    deadline = time.monotonic() + HELD.total_seconds()
    while (found := credential_if_fresh(workspace_id, id)) is None:
        if time.monotonic() > deadline:
            raise not_in_time()
        time.sleep(LOOK_EVERY_S)
    return found


def credential_if_fresh(workspace_id: UUID, id: UUID) -> Opened | None:
    """The same without waiting; None while somebody else renews the token."""
    credential = _found(workspace_id, id)
    secrets = _opened(credential)
    if not is_stale(credential.expires_at):
        return credential, secrets
    if not (refresh_token := secrets.get("refresh_token")):
        return credential, _not_over(credential, secrets)
    return _renewed(credential, refresh_token) if _hold(credential) else None


def not_in_time() -> Unusable:
    return Unusable("the credential could not be renewed in time", "unreachable")


def _found(workspace_id: UUID, id: UUID) -> Credential:
    found = Credential.objects.filter(workspace=workspace_id, id=id).first()
    if found is None:
        raise Unusable(
            f"there is no credential {id} in this workspace: choose another one",
            "credential_missing",
        )
    return found


def _opened(credential: Credential) -> dict[str, str]:
    try:
        return credential.secrets
    except DecryptionError as error:
        _note_failure(credential)
        raise Unusable(f"{credential}: {error}", "credential_unreadable") from None


def _note_failure(credential: Credential) -> None:
    """Somebody may have tampered with it: whoever reads the audit log is to know."""
    record(
        Deed(
            action="crypto.failure",
            workspace_id=credential.workspace_id,
            subject=f"credential:{credential.id}",
        )
    )


def _not_over(credential: Credential, secrets: dict[str, str]) -> dict[str, str]:
    """Without a way to renew it, it is good to its last moment."""
    if credential.expires_at is not None and credential.expires_at < timezone.now():
        raise Unusable(
            f"{credential} ended on {credential.expires_at:%Y-%m-%d %H:%M} UTC: "
            "enter a new one",
            "credential_unreadable",
        )
    return secrets


def _hold(credential: Credential) -> bool:
    """One statement decides who renews; a row lock would have to be held while the
    provider thinks."""
    now = timezone.now()
    free = Q(refreshing_until=None) | Q(refreshing_until__lt=now)
    rows = Credential.objects.filter(
        free, id=credential.id, expires_at=credential.expires_at
    )
    return bool(rows.update(refreshing_until=now + HELD))


def _renewed(credential: Credential, refresh_token: str) -> Opened:
    provider, client = provider_of(credential.provider), client_of(credential.provider)
    credential.refreshing_until = None
    try:
        if provider is None or provider.oauth is None or client is None:
            message = f"{credential.provider} is not configured any more"
            raise TokenError(message, is_final=True)
        tokens = tokens_for_refresh(provider.oauth, client, refresh_token)
    except TokenError as error:
        credential.save(update_fields=["refreshing_until"])
        advice = "connect it again" if error.is_final else "try again later"
        raise Unusable(
            f"{credential} could not be renewed: {error}; {advice}",
            "credential_unreadable" if error.is_final else "unreachable",
        ) from None
    credential.secrets = tokens.secrets
    credential.expires_at = tokens.expires_at
    credential.save(
        update_fields=["sealed", "expires_at", "refreshing_until", "updated_at"]
    )
    return credential, tokens.secrets
