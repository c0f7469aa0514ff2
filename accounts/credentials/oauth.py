"""The way to an OAuth credential: out to the provider and back with a code.

What is under way is kept in the session, so that only the browser that began can end
it, once, and soon.
"""

import hashlib
import secrets
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import urlencode

from django.contrib.sessions.backends.base import SessionBase
from django.core.exceptions import ValidationError

from accounts.credentials.providers import Client, OAuth, client_of, provider_of
from accounts.credentials.services import credential_create
from accounts.credentials.tokens import TokenError, tokens_for_code
from accounts.models import Credential, User, Workspace

LIFETIME_S: Final = 600
AT_ONCE: Final = 5
_KEY: Final = "oauth"


class NotConfigured(Exception):
    """The provider has no OAuth, or this site is not registered with it."""


def oauth_start(
    *,
    session: SessionBase,
    user: User,
    provider: str,
    redirect_uri: str,
    title: str = "",
    scopes: Iterable[str] = (),
) -> str:
    """The address at the provider where the user is to agree.

    Raises:
        NotConfigured: there is none.
    """
    oauth, client = _configured(provider)
    state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(48)
    wanted = list(dict.fromkeys((*oauth.scopes, *scopes)))
    begun = {
        "provider": provider,
        "user": str(user.pk),
        "verifier": verifier,
        "title": title,
        "at": int(time.time()),
    }
    _keep(session, state, begun)
    query = {
        "response_type": "code",
        "client_id": client.id,
        "redirect_uri": redirect_uri,
        "state": state,
        **oauth.extra,
    }
    if wanted:
        query["scope"] = oauth.separator.join(wanted)
    if oauth.pkce:
        query |= {
            "code_challenge": _challenge(verifier),
            "code_challenge_method": "S256",
        }
    return f"{oauth.authorize_url}?{urlencode(query)}"


def oauth_finish(
    *,
    session: SessionBase,
    user: User,
    workspace: Workspace,
    state: str,
    code: str,
    redirect_uri: str,
) -> Credential:
    """
    Raises:
        ValidationError: the state is not one of this session, or no longer; or the
            provider gave no token for the code.
        NotConfigured: the settings have changed meanwhile.
    """
    begun = _taken(session, state)
    is_late = begun is not None and time.time() - begun["at"] > LIFETIME_S
    if begun is None or is_late or begun["user"] != str(user.pk):
        message = "This sign-in was not begun here, or too long ago. Begin anew."
        raise ValidationError({"state": message})
    oauth, client = _configured(begun["provider"])
    try:
        tokens = tokens_for_code(
            oauth,
            client,
            code=code,
            redirect_uri=redirect_uri,
            verifier=begun["verifier"],
        )
    except TokenError as error:
        raise ValidationError({"code": f"{error}. Begin anew."}) from None
    return credential_create(
        owner=user,
        workspace=workspace,
        provider=begun["provider"],
        kind=Credential.Kind.OAUTH2,
        title=begun["title"],
        secrets=tokens.secrets,
        scopes=tokens.scopes,
        expires_at=tokens.expires_at,
    )


def configured(provider: str) -> bool:
    """People can connect to it from here."""
    known = provider_of(provider)
    return known is not None and known.oauth is not None and bool(client_of(provider))


def _configured(name: str) -> tuple[OAuth, Client]:
    provider, client = provider_of(name), client_of(name)
    if provider is None or provider.oauth is None or client is None:
        raise NotConfigured(name)
    return provider.oauth, client


def _challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return urlsafe_b64encode(digest).decode().rstrip("=")


def _keep(session: SessionBase, state: str, begun: dict[str, Any]) -> None:
    others = list(session.get(_KEY, {}).items())[-(AT_ONCE - 1) :]
    session[_KEY] = {**dict(others), state: begun}


def _taken(session: SessionBase, state: str) -> dict[str, Any] | None:
    """What was begun under this state; it is good once."""
    under_way: dict[str, dict[str, Any]] = dict(session.get(_KEY, {}))
    begun = under_way.pop(state, None)
    session[_KEY] = under_way
    return begun
