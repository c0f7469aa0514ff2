"""Discord: what a bot hears and sees."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from blocks.base import Block, Pins, Steps, block, pin
from blocks.context import Context, Wait
from blocks.credentials import CredentialKind, CredentialRef, credentials_pin
from blocks.discord import (
    BOT,
    PROVIDER,
    BotPins,
    avatar_url,
    bot_of,
    channel_id,
    channels_of,
    example_call,
    server_pin,
)
from blocks.rest import Rest, segment
from blocks.spec import Category, CostHint, Effect, Example
from blocks.values import JsonObject
from blocks.world import MemoryScope

_EPOCH_MS: Final = 1_420_070_400_000
_PAUSE_S: Final = 5.0
_USER: Final[JsonObject] = {"id": "1", "username": "ada", "avatar": None}
_SEEN: Final = (
    example_call("GET", "/users/@me/guilds", [{"id": "1", "name": "House"}]),
    example_call(
        "GET",
        "/guilds/1/channels",
        [{"id": "5", "name": "tea", "type": 0, "last_message_id": str(9 << 60)}],
    ),
    example_call(
        "GET",
        "/channels/5/messages?after=1467135012372480000&limit=50",
        [{"id": str(9 << 60), "content": "Tea?", "author": _USER}],
    ),
)


@block(
    id="df06086a-d5ac-4abb-9996-2ad0acb2eff7",
    name="ReadDiscordMessagesBlock",
    categories=(Category.SOCIAL,),
    effect=Effect.IDEMPOTENT,
    cost=CostHint.NETWORK,
    examples=(
        Example(
            inputs={},
            credentials=(BOT,),
            calls=_SEEN,
            outputs=[
                ("message_content", "Tea?"),
                ("message_id", str(9 << 60)),
                ("channel_id", "5"),
                ("channel_name", "tea"),
                ("username", "ada"),
            ],
        ),
    ),
)
class ReadDiscordMessages(Block):
    """Waits for the next message that a person writes where the bot sees it, and tells
    it. It looks every 5 seconds; in a loop it goes on after the message it told last.
    """

    class Input(BotPins):
        channel_name: str = pin(
            "Only this channel, by its id or name.", default="", advanced=True
        )
        server_name: str = server_pin()

    class Output(Pins):
        message_content: str = pin("The text.")
        message_id: str = pin("The id of the message.")
        channel_id: str = pin("The id of its channel.")
        channel_name: str = pin("The name of its channel.")
        username: str = pin("Who wrote it.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        bot = await bot_of(inputs, ctx)
        after = await _told_last(ctx)
        while (found := await _next(bot, inputs, after)) is None:
            yield Wait(seconds=_PAUSE_S)
        channel, message = found
        await _remember(ctx, int(message["id"]))
        yield "message_content", message.get("content") or ""
        yield "message_id", message["id"]
        yield "channel_id", channel["id"]
        yield "channel_name", channel["name"]
        yield "username", message["author"]["username"]


def _snowflake(moment: datetime) -> int:
    """The smallest id of what is written from that moment on."""
    return (int(moment.timestamp() * 1000) - _EPOCH_MS) << 22


def _key(ctx: Context) -> str:
    return f"discord:{ctx.node_id}"


async def _told_last(ctx: Context) -> int:
    """The message this run told last; a new run begins with what is new."""
    kept = await ctx.memory.load(MemoryScope.WITHIN_AGENT, _key(ctx))
    if isinstance(kept, dict) and kept.get("run") == ctx.execution_id:
        return int(str(kept.get("last")))
    return _snowflake(ctx.now())


async def _remember(ctx: Context, last: int) -> None:
    value: JsonObject = {"run": ctx.execution_id, "last": str(last)}
    await ctx.memory.save(MemoryScope.WITHIN_AGENT, _key(ctx), value)


async def _next(
    bot: Rest, inputs: Any, after: int
) -> tuple[Mapping[str, Any], Mapping[str, Any]] | None:
    """The oldest message since, with its channel. Only channels that changed are
    asked."""
    wanted = inputs.channel_name.strip().removeprefix("#")
    found = []
    async for channel, _ in channels_of(bot, inputs.server_name):
        is_wanted = not wanted or wanted in (channel["id"], channel.get("name"))
        if is_wanted and int(str(channel.get("last_message_id") or 0)) > after:
            found += await _since(bot, channel, after)
    return min(found, key=lambda pair: int(pair[1]["id"]), default=None)


async def _since(
    bot: Rest, channel: Mapping[str, Any], after: int
) -> list[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    path = f"/channels/{channel['id']}/messages"
    messages = await bot.get(path, {"after": str(after), "limit": 50})
    people = [each for each in messages if not each["author"].get("bot")]
    return [(channel, message) for message in people]


@block(
    id="9aeed32a-6ebf-49b8-a0a3-e2e509d86120",
    name="DiscordUserInfoBlock",
    categories=(Category.SOCIAL,),
    effect=Effect.IDEMPOTENT,
    cost=CostHint.NETWORK,
    examples=(
        Example(
            inputs={"user_id": "175928847299117063"},
            credentials=(BOT,),
            calls=(
                example_call(
                    "GET",
                    "/users/175928847299117063",
                    {"id": "175928847299117063", "username": "ada", "avatar": "f"},
                ),
            ),
            outputs=[
                ("user_id", "175928847299117063"),
                ("username", "ada"),
                ("display_name", "ada"),
                ("discriminator", "0"),
                (
                    "avatar_url",
                    "https://cdn.discordapp.com/avatars/175928847299117063/f.png",
                ),
                ("is_bot", False),
                ("created_at", "2016-04-30T11:18:25.796000+00:00"),
            ],
        ),
    ),
)
class DiscordUserInfo(Block):
    """Tells what is known of somebody on Discord."""

    class Input(BotPins):
        user_id: str = pin("The id of the person.")

    class Output(Pins):
        user_id: str = pin("The id.")
        username: str = pin("The name.")
        display_name: str = pin("The name that is shown.")
        discriminator: str = pin("The number behind old names.")
        avatar_url: str = pin("The picture.")
        is_bot: bool = pin("Whether it is a bot.")
        created_at: str = pin("Since when.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        bot = await bot_of(inputs, ctx)
        user = await bot.get(f"/users/{segment('user_id', inputs.user_id)}")
        yield "user_id", user["id"]
        yield "username", user["username"]
        yield "display_name", user.get("global_name") or user["username"]
        yield "discriminator", user.get("discriminator") or "0"
        yield "avatar_url", avatar_url(user)
        yield "is_bot", bool(user.get("bot"))
        made = ((int(user["id"]) >> 22) + _EPOCH_MS) / 1000
        yield "created_at", datetime.fromtimestamp(made, UTC).isoformat()


@block(
    id="592f815e-35c3-4fed-96cd-a69966b45c8f",
    name="DiscordChannelInfoBlock",
    categories=(Category.SOCIAL,),
    effect=Effect.IDEMPOTENT,
    cost=CostHint.NETWORK,
    examples=(
        Example(
            inputs={"channel_identifier": "5"},
            credentials=(BOT,),
            calls=(
                example_call(
                    "GET",
                    "/channels/5",
                    {"id": "5", "name": "tea", "type": 0, "guild_id": "1"},
                ),
                example_call("GET", "/guilds/1", {"id": "1", "name": "House"}),
            ),
            outputs=[
                ("channel_id", "5"),
                ("channel_name", "tea"),
                ("server_id", "1"),
                ("server_name", "House"),
                ("channel_type", "0"),
            ],
        ),
    ),
)
class DiscordChannelInfo(Block):
    """Tells what is known of a Discord channel."""

    class Input(BotPins):
        channel_identifier: str = pin("The channel, by its id or name.")
        server_name: str = server_pin()

    class Output(Pins):
        channel_id: str = pin("The id.")
        channel_name: str = pin("The name.")
        server_id: str = pin("The id of its server.")
        server_name: str = pin("The name of its server.")
        channel_type: str = pin("The kind, as Discord counts them.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        bot = await bot_of(inputs, ctx)
        found = await channel_id(
            bot, "channel_identifier", inputs.channel_identifier, inputs.server_name
        )
        channel = await bot.get(f"/channels/{found}")
        server = str(channel.get("guild_id") or "")
        yield "channel_id", channel["id"]
        yield "channel_name", channel.get("name") or ""
        yield "server_id", server
        if server:
            yield "server_name", (await bot.get(f"/guilds/{server}"))["name"]
        yield "channel_type", str(channel["type"])


@block(
    id="8c7e39b8-4e9d-4f3a-b4e1-2a8c9d5f6e3b",
    name="DiscordGetCurrentUserBlock",
    categories=(Category.SOCIAL,),
    effect=Effect.IDEMPOTENT,
    cost=CostHint.NETWORK,
    examples=(
        Example(
            inputs={},
            credentials=(BOT,),
            calls=(example_call("GET", "/users/@me", _USER),),
            outputs=[("user_id", "1"), ("username", "ada"), ("avatar_url", "")],
        ),
    ),
)
class DiscordGetCurrentUser(Block):
    """Tells whose account it is."""

    class Input(Pins):
        credentials: CredentialRef | None = credentials_pin(
            PROVIDER,
            kinds=(CredentialKind.OAUTH2, CredentialKind.API_KEY),
            scopes=("identify",),
            description="The account.",
        )

    class Output(Pins):
        user_id: str = pin("The id.")
        username: str = pin("The name.")
        avatar_url: str = pin("The picture.")
        accent_color: int = pin("The colour of the profile, if it has one.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        user = await (await bot_of(inputs, ctx)).get("/users/@me")
        yield "user_id", user["id"]
        yield "username", user["username"]
        yield "avatar_url", avatar_url(user)
        if user.get("accent_color") is not None:
            yield "accent_color", user["accent_color"]
