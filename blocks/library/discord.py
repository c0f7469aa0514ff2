"""Discord: what a bot says."""

from typing import Any, Final

from blocks.base import Block, Pins, Steps, block, pin
from blocks.context import Context
from blocks.discord import (
    BOT,
    MAX_TEXT,
    QUIET,
    BotPins,
    SentPins,
    bot_of,
    channel_id,
    example_call,
    post_message,
    server_pin,
)
from blocks.rest import given
from blocks.spec import Category, CostHint, Effect, Example
from blocks.values import JsonObject

_SENT: Final[list[tuple[str, object]]] = [
    ("status", "Message sent"),
    ("message_id", "9"),
]
_TO_TEA: Final = (
    example_call("GET", "/users/@me/guilds", [{"id": "1", "name": "House"}]),
    example_call("GET", "/guilds/1/channels", [{"id": "5", "name": "tea", "type": 0}]),
    example_call("POST", "/channels/5/messages", {"id": "9"}),
)


@block(
    id="d0822ab5-9f8a-44a3-8971-531dd0178b6b",
    name="SendDiscordMessageBlock",
    categories=(Category.SOCIAL,),
    effect=Effect.ONCE,
    cost=CostHint.NETWORK,
    examples=(
        Example(
            inputs={"message_content": "Tea is ready", "channel_name": "tea"},
            credentials=(BOT,),
            calls=_TO_TEA,
            outputs=[*_SENT, ("channel_id", "5")],
        ),
        Example(
            inputs={"message_content": "Tea is ready", "channel_name": "coffee"},
            credentials=(BOT,),
            calls=_TO_TEA[:2],
            error="no channel 'coffee'",
        ),
    ),
)
class SendDiscordMessage(Block):
    """Sends a message to a Discord channel; a long one goes in parts."""

    class Input(BotPins):
        message_content: str = pin("The text.", max_length=20 * MAX_TEXT)
        channel_name: str = pin("The channel, by its id or name.")
        server_name: str = server_pin()

    class Output(SentPins):
        channel_id: str = pin("The id of the channel.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        bot = await bot_of(inputs, ctx)
        channel = await channel_id(
            bot, "channel_name", inputs.channel_name, inputs.server_name
        )
        for part in parts_of(inputs.message_content):
            message = await post_message(bot, channel, {"content": part})
        yield "status", "Message sent"
        yield "message_id", message
        yield "channel_id", channel


def parts_of(text: str) -> list[str]:
    """Parts that Discord takes, cut at line ends where there are some."""
    parts = []
    while len(text) > MAX_TEXT:
        cut = text.rfind("\n", 1, MAX_TEXT)
        cut = cut if cut > 0 else MAX_TEXT
        parts.append(text[:cut])
        text = text[cut:].removeprefix("\n")
    return [*parts, text]


@block(
    id="40d71a5a-e268-4060-9ee0-38ae6f225682",
    name="SendDiscordDMBlock",
    categories=(Category.SOCIAL,),
    effect=Effect.ONCE,
    cost=CostHint.NETWORK,
    examples=(
        Example(
            inputs={"user_id": "3", "message_content": "Tea is ready"},
            credentials=(BOT,),
            calls=(
                example_call("POST", "/users/@me/channels", {"id": "5"}),
                example_call("POST", "/channels/5/messages", {"id": "9"}),
            ),
            outputs=_SENT,
        ),
    ),
)
class SendDiscordDM(Block):
    """Sends a private message to somebody on Discord."""

    class Input(BotPins):
        user_id: str = pin("The id of who gets it.")
        message_content: str = pin("The text.", max_length=MAX_TEXT)

    class Output(SentPins):
        pass

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        bot = await bot_of(inputs, ctx)
        body: JsonObject = {"recipient_id": inputs.user_id}
        channel = await bot.post("/users/@me/channels", body)
        text: JsonObject = {"content": inputs.message_content}
        message = await post_message(bot, str(channel["id"]), text)
        yield "status", "Message sent"
        yield "message_id", message


@block(
    id="c76293f4-9ae8-454d-a029-0a3f8c5bc499",
    name="SendDiscordEmbedBlock",
    categories=(Category.SOCIAL,),
    effect=Effect.ONCE,
    cost=CostHint.NETWORK,
    examples=(
        Example(
            inputs={"channel_identifier": "5", "title": "Tea", "description": "Hot"},
            credentials=(BOT,),
            calls=(example_call("POST", "/channels/5/messages", {"id": "9"}),),
            outputs=_SENT,
        ),
    ),
)
class SendDiscordEmbed(Block):
    """Sends a card with a title, fields and pictures to a Discord channel."""

    class Input(BotPins):
        channel_identifier: str = pin("The channel, by its id or name.")
        server_name: str = server_pin()
        title: str = pin("The title.", default="", max_length=256)
        description: str = pin("The text.", default="", max_length=4096)
        color: int = pin("The colour of its edge.", default=0x5865F2, advanced=True)
        thumbnail_url: str = pin("A small picture.", default="", advanced=True)
        image_url: str = pin("A large picture.", default="", advanced=True)
        author_name: str = pin("Whose words they are.", default="", advanced=True)
        footer_text: str = pin("A line below.", default="", advanced=True)
        fields: list[dict[str, Any]] = pin(
            "Up to 25 fields: name, value, inline.",
            default=[],
            max_length=25,
            advanced=True,
        )

    class Output(SentPins):
        pass

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        bot = await bot_of(inputs, ctx)
        channel = await channel_id(
            bot, "channel_identifier", inputs.channel_identifier, inputs.server_name
        )
        message = await post_message(bot, channel, {"embeds": [_embed(inputs)]})
        yield "status", "Message sent"
        yield "message_id", message


def _embed(inputs: Any) -> JsonObject:
    texts = given(title=inputs.title, description=inputs.description)
    nested = {
        "thumbnail": given(url=inputs.thumbnail_url),
        "image": given(url=inputs.image_url),
        "author": given(name=inputs.author_name),
        "footer": given(text=inputs.footer_text),
    }
    filled = {name: value for name, value in nested.items() if value}
    return {**texts, **filled, "color": inputs.color, "fields": inputs.fields}


@block(
    id="7226cb99-6e7b-4672-b6b2-acec95336eec",
    name="ReplyToDiscordMessageBlock",
    categories=(Category.SOCIAL,),
    effect=Effect.ONCE,
    cost=CostHint.NETWORK,
    examples=(
        Example(
            inputs={"channel_id": "5", "message_id": "8", "reply_content": "Coming"},
            credentials=(BOT,),
            calls=(example_call("POST", "/channels/5/messages", {"id": "9"}),),
            outputs=[("status", "Reply sent"), ("reply_id", "9")],
        ),
    ),
)
class ReplyToDiscordMessage(Block):
    """Answers a message on Discord."""

    class Input(BotPins):
        channel_id: str = pin("The id of the channel.")
        message_id: str = pin("The id of the message to answer.")
        reply_content: str = pin("The text.", max_length=MAX_TEXT)
        mention_author: bool = pin("Call who wrote it.", default=True, advanced=True)

    class Output(Pins):
        status: str = pin("What was done.")
        reply_id: str = pin("The id of the answer.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        fields: JsonObject = {
            "content": inputs.reply_content,
            "message_reference": {"message_id": inputs.message_id},
            "allowed_mentions": {**QUIET, "replied_user": inputs.mention_author},
        }
        bot = await bot_of(inputs, ctx)
        reply = await post_message(bot, inputs.channel_id, fields)
        yield "status", "Reply sent"
        yield "reply_id", reply
