"""What the Discord blocks share: the bot, and finding channels by name."""

from collections.abc import AsyncIterator
from typing import Any, Final

import orjson

from blocks.base import Pins, pin
from blocks.context import Context
from blocks.credentials import (
    Credential,
    CredentialKind,
    CredentialRef,
    credentials_pin,
)
from blocks.errors import BlockInputError
from blocks.rest import Rest, segment
from blocks.secret import Secret
from blocks.values import JsonObject

PROVIDER: Final = "discord"
BASE: Final = "https://discord.com/api/v10"
CDN: Final = "https://cdn.discordapp.com"
MAX_TEXT: Final = 2_000
_MAX_SERVERS: Final = 20
_TEXT_CHANNELS: Final = frozenset({0, 5})
# What a run says must not be able to call everybody.
QUIET: Final[JsonObject] = {"parse": ["users"]}

BOT: Final = Credential(
    id="key",
    provider=PROVIDER,
    kind=CredentialKind.API_KEY,
    secrets={"api_key": Secret("tea")},
)


def example_call(
    method: str, path: str, answer: object, status: int = 200
) -> tuple[str, str, int, dict[str, str], bytes]:
    kind = {"content-type": "application/json"}
    return method, BASE + path, status, kind, orjson.dumps(answer)


class BotPins(Pins):
    credentials: CredentialRef | None = credentials_pin(
        PROVIDER, description="The token of the bot."
    )


class SentPins(Pins):
    status: str = pin("What was done.")
    message_id: str = pin("The id of the message.")


def server_pin() -> Any:
    return pin(
        "The server, where several have a channel of that name.",
        default="",
        advanced=True,
    )


async def bot_of(inputs: Any, ctx: Context) -> Rest:
    credential = await ctx.credentials.get(inputs.credentials, PROVIDER)
    is_user = credential.kind is CredentialKind.OAUTH2
    scheme = "Bearer" if is_user else "Bot"
    return Rest(
        name="Discord",
        http=ctx.http,
        base_url=credential.settings.get("base_url", BASE).rstrip("/"),
        headers={"Authorization": f"{scheme} {credential.token.reveal()}"},
        secrets=(credential.token,),
    )


async def channels_of(
    bot: Rest, server_name: str
) -> AsyncIterator[tuple[JsonObject, JsonObject]]:
    """Each channel for texts that the bot sees, with its server."""
    servers = await bot.get("/users/@me/guilds")
    for server in servers[:_MAX_SERVERS]:
        if server_name and server_name not in (server["name"], server["id"]):
            continue
        for channel in await bot.get(f"/guilds/{server['id']}/channels"):
            if channel.get("type") in _TEXT_CHANNELS:
                yield channel, server


async def channel_id(bot: Rest, pin_name: str, name: str, server_name: str) -> str:
    """The id that a channel is meant by.

    Raises:
        BlockInputError: the bot sees no channel of that name.
    """
    wanted = name.strip().removeprefix("#")
    if wanted.isdecimal():
        return wanted
    async for channel, _ in channels_of(bot, server_name):
        if channel.get("name") == wanted:
            return str(channel["id"])
    place = f" on {server_name!r}" if server_name else ""
    raise BlockInputError(
        f"pin {pin_name!r}: the bot sees no channel {wanted!r}{place}"
    )


async def post_message(bot: Rest, channel: str, fields: JsonObject) -> str:
    """The id of the message."""
    body: JsonObject = {"allowed_mentions": QUIET, **fields}
    answer = await bot.post(f"/channels/{segment('channel', channel)}/messages", body)
    return str(answer["id"])


def avatar_url(user: JsonObject) -> str:
    avatar = user.get("avatar")
    return f"{CDN}/avatars/{user['id']}/{avatar}.png" if avatar else ""
