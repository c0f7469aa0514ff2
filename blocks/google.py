"""What the blocks of Google's services share: the account and its access."""

from typing import Any, Final

import orjson

from blocks.context import Context
from blocks.credentials import (
    Credential,
    CredentialKind,
    CredentialRef,
    credentials_pin,
)
from blocks.rest import Rest
from blocks.secret import Secret

PROVIDER: Final = "google"
_SCOPES: Final = "https://www.googleapis.com/auth/"
ACCOUNT: Final = Credential(
    id="key",
    provider=PROVIDER,
    kind=CredentialKind.OAUTH2,
    secrets={"access_token": Secret("ya29.tea")},
)


def account_pin(*scopes: str) -> Any:
    return credentials_pin(
        PROVIDER,
        kinds=(CredentialKind.OAUTH2,),
        scopes=tuple(_SCOPES + scope for scope in scopes),
        description="The Google account.",
    )


async def google_of(
    ref: CredentialRef | None, ctx: Context, name: str, base_url: str
) -> Rest:
    """`base_url` of the credential stands in for the host of the service."""
    credential = await ctx.credentials.get(ref, PROVIDER)
    own = credential.settings.get("base_url")
    path = "/" + base_url.split("/", 3)[3]
    return Rest(
        name=name,
        http=ctx.http,
        base_url=own.rstrip("/") + path if own else base_url,
        headers={"Authorization": f"Bearer {credential.token.reveal()}"},
        secrets=(credential.token,),
    )


def example_call(
    method: str, url: str, answer: object
) -> tuple[str, str, int, dict[str, str], bytes]:
    kind = {"content-type": "application/json"}
    return method, url, 200, kind, orjson.dumps(answer)
