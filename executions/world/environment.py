"""Credentials that the environment gives by default, where a node names none."""

from collections.abc import Mapping, Sequence
from typing import Final

from django.conf import settings

from blocks.credentials import Credential, CredentialKind, CredentialRef
from blocks.errors import BlockError

_FROM_OUTSIDE: Final = frozenset({"openai", "anthropic"})
_GATEWAY: Final = "openai"
"""With an address of its own it may serve models of others too."""


class EnvironmentCredentials:
    """Implements `blocks.world.Credentials`; the same for everybody.

    A reference names what is stored elsewhere: of it only the provider counts.
    """

    def __init__(self, given: Mapping[str, Credential]) -> None:
        self._given = given

    async def get(self, ref: CredentialRef | None, *providers: str) -> Credential:
        named = (ref.provider,) if ref is not None and ref.provider else ()
        wanted = [name for name in named if name in providers] or providers
        for provider in wanted:
            if provider in self._given:
                return self._given[provider]
        gateway = self._given.get(_GATEWAY)
        if named and _GATEWAY in providers and gateway and gateway.settings:
            return gateway
        raise BlockError(_missing(wanted), code="credential_missing")


def _missing(wanted: Sequence[str]) -> str:
    text = f"this node needs a credential for {' or '.join(wanted) or 'it'}"
    variables = [f"{name.upper()}_API_KEY" for name in wanted if name in _FROM_OUTSIDE]
    hint = f" ({' or '.join(variables)} gives a default one)" if variables else ""
    return text + hint


def environment_credentials() -> EnvironmentCredentials:
    """Those of the settings; in services mode there are none."""
    given = {
        provider: Credential(
            id=f"environment-{provider}",
            provider=provider,
            kind=CredentialKind.API_KEY,
            title=f"{provider} from the environment",
            secrets={"api_key": key},
            settings={"base_url": base_url} if base_url else {},
        )
        for provider, (key, base_url) in settings.DEFAULT_ACCOUNTS.items()
        # A server at home may well want no key.
        if key or base_url
    }
    return EnvironmentCredentials(given)
