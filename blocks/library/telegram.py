"""Telegram: texts through a bot, and the files it gets."""

from typing import Any

from blocks.base import Block, Pins, Steps, block, pin
from blocks.context import Context
from blocks.file_sources import FileText
from blocks.spec import Category, CostHint, Effect, Example
from blocks.telegram import (
    BASE,
    BOT,
    SENT,
    BotPins,
    ChatPins,
    ParseMode,
    SendingBlock,
    SentPins,
    answer_to_pin,
    answering,
    ask,
    bot_of,
    downloaded,
    example_call,
    marked_up,
    message_id_of,
    parse_mode_pin,
)
from blocks.values import JsonObject


@block(
    id="787678ad-1f47-4efc-89df-643f9908621a",
    name="SendTelegramMessageBlock",
    categories=(Category.SOCIAL,),
    effect=Effect.ONCE,
    cost=CostHint.NETWORK,
    examples=(
        Example(
            inputs={"chat_id": 3, "text": "Tea is ready"},
            credentials=(BOT,),
            calls=(example_call("sendMessage", {"message_id": 5}),),
            outputs=SENT,
        ),
    ),
)
class SendTelegramMessage(SendingBlock):
    """Sends a text to a Telegram chat."""

    method = "sendMessage"

    class Input(ChatPins):
        text: str = pin("The text.", max_length=4096)
        parse_mode: ParseMode = parse_mode_pin()
        reply_to_message_id: int | None = answer_to_pin()
        disable_notification: bool = pin(
            "Deliver it without a sound.", default=False, advanced=True
        )

    class Output(SentPins):
        pass

    def fields(self, inputs: Any) -> JsonObject:
        return {
            "chat_id": inputs.chat_id,
            "text": inputs.text,
            "disable_notification": inputs.disable_notification,
            **marked_up(inputs.parse_mode),
            **answering(inputs.reply_to_message_id),
        }


@block(
    id="c2b1c976-844f-4b6c-ab21-4973d2ceab15",
    name="ReplyToTelegramMessageBlock",
    categories=(Category.SOCIAL,),
    effect=Effect.ONCE,
    cost=CostHint.NETWORK,
    examples=(
        Example(
            inputs={"chat_id": 3, "reply_to_message_id": 4, "text": "Coming"},
            credentials=(BOT,),
            calls=(example_call("sendMessage", {"message_id": 5}),),
            outputs=SENT,
        ),
    ),
)
class ReplyToTelegramMessage(SendingBlock):
    """Answers a message in a Telegram chat."""

    method = "sendMessage"

    class Input(ChatPins):
        reply_to_message_id: int = pin("The message to answer.")
        text: str = pin("The text.", max_length=4096)
        parse_mode: ParseMode = parse_mode_pin()

    class Output(SentPins):
        pass

    def fields(self, inputs: Any) -> JsonObject:
        return {
            "chat_id": inputs.chat_id,
            "text": inputs.text,
            **marked_up(inputs.parse_mode),
            **answering(inputs.reply_to_message_id),
        }


@block(
    id="c55816a2-37af-4901-ba19-36edcf2acfc1",
    name="EditTelegramMessageBlock",
    categories=(Category.SOCIAL,),
    effect=Effect.IDEMPOTENT,
    cost=CostHint.NETWORK,
    examples=(
        Example(
            inputs={"chat_id": 3, "message_id": 5, "text": "Tea is gone"},
            credentials=(BOT,),
            calls=(example_call("editMessageText", {"message_id": 5}),),
            outputs=[("message_id", 5), ("status", "Message edited")],
        ),
    ),
)
class EditTelegramMessage(Block):
    """Changes the text of a message that the bot sent."""

    class Input(ChatPins):
        message_id: int = pin("The message.")
        text: str = pin("The new text.", max_length=4096)
        parse_mode: ParseMode = parse_mode_pin()

    class Output(SentPins):
        pass

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        fields: JsonObject = {
            "chat_id": inputs.chat_id,
            "message_id": inputs.message_id,
            "text": inputs.text,
            **marked_up(inputs.parse_mode),
        }
        answer = await ask(await bot_of(inputs, ctx), "editMessageText", fields)
        yield "message_id", message_id_of(answer, inputs)
        yield "status", "Message edited"


@block(
    id="bb4fd91a-883e-4d29-9879-b06c4bb79d30",
    name="DeleteTelegramMessageBlock",
    categories=(Category.SOCIAL,),
    effect=Effect.IDEMPOTENT,
    cost=CostHint.NETWORK,
    examples=(
        Example(
            inputs={"chat_id": 3, "message_id": 5},
            credentials=(BOT,),
            calls=(example_call("deleteMessage", True),),
            outputs=[("status", "Message deleted")],
        ),
    ),
)
class DeleteTelegramMessage(Block):
    """Deletes a message from a Telegram chat."""

    class Input(ChatPins):
        message_id: int = pin("The message.")

    class Output(Pins):
        status: str = pin("What was done.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        fields: JsonObject = {
            "chat_id": inputs.chat_id,
            "message_id": inputs.message_id,
        }
        await ask(await bot_of(inputs, ctx), "deleteMessage", fields)
        yield "status", "Message deleted"


@block(
    id="b600aaf2-6272-40c6-b973-c3984747c5bd",
    name="GetTelegramFileBlock",
    categories=(Category.SOCIAL,),
    effect=Effect.IDEMPOTENT,
    cost=CostHint.NETWORK,
    examples=(
        Example(
            inputs={"file_id": "AgAD"},
            credentials=(BOT,),
            calls=(
                example_call(
                    "getFile", {"file_path": "photos/tea.jpg", "file_size": 3}
                ),
                ("GET", f"{BASE}/file/bot1:tea/photos/tea.jpg", 200, {}, b"tea"),
            ),
            outputs=[("file", "workspace://1"), ("status", "File downloaded")],
        ),
    ),
)
class GetTelegramFile(Block):
    """Stores a file that somebody sent to the bot."""

    class Input(BotPins):
        file_id: str = pin("The file, as the message names it.")

    class Output(Pins):
        file: FileText = pin("The stored file.")
        status: str = pin("What was done.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        bot = await bot_of(inputs, ctx)
        found = await ask(bot, "getFile", {"file_id": inputs.file_id})
        path = str(found.get("file_path") or "")
        answer = await downloaded(bot, path)
        stored = await ctx.files.write(path.rpartition("/")[2] or "file", answer.body)
        yield "file", stored.ref
        yield "status", "File downloaded"
