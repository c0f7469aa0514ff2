"""Tries a credential out: does the provider take it?"""

from typing import NamedTuple

from accounts.credentials.fresh import Unusable, credential_for_use
from accounts.credentials.providers import provider_of
from accounts.credentials.tokens import probe
from accounts.models import Credential
from core.egress import EgressError


class Tested(NamedTuple):
    """`works` is None where nobody can be asked."""

    works: bool | None
    message: str


def credential_test(credential: Credential) -> Tested:
    """What came of it, in words; never with what was sent or answered."""
    try:
        fresh, secrets = credential_for_use(credential.workspace_id, credential.id)
    except Unusable as error:
        return Tested(False, str(error))
    provider = provider_of(fresh.provider)
    token = secrets.get("api_key") or secrets.get("access_token")
    if provider is None or provider.test is None or token is None:
        return Tested(None, "It can be read; nobody can be asked whether it works.")
    try:
        status = probe(provider.test, token)
    except EgressError as error:
        return Tested(None, f"{provider.title} cannot be asked now: {error.message}")
    if status < 300:
        return Tested(True, f"{provider.title} takes it.")
    if status in (401, 403):
        return Tested(False, f"{provider.title} refuses it (status {status}).")
    return Tested(None, f"{provider.title} answered with status {status}.")
