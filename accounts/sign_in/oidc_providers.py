"""Providers that may sign people in, as the settings name them, and what each tells of
itself. All that is read from them comes through the guarded client."""

import re
from functools import lru_cache
from typing import Any, Final, cast
from urllib.parse import urlsplit

import orjson
from django.conf import settings
from django.core.cache import cache
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from pydantic import BaseModel, ConfigDict, TypeAdapter, field_validator

from accounts.credentials.tokens import sent
from core.egress import EgressError, parse_allow

KEPT_S: Final = 600
_AGAIN_S: Final = 60
"""Keys that somebody signs with and we do not know are looked for this often."""
_SLUG: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


class ProviderFailed(Exception):
    """The provider does not answer, or not with what the standard says."""


class OidcProvider(BaseModel):
    """`domains`: of the e-mail addresses that may sign in; none means all do.
    `auto_create`: who has no account here yet gets one."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    name: str
    title: str = ""
    issuer: str
    client_id: str
    client_secret: str = ""
    domains: tuple[str, ...] = ()
    auto_create: bool = False
    scopes: tuple[str, ...] = ("openid", "email", "profile")

    @field_validator("name")
    @classmethod
    def _is_slug(cls, value: str) -> str:
        if not _SLUG.fullmatch(value):
            raise ValueError("must be of small letters, digits and hyphens")
        return value

    @field_validator("domains")
    @classmethod
    def _as_written(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(value.lower().removeprefix("@") for value in values)

    @property
    def label(self) -> str:
        return self.title or self.name.capitalize()

    def takes(self, email: str) -> bool:
        domain = email.rpartition("@")[2].lower()
        return not self.domains or domain in self.domains


class Metadata(BaseModel):
    """What is used of a provider's discovery document."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str = ""
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)


_LIST: Final = TypeAdapter(tuple[OidcProvider, ...])


def oidc_providers() -> tuple[OidcProvider, ...]:
    return _read(orjson.dumps(settings.OIDC_PROVIDERS))


def oidc_provider(name: str) -> OidcProvider | None:
    return next((each for each in oidc_providers() if each.name == name), None)


def metadata_of(provider: OidcProvider) -> Metadata:
    """
    Raises:
        ProviderFailed: there is none, or it speaks for another issuer.
    """
    key = f"oidc:metadata:{provider.issuer}"
    text = cache.get(key)
    if text is None:
        url = f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration"
        text = fetched(url).decode()
        _checked_metadata(provider, text)
        cache.set(key, text, KEPT_S)
    return _checked_metadata(provider, text)


def keys_of(metadata: Metadata, *, fresh: bool = False) -> KeySet:
    """The keys that the provider signs with. `fresh`: it may have new ones.

    Raises:
        ProviderFailed: there are none.
    """
    key = f"oidc:keys:{metadata.jwks_uri}"
    again = fresh and cache.add(f"{key}:again", 1, _AGAIN_S)
    text = None if again else cache.get(key)
    if text is None:
        text = fetched(metadata.jwks_uri).decode()
        cache.set(key, text, KEPT_S)
    try:
        return KeySet.import_key_set(orjson.loads(text))
    except (orjson.JSONDecodeError, JoseError, KeyError, TypeError, ValueError):
        raise ProviderFailed("it gives no keys that can be read") from None


def fetched(url: str, authorization: str = "") -> bytes:
    """
    Raises:
        ProviderFailed: there is no good answer.
    """
    headers = {"accept": "application/json"}
    if authorization:
        headers["authorization"] = authorization
    try:
        answer = sent("GET", url, headers, None)
    except EgressError as error:
        raise ProviderFailed(error.message) from None
    if answer.status != 200:
        raise ProviderFailed(f"it answers with status {answer.status}")
    return answer.body


def json_object(body: bytes) -> dict[str, Any]:
    """
    Raises:
        ProviderFailed: it is none.
    """
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        value = None
    if not isinstance(value, dict):
        raise ProviderFailed("its answer is no JSON object")
    return cast(dict[str, Any], value)


def _checked_metadata(provider: OidcProvider, text: str) -> Metadata:
    try:
        found = Metadata.model_validate(json_object(text.encode()))
    except ValueError:
        raise ProviderFailed("its discovery document lacks what is needed") from None
    if found.issuer != provider.issuer:
        raise ProviderFailed("its discovery document is that of another issuer")
    for url in (found.authorization_endpoint, found.token_endpoint, found.jwks_uri):
        if not _is_safe(url):
            raise ProviderFailed("its addresses are not all https")
    return found


def _is_safe(url: str) -> bool:
    """https, or a host that whoever runs this site has opened."""
    parts = urlsplit(url)
    if parts.scheme == "https":
        return True
    opened = parse_allow(settings.EGRESS_ALLOW)
    return parts.scheme == "http" and (parts.hostname, parts.port or 80) in opened


@lru_cache(maxsize=4)
def _read(text: bytes) -> tuple[OidcProvider, ...]:
    return _LIST.validate_json(text)
