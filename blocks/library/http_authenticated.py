"""The request whose secret headers are kept apart from the graph."""

from typing import Any, Final
from urllib.parse import urlsplit

from blocks.base import Steps, block
from blocks.context import Context
from blocks.credentials import (
    Credential,
    CredentialKind,
    CredentialRef,
    credentials_pin,
)
from blocks.errors import BlockError
from blocks.library.http import SendWebRequest
from blocks.secret import Secret
from blocks.spec import Category, CostHint, Effect, Example

_PROVIDER: Final = "http"
_USUAL_PORTS: Final = {"http": 80, "https": 443}
_JSON: Final = {"content-type": "application/json"}
_EXAMPLE_KEY: Final = Credential(
    id="key",
    provider=_PROVIDER,
    kind=CredentialKind.HOST_SCOPED,
    title="Shop",
    secrets={"Authorization": Secret("Bearer tea")},
    hosts=("api.example",),
)


@block(
    id="fff86bcd-e001-4bad-a7f6-2eae4720c8dc",
    name="SendAuthenticatedWebRequestBlock",
    categories=(Category.OUTPUT,),
    effect=Effect.ONCE,
    cost=CostHint.NETWORK,
    examples=(
        Example(
            inputs={"url": "https://api.example/me", "method": "GET"},
            credentials=(_EXAMPLE_KEY,),
            calls=(("GET", "https://api.example/me", 200, _JSON, b'{"id": 7}'),),
            outputs=[("response", {"id": 7}), ("status", 200), ("headers", _JSON)],
        ),
        Example(
            inputs={"url": "https://evil.example/me", "method": "GET"},
            credentials=(_EXAMPLE_KEY,),
            error="is not for evil.example",
        ),
    ),
)
class SendAuthenticatedWebRequest(SendWebRequest):
    """Sends a request to a web address with the secret headers of a credential, which
    go only to the hosts that the credential names. A redirect to another host goes on
    without them."""

    class Input(SendWebRequest.Input):
        credentials: CredentialRef | None = credentials_pin(
            _PROVIDER,
            kinds=(CredentialKind.HOST_SCOPED,),
            description="The headers to add, and the hosts they are for.",
        )

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        credential = await ctx.credentials.get(inputs.credentials, _PROVIDER)
        require_host(inputs.url, credential)
        # Secrets stand last: a header of the graph does not replace them.
        secrets = {name: held.reveal() for name, held in credential.secrets.items()}
        taken = set(map(str.lower, secrets))
        plain = {k: v for k, v in inputs.headers.items() if k.lower() not in taken}
        asked = inputs.model_copy(update={"headers": plain | secrets})
        async for step in super().run(asked, ctx):
            yield step


def require_host(url: str, credential: Credential) -> None:
    """
    Raises:
        BlockError: code `credential_refused`: the credential is for other hosts.
    """
    host, port, usual = _place(url)
    if not any(_matches(host, port, usual, each) for each in credential.hosts):
        names = ", ".join(credential.hosts) or "no host"
        raise BlockError(
            f"the credential {credential.title or credential.id!r} is not for "
            f"{host or 'this address'}: it is sent to {names} only",
            code="credential_refused",
        )


def _place(url: str) -> tuple[str, int, int]:
    """The host, the port, and the usual port of the kind of address."""
    try:
        parts = urlsplit(url)
        usual = _USUAL_PORTS.get(parts.scheme, 0)
        return (parts.hostname or "").rstrip("."), parts.port or usual, usual
    except ValueError:
        return "", 0, 0


def _matches(host: str, port: int, usual: int, pattern: str) -> bool:
    """`api.example`, `api.example:8443`, `*.example` (not `example` itself)."""
    name, _, wanted = pattern.strip().lower().partition(":")
    if not host or str(port) != (wanted or str(usual)):
        return False
    return host.endswith(name[1:]) if name.startswith("*.") else host == name
