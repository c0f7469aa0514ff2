"""Where a model is asked, and as whom."""

from dataclasses import dataclass

from blocks.context import Context
from blocks.credentials import Credential
from blocks.errors import BlockError
from blocks.llm.messages import Request
from blocks.llm.models import PROVIDERS, Model, catalogue
from blocks.secret import Secret


@dataclass(frozen=True, kw_only=True, slots=True)
class Endpoint:
    """`speaks` names the wire format; an empty key is not sent."""

    model: Model
    base_url: str
    speaks: str
    key: Secret

    def scrub(self, text: str) -> str:
        """`text` without the key, which a server may repeat."""
        key = self.key.reveal().strip()
        return text.replace(key, "…") if key else text


async def endpoint_for(ctx: Context, request: Request) -> Endpoint:
    """
    Raises:
        BlockError: as for credentials; code `credential_refused` too where the one
            that is named is of another provider and leads to no server of its own.
    """
    ref = request.credentials
    model = catalogue().find(request.model, ref.provider if ref else "")
    if ref is None and model.provider == "ollama":
        return _at_ollama(model, request.ollama_host)
    if ref is None:
        return _at(await _default(ctx, model), model, request)
    return _at(await ctx.credentials.get(ref, *PROVIDERS), model, request)


async def _default(ctx: Context, model: Model) -> Credential:
    """That of the provider; else one that leads to a server of its own, which may
    well serve models of others too."""
    try:
        return await ctx.credentials.get(None, model.provider)
    except BlockError as missing:
        if missing.code != "credential_missing" or model.provider == "openai":
            raise
        gateway = await _gateway(ctx)
        if gateway is None:
            raise
        return gateway


async def _gateway(ctx: Context) -> Credential | None:
    try:
        found = await ctx.credentials.get(None, "openai")
    except BlockError:
        return None
    return found if found.settings.get("base_url") else None


def _at(credential: Credential, model: Model, request: Request) -> Endpoint:
    own = credential.settings.get("base_url", "").strip()
    if credential.provider != model.provider and not own:
        raise BlockError(
            f"the model {model.name!r} is of {model.provider}, but the credential "
            f"{credential.title or credential.id!r} is of {credential.provider}: "
            "choose another, or give it the base_url of a server that has this model",
            code="credential_refused",
        )
    provider = PROVIDERS.get(credential.provider, PROVIDERS["openai"])
    if provider.name == "ollama" and not own:
        own = _ollama_url(request.ollama_host)
    return Endpoint(
        model=model,
        base_url=(own or provider.base_url).rstrip("/"),
        speaks=provider.speaks,
        key=credential.token,
    )


def _at_ollama(model: Model, host: str) -> Endpoint:
    url = _ollama_url(host)
    return Endpoint(model=model, base_url=url, speaks="openai", key=Secret(""))


def _ollama_url(host: str) -> str:
    host = host.strip().rstrip("/")
    if not host:
        return PROVIDERS["ollama"].base_url
    url = host if "://" in host else f"http://{host}"
    return url if url.endswith("/v1") else f"{url}/v1"
