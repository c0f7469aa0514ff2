"""Credentials as blocks see them: what a pin names, and what the engine hands over."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from pydantic import BaseModel

from blocks.errors import BlockError
from blocks.pins import pin
from blocks.secret import Secret


class CredentialKind(StrEnum):
    API_KEY = "api_key"
    OAUTH2 = "oauth2"
    USER_PASSWORD = "user_password"  # noqa: S105 - a kind, not a password
    HOST_SCOPED = "host_scoped"


class CredentialRef(BaseModel):
    """What a credentials pin holds: the name of a credential, never its secret."""

    id: str
    provider: str = ""
    type: str = ""
    title: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Credential:
    """Secrets by name: `api_key`; `access_token`; `username` and `password`; for a
    host-scoped one the headers to send, only to `hosts`. `settings` are not secret
    (`base_url`, say)."""

    id: str
    provider: str
    kind: CredentialKind
    title: str = ""
    secrets: Mapping[str, Secret] = field(default_factory=dict)
    hosts: tuple[str, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)

    def secret(self, name: str) -> Secret:
        """
        Raises:
            BlockError: the credential is of a kind that has none of this name.
        """
        found = self.secrets.get(name)
        if found is None:
            raise BlockError(
                f"the credential {self.title or self.id!r} is of the kind "
                f"{self.kind.value}, which has no {name}",
                code="credential_refused",
            )
        return found

    @property
    def token(self) -> Secret:
        """What goes behind `Bearer`: the API key or the access token."""
        is_key = self.kind is CredentialKind.API_KEY
        return self.secret("api_key" if is_key else "access_token")


def credentials_pin(
    *providers: str,
    kinds: tuple[CredentialKind, ...] = (CredentialKind.API_KEY,),
    scopes: tuple[str, ...] = (),
    discriminator: str | None = None,
    discriminator_mapping: Mapping[str, str] | None = None,
    description: str = "",
) -> Any:
    """Declare a credentials pin. It is never required: where a node names none, the
    engine looks for a default of the provider and fails if there is none.

    `discriminator` is the pin whose value decides the provider, by the mapping.
    """
    extra: dict[str, Any] = {
        "credentials_provider": list(providers),
        "credentials_types": [kind.value for kind in kinds],
        "credentials_scopes": list(scopes),
    }
    if discriminator is not None:
        extra["discriminator"] = discriminator
        extra["discriminator_mapping"] = dict(discriminator_mapping or {})
    return pin(
        description or "The account to use.", default=None, json_schema_extra=extra
    )
