"""Trades codes and refresh tokens for access tokens, over the guarded client."""

import asyncio
from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple
from urllib.parse import quote, urlencode

import orjson
from django.conf import settings
from django.utils import timezone

from accounts.credentials.providers import Client, OAuth, Probe
from core.egress import EgressClient, EgressError, Response, parse_allow

WITHIN_S: Final = 20.0
_SPARE: Final = timedelta(seconds=60)
"""A token is renewed so long before it ends, for what uses it takes a while."""


class TokenError(Exception):
    """The provider gave no token. `is_final`: asking again would not help."""

    def __init__(self, message: str, *, is_final: bool) -> None:
        super().__init__(message)
        self.is_final = is_final


class Tokens(NamedTuple):
    secrets: dict[str, str]
    expires_at: datetime | None
    scopes: list[str]


def tokens_for_code(
    oauth: OAuth, client: Client, *, code: str, redirect_uri: str, verifier: str
) -> Tokens:
    """
    Raises:
        TokenError: the provider gave none.
    """
    fields = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
    }
    if oauth.pkce:
        fields["code_verifier"] = verifier
    return _tokens(oauth, client, fields)


def tokens_for_refresh(oauth: OAuth, client: Client, refresh_token: str) -> Tokens:
    """New tokens; the refresh token is the old one unless there is a new one.

    Raises:
        TokenError: the provider gave none.
    """
    fields = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    fresh = _tokens(oauth, client, fields)
    fresh.secrets.setdefault("refresh_token", refresh_token)
    return fresh


def is_stale(expires_at: datetime | None) -> bool:
    return expires_at is not None and expires_at - _SPARE < timezone.now()


def probe(test: Probe, token: str) -> int:
    """The status of the answer to a request with this token.

    Raises:
        EgressError: there is no answer.
    """
    headers = {**test.headers, test.header: test.prefix + token}
    return sent("GET", test.url, headers, None).status


def _tokens(oauth: OAuth, client: Client, fields: dict[str, str]) -> Tokens:
    headers = {
        "accept": "application/json",
        "content-type": "application/x-www-form-urlencoded",
    }
    if oauth.client_auth == "basic":
        pair = f"{quote(client.id, safe='')}:{quote(client.secret, safe='')}"
        headers["authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
    else:
        fields = {**fields, "client_id": client.id, "client_secret": client.secret}
    try:
        answer = sent("POST", oauth.token_url, headers, urlencode(fields).encode())
    except EgressError as error:
        raise TokenError(error.message, is_final=False) from None
    return _read(oauth, answer)


def _read(oauth: OAuth, answer: Response) -> Tokens:
    body = _json(answer)
    token = body.get("access_token")
    if answer.status >= 400 or not isinstance(token, str) or not token:
        kind = str(body.get("error", ""))[:60] or f"status {answer.status}"
        is_final = 400 <= answer.status < 500 and answer.status not in (408, 429)
        is_final = is_final or answer.status < 300
        raise TokenError(f"the provider gave no token: {kind}", is_final=is_final)
    secrets = {"access_token": token}
    if isinstance(refresh := body.get("refresh_token"), str) and refresh:
        secrets["refresh_token"] = refresh
    scope = body.get("scope")
    scopes = scope.replace(",", " ").split() if isinstance(scope, str) else []
    return Tokens(secrets, _end(body.get("expires_in")), scopes or list(oauth.scopes))


def _json(answer: Response) -> Mapping[str, Any]:
    try:
        body = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return {}
    return body if isinstance(body, dict) else {}


def _end(seconds: object) -> datetime | None:
    if not isinstance(seconds, int | float) or not 0 < seconds < 10**9:
        return None
    return timezone.now() + timedelta(seconds=seconds)


def sent(
    method: str, url: str, headers: Mapping[str, str], body: bytes | None
) -> Response:
    """From a thread without a loop: each call has its own."""

    async def send() -> Response:
        client = EgressClient(allow=parse_allow(settings.EGRESS_ALLOW))
        try:
            return await client.request(
                method, url, headers=headers, body=body, timeout_s=WITHIN_S
            )
        finally:
            await client.aclose()

    return asyncio.run(send())
