"""Telling people, over whatever channels they have."""

from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Any, Final

import orjson

from blocks.base import Block, Pins, Steps, block, pin
from blocks.context import Context
from blocks.credentials import CredentialKind, CredentialRef, credentials_pin
from blocks.errors import BlockError, BlockInputError
from blocks.library.email import SMTPConfig, mail_server
from blocks.mail_addresses import read_address, read_addresses, read_line
from blocks.rest import failure_code
from blocks.spec import Category, CostHint, Effect, Example
from blocks.values import JsonObject
from blocks.world import Message

_MAX_RECIPIENTS: Final = 50
_DISCORD_LIMIT: Final = 2_000


class Channel(StrEnum):
    EMAIL = "email"
    SLACK = "slack"
    DISCORD = "discord"
    WEBHOOK = "webhook"


@block(
    id="7e4f1b58-0d92-4f6a-b3c8-95a2d1e70f64",
    name="NotificationBlock",
    categories=(Category.COMMUNICATION, Category.OUTPUT),
    effect=Effect.ONCE,
    cost=CostHint.NETWORK,
    examples=(
        Example(
            inputs={
                "message": "Tea is ready",
                "channels": ["webhook"],
                "webhook_url": "https://hooks.example/1",
            },
            calls=(("POST", "https://hooks.example/1", 200, {}, b""),),
            outputs=[("success", True), ("sent", ["webhook"]), ("failed", [])],
        ),
        Example(
            inputs={"message": "Tea is ready", "channels": ["slack"]},
            error="pin 'slack_webhook_url' is empty",
        ),
    ),
)
class Notification(Block):
    """Tells a message over several channels: e-mail, Slack, Discord, or any web hook.
    A channel that fails does not keep the others from it; if all fail, the node does.
    """

    class Input(Pins):
        message: Any = pin("What to tell; a text, or a value that is shown as JSON.")
        subject: str = pin("A title.", default="Notification")
        channels: list[Channel] = pin(
            "Over which channels.", default=[Channel.EMAIL], min_length=1
        )
        level: str = pin("How serious it is.", default="info", advanced=True)
        email_to: str = pin("Who gets the e-mail.", default="")
        email_from: str = pin("The sender of the e-mail.", default="", advanced=True)
        config: SMTPConfig | None = pin("The mail server.", default=None)
        email_credentials: CredentialRef | None = credentials_pin(
            "smtp",
            kinds=(CredentialKind.USER_PASSWORD,),
            description="Who signs in to the mail server.",
        )
        slack_webhook_url: str = pin("The hook of Slack.", default="", secret=True)
        discord_webhook_url: str = pin("The hook of Discord.", default="", secret=True)
        webhook_url: str = pin("Where else to post it.", default="", secret=True)

    class Output(Pins):
        success: bool = pin("Whether every channel took it.")
        sent: list[str] = pin("The channels that took it.")
        failed: list[dict[str, str]] = pin("Each that did not: channel, error.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        sent: list[str] = []
        failed: list[dict[str, str]] = []
        for channel in dict.fromkeys(inputs.channels):
            try:
                await _WAYS[channel](inputs, ctx)
            except BlockError as error:
                failed.append({"channel": channel.value, "error": str(error)})
            else:
                sent.append(channel.value)
        if not sent:
            told = "; ".join(f"{each['channel']}: {each['error']}" for each in failed)
            raise BlockError(f"nobody could be told: {told}", code="not_sent")
        yield "success", not failed
        yield "sent", sent
        yield "failed", failed


def _text(message: Any) -> str:
    return message if isinstance(message, str) else orjson.dumps(message).decode()


async def _by_email(inputs: Any, ctx: Context) -> None:
    if inputs.config is None:
        raise BlockInputError("pin 'config' is empty: which mail server?")
    to = read_addresses("email_to", inputs.email_to, at_most=_MAX_RECIPIENTS)
    if not to:
        raise BlockInputError("pin 'email_to' is empty: who gets the e-mail?")
    credential = await ctx.credentials.get(inputs.email_credentials, "smtp")
    sender = inputs.email_from or credential.secret("username").reveal()
    message = Message(
        sender=read_address("email_from", sender),
        to=to,
        subject=read_line("subject", inputs.subject),
        text=_text(inputs.message),
    )
    await ctx.mail.send(message, mail_server(inputs.config, credential))


async def _by_slack(inputs: Any, ctx: Context) -> None:
    text = f"*{inputs.subject}*\n{_text(inputs.message)}"
    await _post("slack_webhook_url", inputs.slack_webhook_url, {"text": text}, ctx)


async def _by_discord(inputs: Any, ctx: Context) -> None:
    text = f"**{inputs.subject}**\n{_text(inputs.message)}"[:_DISCORD_LIMIT]
    # No text of a run may call everybody.
    body: JsonObject = {"content": text, "allowed_mentions": {"parse": []}}
    await _post("discord_webhook_url", inputs.discord_webhook_url, body, ctx)


async def _by_webhook(inputs: Any, ctx: Context) -> None:
    body: JsonObject = {
        "subject": inputs.subject,
        "message": inputs.message,
        "level": inputs.level,
        "execution_id": ctx.execution_id,
        "time": ctx.now().isoformat(),
    }
    await _post("webhook_url", inputs.webhook_url, body, ctx)


async def _post(name: str, url: str, body: JsonObject, ctx: Context) -> None:
    if not url:
        raise BlockInputError(f"pin {name!r} is empty: where to?")
    answer = await ctx.http.request(
        "POST",
        url,
        headers={"Content-Type": "application/json"},
        body=orjson.dumps(body),
    )
    if not 200 <= answer.status < 300:
        raise BlockError(
            f"the hook answered with {answer.status}", code=failure_code(answer.status)
        )


_WAYS: Final[dict[Channel, Callable[[Any, Context], Awaitable[None]]]] = {
    Channel.EMAIL: _by_email,
    Channel.SLACK: _by_slack,
    Channel.DISCORD: _by_discord,
    Channel.WEBHOOK: _by_webhook,
}
