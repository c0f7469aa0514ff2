"""Discord: files and threads."""

from typing import Any, Final

import orjson

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
from blocks.file_sources import FileText
from blocks.multipart import Part
from blocks.rest import segment
from blocks.spec import Category, CostHint, Effect, Example
from blocks.values import JsonObject
from blocks.world import MIB

_MAX_UPLOAD: Final = 25 * MIB
_FILES: Final = {"workspace://7": ("tea.txt", "text/plain", b"tea")}
_SENT: Final[list[tuple[str, object]]] = [
    ("status", "Message sent"),
    ("message_id", "9"),
]


@block(
    id="b1628cf2-4622-49bf-80cf-10e55826e247",
    name="SendDiscordFileBlock",
    categories=(Category.SOCIAL,),
    effect=Effect.ONCE,
    cost=CostHint.NETWORK,
    examples=(
        Example(
            inputs={"channel_identifier": "5", "file": "workspace://7"},
            credentials=(BOT,),
            files=_FILES,
            calls=(example_call("POST", "/channels/5/messages", {"id": "9"}),),
            outputs=_SENT,
        ),
    ),
)
class SendDiscordFile(Block):
    """Sends a file to a Discord channel."""

    class Input(BotPins):
        channel_identifier: str = pin("The channel, by its id or name.")
        server_name: str = server_pin()
        file: FileText = pin("The file: a stored one or an address.")
        filename: str = pin("What to call it; by default its own name.", default="")
        message_content: str = pin("A text with it.", default="", max_length=MAX_TEXT)

    class Output(SentPins):
        pass

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        bot = await bot_of(inputs, ctx)
        channel = await channel_id(
            bot, "channel_identifier", inputs.channel_identifier, inputs.server_name
        )
        stored, content = await ctx.files.read(inputs.file, max_bytes=_MAX_UPLOAD)
        part = Part(
            field_name="files[0]",
            file_name=inputs.filename or stored.name,
            media_type=stored.media_type,
            content=content,
        )
        fields = {"content": inputs.message_content, "allowed_mentions": QUIET}
        body = {"payload_json": orjson.dumps(fields).decode()}
        path = f"/channels/{segment('channel_identifier', channel)}/messages"
        answer = await bot.upload(path, body, [part])
        yield "status", "Message sent"
        yield "message_id", str(answer["id"])


@block(
    id="e8f3c9a2-7b5d-4f1e-9c6a-3d8e2b4f7a1c",
    name="CreateDiscordThreadBlock",
    categories=(Category.SOCIAL,),
    effect=Effect.ONCE,
    cost=CostHint.NETWORK,
    examples=(
        Example(
            inputs={"channel_name": "5", "thread_name": "Tea"},
            credentials=(BOT,),
            calls=(
                example_call(
                    "POST", "/channels/5/threads", {"id": "9", "name": "Tea"}, 201
                ),
            ),
            outputs=[
                ("status", "Thread created"),
                ("thread_id", "9"),
                ("thread_name", "Tea"),
            ],
        ),
    ),
)
class CreateDiscordThread(Block):
    """Begins a thread in a Discord channel."""

    class Input(BotPins):
        channel_name: str = pin("The channel, by its id or name.")
        server_name: str = server_pin()
        thread_name: str = pin("The name of the thread.", max_length=100)
        is_private: bool = pin("Only for who is asked in.", default=False)
        auto_archive_duration: int = pin(
            "Minutes of silence after which it is put away: 60, 1440, 4320 or 10080.",
            default=1440,
            advanced=True,
        )
        message_content: str = pin("A first text.", default="", max_length=MAX_TEXT)

    class Output(Pins):
        status: str = pin("What was done.")
        thread_id: str = pin("The id of the thread.")
        thread_name: str = pin("The name of the thread.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        bot = await bot_of(inputs, ctx)
        channel = await channel_id(
            bot, "channel_name", inputs.channel_name, inputs.server_name
        )
        fields: JsonObject = {
            "name": inputs.thread_name,
            "type": 12 if inputs.is_private else 11,
            "auto_archive_duration": inputs.auto_archive_duration,
        }
        thread = await bot.post(f"/channels/{channel}/threads", fields)
        if inputs.message_content:
            text: JsonObject = {"content": inputs.message_content}
            await post_message(bot, str(thread["id"]), text)
        yield "status", "Thread created"
        yield "thread_id", str(thread["id"])
        yield "thread_name", str(thread["name"])
