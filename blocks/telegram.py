"""What the Telegram blocks share: the bot, its pins, and how it is asked."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

import orjson

from blocks.base import Block, Pins, Steps, pin
from blocks.context import Context
from blocks.credentials import (
    Credential,
    CredentialKind,
    CredentialRef,
    credentials_pin,
)
from blocks.errors import BlockError, BlockInputError
from blocks.multipart import Part
from blocks.rest import Rest, given
from blocks.secret import Secret
from blocks.values import JsonObject
from blocks.world import MIB, HttpResponse

PROVIDER: Final = "telegram"
BASE: Final = "https://api.telegram.org"
_MAX_UPLOAD: Final = 50 * MIB
_MAX_DOWNLOAD: Final = 20 * MIB

BOT: Final = Credential(
    id="key",
    provider=PROVIDER,
    kind=CredentialKind.API_KEY,
    secrets={"api_key": Secret("1:tea")},
)
FILES: Final = {"workspace://7": ("tea.bin", "application/octet-stream", b"tea")}
_JSON: Final = {"content-type": "application/json"}


def example_call(
    method: str, result: object
) -> tuple[str, str, int, dict[str, str], bytes]:
    body = orjson.dumps({"ok": True, "result": result})
    return "POST", f"{BASE}/bot1:tea/{method}", 200, _JSON, body


SENT: Final = [("message_id", 5), ("status", "Message sent")]


class ParseMode(StrEnum):
    NONE = "none"
    MARKDOWN = "Markdown"
    MARKDOWN_V2 = "MarkdownV2"
    HTML = "HTML"

    @classmethod
    def _missing_(cls, value: object) -> "ParseMode | None":
        """Some agents hold an empty text for none."""
        return cls.NONE if value == "" else None


class BotPins(Pins):
    credentials: CredentialRef | None = credentials_pin(
        PROVIDER, description="The token of the bot."
    )


class ChatPins(BotPins):
    chat_id: int = pin("The chat.")


class SentPins(Pins):
    message_id: int = pin("The number of the message in its chat.")
    status: str = pin("What was done.")


def parse_mode_pin() -> Any:
    return pin("How the text is marked up.", default=ParseMode.NONE, advanced=True)


def answer_to_pin() -> Any:
    return pin("The message that this one answers.", default=None, advanced=True)


def caption_pin() -> Any:
    return pin("A text below it.", default="", advanced=True, max_length=1024)


class SendingBlock(Block):
    """One method of the Bot API, and what goes with it."""

    method: str = ""
    file_pin: str | None = None

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        bot = await bot_of(inputs, ctx)
        fields = self.fields(inputs)
        if self.file_pin is None:
            answer = await ask(bot, self.method, fields)
        else:
            answer = await _send_file(bot, self, fields, inputs, ctx)
        yield "message_id", message_id_of(answer, inputs)
        yield "status", "Message sent"

    def fields(self, inputs: Any) -> JsonObject:
        raise NotImplementedError


async def bot_of(inputs: Any, ctx: Context) -> Rest:
    """The token is a part of the address, so the address never shows."""
    credential = await ctx.credentials.get(inputs.credentials, PROVIDER)
    return Rest(
        name="Telegram",
        http=ctx.http,
        base_url=credential.settings.get("base_url", BASE).rstrip("/"),
        secrets=(credential.token,),
        timeout_s=60.0,
    )


async def ask(bot: Rest, method: str, fields: JsonObject) -> Any:
    return _result(bot, await bot.post(_path(bot, method), fields))


def _path(bot: Rest, method: str) -> str:
    return f"/bot{bot.secrets[0].reveal()}/{method}"


def _result(bot: Rest, answer: Any) -> Any:
    if not isinstance(answer, dict) or not answer.get("ok"):
        told = answer.get("description", "") if isinstance(answer, dict) else ""
        raise bot.failure(str(told) or "the answer cannot be read")
    return answer.get("result")


def message_id_of(result: Any, inputs: Any) -> int:
    found = result.get("message_id") if isinstance(result, dict) else None
    if isinstance(found, int):
        return found
    # An edit of another's inline message is answered with true alone.
    known = getattr(inputs, "message_id", None)
    if known is None:
        raise BlockError(
            "Telegram did not say which message it is", code="server_error"
        )
    return int(known)


async def downloaded(bot: Rest, path: str) -> HttpResponse:
    parts = path.split("/")
    if not path or any(part in ("", ".", "..") for part in parts):
        raise bot.failure("the file cannot be downloaded")
    address = f"/file/bot{bot.secrets[0].reveal()}/{path}"
    return await bot.send("GET", address, max_bytes=_MAX_DOWNLOAD)


async def _send_file(
    bot: Rest, sender: SendingBlock, fields: JsonObject, inputs: Any, ctx: Context
) -> Any:
    """Telegram gets the bytes: what only it could fetch is fetched here, guarded."""
    name = sender.file_pin or ""
    stored, content = await ctx.files.read(getattr(inputs, name), max_bytes=_MAX_UPLOAD)
    if not content:
        raise BlockInputError(f"pin {name!r}: the file is empty")
    part = Part(
        field_name=name,
        file_name=getattr(inputs, "filename", "") or stored.name,
        media_type=stored.media_type,
        content=content,
    )
    texts = {key: _form_text(value) for key, value in fields.items()}
    return _result(bot, await bot.upload(_path(bot, sender.method), texts, [part]))


def _form_text(value: object) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def marked_up(mode: ParseMode) -> Mapping[str, str]:
    return {} if mode is ParseMode.NONE else {"parse_mode": mode.value}


def answering(message_id: int | None) -> JsonObject:
    return (
        {} if message_id is None else {"reply_parameters": {"message_id": message_id}}
    )


def file_fields(inputs: Any, *names: str) -> JsonObject:
    """What goes beside a file; empty ones are left out."""
    values = {name: getattr(inputs, name) for name in ("chat_id", "caption", *names)}
    mode = getattr(inputs, "parse_mode", ParseMode.NONE)
    answered = getattr(inputs, "reply_to_message_id", None)
    return {**given(**values), **marked_up(mode), **answering(answered)}
