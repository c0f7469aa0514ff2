"""Telegram: sending files."""

from typing import Any

from blocks.base import block, pin
from blocks.file_sources import FileText
from blocks.spec import Category, CostHint, Effect, Example
from blocks.telegram import (
    BOT,
    FILES,
    SENT,
    ChatPins,
    ParseMode,
    SendingBlock,
    SentPins,
    answer_to_pin,
    caption_pin,
    example_call,
    file_fields,
    parse_mode_pin,
)
from blocks.values import JsonObject


def file_pin(description: str) -> Any:
    return pin(f"{description}: a stored file or an address.")


def duration_pin() -> Any:
    return pin("How long it is, in seconds.", default=None, advanced=True)


@block(
    id="ceb9fd95-fd95-49ff-b57b-278957255716",
    name="SendTelegramPhotoBlock",
    categories=(Category.SOCIAL,),
    effect=Effect.ONCE,
    cost=CostHint.NETWORK,
    examples=(
        Example(
            inputs={"chat_id": 3, "photo": "workspace://7", "caption": "Tea"},
            credentials=(BOT,),
            files=FILES,
            calls=(example_call("sendPhoto", {"message_id": 5}),),
            outputs=SENT,
        ),
    ),
)
class SendTelegramPhoto(SendingBlock):
    """Sends a picture to a Telegram chat."""

    method = "sendPhoto"
    file_pin = "photo"

    class Input(ChatPins):
        photo: FileText = file_pin("The picture")
        caption: str = caption_pin()
        parse_mode: ParseMode = parse_mode_pin()
        reply_to_message_id: int | None = answer_to_pin()

    class Output(SentPins):
        pass

    def fields(self, inputs: Any) -> JsonObject:
        return file_fields(inputs)


@block(
    id="7a0ef660-1a5b-4951-8642-c13a0c8d6d93",
    name="SendTelegramVoiceBlock",
    categories=(Category.SOCIAL,),
    effect=Effect.ONCE,
    cost=CostHint.NETWORK,
    examples=(
        Example(
            inputs={"chat_id": 3, "voice": "workspace://7", "caption": "Tea"},
            credentials=(BOT,),
            files=FILES,
            calls=(example_call("sendVoice", {"message_id": 5}),),
            outputs=SENT,
        ),
    ),
)
class SendTelegramVoice(SendingBlock):
    """Sends a voice message to a Telegram chat."""

    method = "sendVoice"
    file_pin = "voice"

    class Input(ChatPins):
        voice: FileText = file_pin("The recording")
        caption: str = caption_pin()
        duration: int | None = duration_pin()
        reply_to_message_id: int | None = answer_to_pin()

    class Output(SentPins):
        pass

    def fields(self, inputs: Any) -> JsonObject:
        return file_fields(inputs, "duration")


@block(
    id="9044829a-7915-4ab4-a50f-89922ba3679f",
    name="SendTelegramAudioBlock",
    categories=(Category.SOCIAL,),
    effect=Effect.ONCE,
    cost=CostHint.NETWORK,
    examples=(
        Example(
            inputs={"chat_id": 3, "audio": "workspace://7", "caption": "Tea"},
            credentials=(BOT,),
            files=FILES,
            calls=(example_call("sendAudio", {"message_id": 5}),),
            outputs=SENT,
        ),
    ),
)
class SendTelegramAudio(SendingBlock):
    """Sends a piece of music to a Telegram chat."""

    method = "sendAudio"
    file_pin = "audio"

    class Input(ChatPins):
        audio: FileText = file_pin("The piece")
        caption: str = caption_pin()
        title: str = pin("Its title.", default="", advanced=True)
        performer: str = pin("Who performs it.", default="", advanced=True)
        duration: int | None = duration_pin()
        reply_to_message_id: int | None = answer_to_pin()

    class Output(SentPins):
        pass

    def fields(self, inputs: Any) -> JsonObject:
        return file_fields(inputs, "title", "performer", "duration")


@block(
    id="554f4bad-4c99-48ba-9d1c-75840b71c5ad",
    name="SendTelegramDocumentBlock",
    categories=(Category.SOCIAL,),
    effect=Effect.ONCE,
    cost=CostHint.NETWORK,
    examples=(
        Example(
            inputs={"chat_id": 3, "document": "workspace://7", "caption": "Tea"},
            credentials=(BOT,),
            files=FILES,
            calls=(example_call("sendDocument", {"message_id": 5}),),
            outputs=SENT,
        ),
    ),
)
class SendTelegramDocument(SendingBlock):
    """Sends a file of any kind to a Telegram chat."""

    method = "sendDocument"
    file_pin = "document"

    class Input(ChatPins):
        document: FileText = file_pin("The file")
        filename: str = pin("What to call it; by default its own name.", default="")
        caption: str = caption_pin()
        parse_mode: ParseMode = parse_mode_pin()
        reply_to_message_id: int | None = answer_to_pin()

    class Output(SentPins):
        pass

    def fields(self, inputs: Any) -> JsonObject:
        return file_fields(inputs)


@block(
    id="cda075af-3f31-47b0-baa9-0050b3bd78bd",
    name="SendTelegramVideoBlock",
    categories=(Category.SOCIAL,),
    effect=Effect.ONCE,
    cost=CostHint.NETWORK,
    examples=(
        Example(
            inputs={"chat_id": 3, "video": "workspace://7", "caption": "Tea"},
            credentials=(BOT,),
            files=FILES,
            calls=(example_call("sendVideo", {"message_id": 5}),),
            outputs=SENT,
        ),
    ),
)
class SendTelegramVideo(SendingBlock):
    """Sends a video to a Telegram chat."""

    method = "sendVideo"
    file_pin = "video"

    class Input(ChatPins):
        video: FileText = file_pin("The video")
        caption: str = caption_pin()
        parse_mode: ParseMode = parse_mode_pin()
        duration: int | None = duration_pin()
        reply_to_message_id: int | None = answer_to_pin()

    class Output(SentPins):
        pass

    def fields(self, inputs: Any) -> JsonObject:
        return file_fields(inputs, "duration")
