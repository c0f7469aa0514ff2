"""What is known of providers: a table of data, which the settings may add to."""

from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

from django.conf import settings
from pydantic import BaseModel, ConfigDict, TypeAdapter

from accounts.models import Credential

_FILE: Final = Path(__file__).with_name("providers.json")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class OAuth(_Strict):
    """How a provider hands out tokens. `client_auth`: where the client id and secret go
    when a code or a refresh token is traded in."""

    authorize_url: str
    token_url: str
    scopes: tuple[str, ...] = ()
    separator: str = " "
    pkce: bool = True
    client_auth: Literal["body", "basic"] = "body"
    extra: dict[str, str] = {}


class Probe(_Strict):
    """A request that only a good token gets a 2xx answer to."""

    url: str
    header: str = "Authorization"
    prefix: str = "Bearer "
    headers: dict[str, str] = {}


class Provider(_Strict):
    title: str
    kinds: tuple[Credential.Kind, ...]
    oauth: OAuth | None = None
    test: Probe | None = None


class Client(_Strict):
    """How this site is known to a provider."""

    id: str
    secret: str = ""


_TABLE: Final = TypeAdapter(dict[str, Provider])
_CLIENTS: Final = TypeAdapter(dict[str, Client])


def providers() -> dict[str, Provider]:
    """By name. `OAUTH_PROVIDERS` adds to the table, or replaces rows of it."""
    own: dict[str, Any] = getattr(settings, "OAUTH_PROVIDERS", {})
    return _known() | _TABLE.validate_python(own) if own else _known()


def provider_of(name: str) -> Provider | None:
    return providers().get(name)


def client_of(name: str) -> Client | None:
    """None: whoever runs this site has not registered it with the provider."""
    return _CLIENTS.validate_python(getattr(settings, "OAUTH_CLIENTS", {})).get(name)


@cache
def _known() -> dict[str, Provider]:
    return _TABLE.validate_json(_FILE.read_bytes())
