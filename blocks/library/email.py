"""E-mail by SMTP: one message."""

import hashlib
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

from pydantic import BaseModel, Field

from blocks.base import Block, Pins, Steps, block, pin
from blocks.context import Context
from blocks.credentials import (
    Credential,
    CredentialKind,
    CredentialRef,
    credentials_pin,
)
from blocks.errors import BlockInputError
from blocks.file_sources import FileText
from blocks.mail_addresses import read_address, read_addresses, read_line
from blocks.secret import Secret
from blocks.spec import Category, CostHint, Effect, Example
from blocks.values import JsonObject
from blocks.world import MIB, Attachment, MailServer, Message

PROVIDER: Final = "smtp"
_MAX_RECIPIENTS: Final = 50
_MAX_ATTACHED: Final = 20 * MIB
_TLS_PORT: Final = 465
ACCOUNT: Final = Credential(
    id="key",
    provider=PROVIDER,
    kind=CredentialKind.USER_PASSWORD,
    secrets={"username": Secret("shop@mail.example"), "password": Secret("tea")},
)


class MailSecurity(StrEnum):
    """How the connection is protected; `auto` is TLS on port 465, else STARTTLS."""

    AUTO = "auto"
    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


class SMTPConfig(BaseModel):
    smtp_server: str = Field(description="The host name of the mail server.")
    smtp_port: int = Field(default=25, description="25, 465, 587 or 2525.")
    security: MailSecurity = Field(
        default=MailSecurity.AUTO, description="How the connection is protected."
    )


CONFIG: Final[JsonObject] = {"smtp_server": "mail.example", "smtp_port": 587}


def account_pin() -> Any:
    return credentials_pin(
        PROVIDER,
        kinds=(CredentialKind.USER_PASSWORD,),
        description="Who signs in to the mail server.",
    )


@block(
    id="4335878a-394e-4e67-adf2-919877ff49ae",
    name="SendEmailBlock",
    categories=(Category.OUTPUT,),
    effect=Effect.ONCE,
    cost=CostHint.NETWORK,
    examples=(
        Example(
            inputs={
                "to_email": "ada@x.example",
                "subject": "Tea",
                "body": "is ready",
                "config": CONFIG,
            },
            credentials=(ACCOUNT,),
            outputs=[("status", "Email sent successfully"), ("message_id", bool)],
        ),
        Example(
            inputs={
                "to_email": "ada@x.example\r\nBcc: all@x.example",
                "subject": "Tea",
                "body": "is ready",
                "config": CONFIG,
            },
            error="not an e-mail address",
        ),
    ),
)
class SendEmail(Block):
    """Sends an e-mail through a mail server of yours. The sender is who signs in,
    unless another is given."""

    class Input(Pins):
        to_email: str = pin("Who gets it; several are parted by commas.")
        subject: str = pin("The subject.")
        body: str = pin("The text.")
        config: SMTPConfig = pin("The mail server.")
        credentials: CredentialRef | None = account_pin()
        from_email: str = pin("The sender.", default="", advanced=True)
        cc: str = pin("Who gets a copy.", default="", advanced=True)
        bcc: str = pin("Who gets a copy unseen.", default="", advanced=True)
        reply_to: str = pin("Where answers go.", default="", advanced=True)
        html: str = pin("The text as HTML.", default="", advanced=True)
        attachments: list[FileText] = pin("Files to attach.", default=[], advanced=True)

    class Output(Pins):
        status: str = pin("That it was sent.")
        message_id: str = pin("What the message is known by.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        checked = _checked(inputs)
        credential = await ctx.credentials.get(inputs.credentials, PROVIDER)
        sender = sender_of(inputs.from_email, credential)
        message = Message(
            sender=sender,
            text=inputs.body,
            html=inputs.html or None,
            attachments=await _attachments(inputs.attachments, ctx),
            message_id=message_id_of(ctx.idempotency_key, sender),
            **checked,
        )
        server = mail_server(inputs.config, credential)
        id_ = await ctx.mail.send(message, server)
        yield "status", "Email sent successfully"
        yield "message_id", id_


def _checked(inputs: Any) -> dict[str, Any]:
    """What goes into headers, refused before anybody signs in."""
    people = {
        name: read_addresses(pin_name, value, at_most=_MAX_RECIPIENTS)
        for name, pin_name, value in (
            ("to", "to_email", inputs.to_email),
            ("cc", "cc", inputs.cc),
            ("bcc", "bcc", inputs.bcc),
        )
    }
    if not people["to"]:
        raise BlockInputError("pin 'to_email': there is nobody to send to")
    subject = read_line("subject", inputs.subject)
    return {**people, "subject": subject, "reply_to": _reply_to(inputs.reply_to)}


def mail_server(config: SMTPConfig, credential: Credential | None) -> MailServer:
    """The server as the world wants it, with who signs in if anybody does."""
    security = config.security
    if security is MailSecurity.AUTO:
        is_tls = config.smtp_port == _TLS_PORT
        security = MailSecurity.TLS if is_tls else MailSecurity.STARTTLS
    secrets: Mapping[str, Secret] = credential.secrets if credential else {}
    return MailServer(
        host=config.smtp_server,
        port=config.smtp_port,
        username=secrets.get("username"),
        password=secrets.get("password"),
        security=security.value,
    )


def sender_of(given: str, credential: Credential) -> str:
    if given:
        return read_address("from_email", given)
    name = credential.secret("username").reveal()
    try:
        return read_address("from_email", name)
    except BlockInputError:
        raise BlockInputError(
            "pin 'from_email': who signs in has no e-mail address for a name, "
            "so the sender must be given"
        ) from None


def _reply_to(text: str) -> str | None:
    return read_address("reply_to", text) if text else None


def message_id_of(key: str, sender: str) -> str:
    """The same for every attempt, so that a mailbox can tell a repeated message."""
    digest = hashlib.sha256(key.encode()).hexdigest()[:32]
    return f"<{digest}@{sender.rpartition('@')[2].rstrip('>')}>"


async def _attachments(sources: list[str], ctx: Context) -> list[Attachment]:
    found: list[Attachment] = []
    left = _MAX_ATTACHED
    for source in sources:
        stored, content = await ctx.files.read(source, max_bytes=left)
        left -= len(content)
        found.append(
            Attachment(name=stored.name, media_type=stored.media_type, content=content)
        )
    return found
