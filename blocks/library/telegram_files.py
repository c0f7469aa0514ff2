"""Telegram: sending files."""

from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

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

B = TypeVar("B", bound="type[FileSendingBlock]")


class FileSendingBlock(SendingBlock):
    """`besides` are the pins that go with the file, beyond those that all have."""

    besides: ClassVar[tuple[str, ...]] = ()
    Output = SentPins

    def fields(self, inputs: Any) -> JsonObject:
        return file_fields(inputs, *self.besides)


def sends_file(id: str, kind: str) -> Callable[[B], B]:
    """Register the block that sends the file at its pin `kind` by the method for it."""
    method = f"send{kind.title()}"
    register = block(
        id=id,
        name=f"SendTelegram{kind.title()}Block",
        categories=(Category.SOCIAL,),
        effect=Effect.ONCE,
        cost=CostHint.NETWORK,
        examples=(
            Example(
                inputs={"chat_id": 3, kind: "workspace://7", "caption": "Tea"},
                credentials=(BOT,),
                files=FILES,
                calls=(example_call(method, {"message_id": 5}),),
                outputs=SENT,
            ),
        ),
    )

    def made(cls: B) -> B:
        cls.method, cls.file_pin = method, kind
        return register(cls)

    return made


def file_pin(description: str) -> Any:
    return pin(f"{description}: a stored file or an address.")


def duration_pin() -> Any:
    return pin("How long it is, in seconds.", default=None, advanced=True)


@sends_file("ceb9fd95-fd95-49ff-b57b-278957255716", "photo")
class SendTelegramPhoto(FileSendingBlock):
    """Sends a picture to a Telegram chat."""

    class Input(ChatPins):
        photo: FileText = file_pin("The picture")
        caption: str = caption_pin()
        parse_mode: ParseMode = parse_mode_pin()
        reply_to_message_id: int | None = answer_to_pin()


@sends_file("7a0ef660-1a5b-4951-8642-c13a0c8d6d93", "voice")
class SendTelegramVoice(FileSendingBlock):
    """Sends a voice message to a Telegram chat."""

    class Input(ChatPins):
        voice: FileText = file_pin("The recording")
        caption: str = caption_pin()
        duration: int | None = duration_pin()
        reply_to_message_id: int | None = answer_to_pin()

    besides = ("duration",)


@sends_file("9044829a-7915-4ab4-a50f-89922ba3679f", "audio")
class SendTelegramAudio(FileSendingBlock):
    """Sends a piece of music to a Telegram chat."""

    class Input(ChatPins):
        audio: FileText = file_pin("The piece")
        caption: str = caption_pin()
        title: str = pin("Its title.", default="", advanced=True)
        performer: str = pin("Who performs it.", default="", advanced=True)
        duration: int | None = duration_pin()
        reply_to_message_id: int | None = answer_to_pin()

    besides = ("title", "performer", "duration")


@sends_file("554f4bad-4c99-48ba-9d1c-75840b71c5ad", "document")
class SendTelegramDocument(FileSendingBlock):
    """Sends a file of any kind to a Telegram chat."""

    class Input(ChatPins):
        document: FileText = file_pin("The file")
        filename: str = pin("What to call it; by default its own name.", default="")
        caption: str = caption_pin()
        parse_mode: ParseMode = parse_mode_pin()
        reply_to_message_id: int | None = answer_to_pin()


@sends_file("cda075af-3f31-47b0-baa9-0050b3bd78bd", "video")
class SendTelegramVideo(FileSendingBlock):
    """Sends a video to a Telegram chat."""

    class Input(ChatPins):
        video: FileText = file_pin("The video")
        caption: str = caption_pin()
        parse_mode: ParseMode = parse_mode_pin()
        duration: int | None = duration_pin()
        reply_to_message_id: int | None = answer_to_pin()

    besides = ("duration",)
