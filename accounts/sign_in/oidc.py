"""Signing in by OpenID Connect: out to the provider and back with a code (PKCE, state
and nonce), which is traded for a signed statement who somebody is.

What is under way is kept in the session, so that only the browser that began can end
it, once, and soon.
"""

import secrets
import time
from base64 import b64encode
from typing import Any, Final, NamedTuple
from urllib.parse import quote, urlencode

from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from django.contrib.sessions.backends.base import SessionBase
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError

from accounts.credentials.tokens import sent
from accounts.sign_in.oidc_providers import (
    Metadata,
    OidcProvider,
    ProviderFailed,
    fetched,
    json_object,
    keys_of,
    metadata_of,
)
from core.egress import EgressError

LIFETIME_S: Final = 600
AT_ONCE: Final = 5
LEEWAY_S: Final = 60
# Never a secret shared with the provider, and never none.
ALGORITHMS: Final = (
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512",
    "EdDSA",
)  # fmt: skip
_KEY: Final = "oidc"
_TOKEN_AT_MOST: Final = 64 * 1024


class NotBegun(Exception):
    """The state is not one of this session, or no longer."""


class Known(NamedTuple):
    """Who the provider says somebody is, and where he wanted to go. `links` is the id
    of the user who began this in order to link it, empty for signing in."""

    provider: OidcProvider
    subject: str
    email: str
    email_verified: bool
    next: str
    links: str


def oidc_begin(
    session: SessionBase,
    provider: OidcProvider,
    *,
    redirect_uri: str,
    target: str,
    links: str = "",
) -> str:
    """The address at the provider where the person is to sign in; `links` as in
    `Known`.

    Raises:
        ProviderFailed: it does not say where.
    """
    metadata = metadata_of(provider)
    state, begun = secrets.token_urlsafe(32), _begun(provider, target, links)
    others = list(session.get(_KEY, {}).items())[-(AT_ONCE - 1) :]
    session[_KEY] = {**dict(others), state: begun}
    query = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": redirect_uri,
        "scope": " ".join(provider.scopes),
        "state": state,
        "nonce": begun["nonce"],
        "code_challenge": create_s256_code_challenge(begun["verifier"]),
        "code_challenge_method": "S256",
    }
    mark = "&" if "?" in metadata.authorization_endpoint else "?"
    return f"{metadata.authorization_endpoint}{mark}{urlencode(query)}"


def oidc_finish(
    session: SessionBase,
    provider: OidcProvider,
    *,
    state: str,
    code: str,
    issuer: str | None,
    redirect_uri: str,
) -> Known:
    """`issuer` is what the answer says of itself, if it does.

    Raises:
        NotBegun: nothing was begun here under this state, or too long ago.
        ProviderFailed: the provider does not say who it is, or not as it should.
    """
    begun = _taken(session, state)
    is_late = begun is not None and time.time() - begun["at"] > LIFETIME_S
    if begun is None or is_late or begun["provider"] != provider.name:
        raise NotBegun
    metadata = metadata_of(provider)
    if issuer not in (None, metadata.issuer):
        raise ProviderFailed("the answer came from another provider")
    tokens = _traded(provider, metadata, code, begun["verifier"], redirect_uri)
    claims = _claims(provider, metadata, tokens, begun["nonce"])
    return _known(provider, _with_email(metadata, claims, tokens), begun)


def _begun(provider: OidcProvider, target: str, links: str) -> dict[str, Any]:
    return {
        "provider": provider.name,
        "nonce": secrets.token_urlsafe(32),
        "verifier": secrets.token_urlsafe(48),
        "next": target,
        "links": links,
        "at": int(time.time()),
    }


def _taken(session: SessionBase, state: str) -> dict[str, Any] | None:
    """What was begun under this state; it is good once."""
    under_way: dict[str, dict[str, Any]] = dict(session.get(_KEY, {}))
    begun = under_way.pop(state, None)
    session[_KEY] = under_way
    return begun


def _traded(
    provider: OidcProvider,
    metadata: Metadata,
    code: str,
    verifier: str,
    redirect_uri: str,
) -> dict[str, Any]:
    """What the provider gives for the code."""
    fields = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
        "code_verifier": verifier,
    }
    headers = {
        "accept": "application/json",
        "content-type": "application/x-www-form-urlencoded",
    }
    _name_ourselves(provider, metadata, fields, headers)
    try:
        answer = sent(
            "POST", metadata.token_endpoint, headers, urlencode(fields).encode()
        )
    except EgressError as error:
        raise ProviderFailed(error.message) from None
    if answer.status != 200:
        raise ProviderFailed(f"it gave no token: status {answer.status}")
    return json_object(answer.body)


def _name_ourselves(
    provider: OidcProvider,
    metadata: Metadata,
    fields: dict[str, str],
    headers: dict[str, str],
) -> None:
    ways = metadata.token_endpoint_auth_methods_supported
    if not provider.client_secret or "client_secret_basic" not in ways:
        fields["client_id"] = provider.client_id
        if provider.client_secret:
            fields["client_secret"] = provider.client_secret
        return
    id_, secret = quote(provider.client_id, safe=""), quote(provider.client_secret, "")
    headers["authorization"] = f"Basic {b64encode(f'{id_}:{secret}'.encode()).decode()}"


def _claims(
    provider: OidcProvider, metadata: Metadata, tokens: dict[str, Any], nonce: str
) -> dict[str, Any]:
    """What the signed statement says, once everything about it is right."""
    text = tokens.get("id_token")
    if not isinstance(text, str) or len(text) > _TOKEN_AT_MOST:
        raise ProviderFailed("it gave no statement who you are")
    try:
        token = _decoded(text, metadata)
        claims = CodeIDToken(
            token.claims,
            token.header,
            options={
                "iss": {"essential": True, "value": metadata.issuer},
                "aud": {"essential": True, "value": provider.client_id},
            },
            params={
                "nonce": nonce,
                "client_id": provider.client_id,
                "access_token": tokens.get("access_token"),
            },
        )
        claims.validate(leeway=LEEWAY_S)
    except (JoseError, ValueError, TypeError, KeyError) as error:
        kind = type(error).__name__
        raise ProviderFailed(f"its statement who you are is not good: {kind}") from None
    return dict(claims)


def _decoded(text: str, metadata: Metadata) -> jwt.Token:
    try:
        return jwt.decode(text, keys_of(metadata), algorithms=ALGORITHMS)
    except InvalidKeyIdError:  # it may have begun to sign with another one
        keys = keys_of(metadata, fresh=True)
        return jwt.decode(text, keys, algorithms=ALGORITHMS)


def _with_email(
    metadata: Metadata, claims: dict[str, Any], tokens: dict[str, Any]
) -> dict[str, Any]:
    """Some providers tell the address only to who asks for it."""
    access = tokens.get("access_token")
    if "email" in claims or not metadata.userinfo_endpoint or not access:
        return claims
    told = json_object(fetched(metadata.userinfo_endpoint, f"Bearer {access}"))
    if told.get("sub") != claims["sub"]:
        raise ProviderFailed("it tells of somebody else")
    return told | claims


def _known(
    provider: OidcProvider, claims: dict[str, Any], begun: dict[str, Any]
) -> Known:
    subject, email = claims.get("sub"), claims.get("email")
    verified = claims.get("email_verified")
    if not isinstance(subject, str) or not 0 < len(subject) <= 255:
        raise ProviderFailed("it does not say who you are")
    return Known(
        provider,
        subject,
        email.strip() if isinstance(email, str) else "",
        verified is True or verified == "true",
        begun["next"],
        begun["links"],
    )
