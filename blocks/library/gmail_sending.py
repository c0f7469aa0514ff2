"""Gmail: sending messages and writing drafts."""

from enum import StrEnum
from typing import Any, Final

from blocks.base import Block, Pins, Steps, block, pin
from blocks.context import Context
from blocks.credentials import CredentialRef
from blocks.file_sources import FileText
from blocks.gmail import (
    BASE,
    Draft,
    attachments_of,
    gmail_of,
    send,
)
from blocks.google import ACCOUNT, account_pin, example_call
from blocks.spec import Category, CostHint, Effect, Example
from blocks.values import JsonObject

SENT: Final[JsonObject] = {"id": "m2", "threadId": "t1"}


class ContentType(StrEnum):
    AUTO = "auto"
    PLAIN = "plain"
    HTML = "html"


class _Sending(Pins):
    credentials: CredentialRef | None = account_pin("gmail.send", "gmail.readonly")
    to: list[str] = pin("Who gets it.")
    subject: str = pin("The subject.")
    body: str = pin("The text.")
    cc: list[str] = pin("Who gets a copy.", default=[])
    bcc: list[str] = pin("Who gets a copy unseen.", default=[])
    content_type: ContentType | None = pin(
        "Whether the text is plain or HTML.", default=None, advanced=True
    )
    attachments: list[FileText] = pin("Files to attach.", default=[], advanced=True)


async def _draft(inputs: Any, ctx: Context) -> Draft:
    return Draft(
        to=inputs.to,
        subject=inputs.subject,
        body=inputs.body,
        cc=inputs.cc,
        bcc=inputs.bcc,
        content_type=inputs.content_type or ContentType.AUTO,
        attachments=await attachments_of(ctx, inputs.attachments),
    )


@block(
    id="6c27abc2-e51d-499e-a85f-5a0041ba94f0",
    name="GmailSendBlock",
    categories=(Category.COMMUNICATION,),
    effect=Effect.ONCE,
    cost=CostHint.NETWORK,
    examples=(
        Example(
            inputs={"to": ["bo@x.example"], "subject": "Tea", "body": "is ready"},
            credentials=(ACCOUNT,),
            calls=(example_call("POST", f"{BASE}/messages/send", SENT),),
            outputs=[("result", {"id": "m2", "status": "sent"})],
        ),
        Example(
            inputs={"to": ["bo@x.example"], "subject": "Tea\r\nBcc: a@b", "body": ""},
            credentials=(ACCOUNT,),
            error="line breaks are not allowed",
        ),
    ),
)
class GmailSend(Block):
    """Sends an e-mail from a Gmail account."""

    class Input(_Sending):
        pass

    class Output(Pins):
        result: dict[str, Any] = pin("What was done: id, status.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        gmail = await gmail_of(inputs.credentials, ctx)
        sent = await send(gmail, await _draft(inputs, ctx))
        yield "result", {"id": sent["id"], "status": "sent"}


@block(
    id="e1eeead4-46cb-491e-8281-17b6b9c44a55",
    name="GmailCreateDraftBlock",
    categories=(Category.COMMUNICATION,),
    effect=Effect.ONCE,
    cost=CostHint.NETWORK,
    examples=(
        Example(
            inputs={"to": ["bo@x.example"], "subject": "Tea", "body": "is ready"},
            credentials=(ACCOUNT,),
            calls=(
                example_call("POST", f"{BASE}/drafts", {"id": "d1", "message": SENT}),
            ),
            outputs=[
                ("result", {"id": "d1", "message_id": "m2", "status": "draft_created"})
            ],
        ),
    ),
)
class GmailCreateDraft(Block):
    """Writes an e-mail into the drafts of a Gmail account."""

    class Input(_Sending):
        credentials: CredentialRef | None = account_pin("gmail.compose")

    class Output(Pins):
        result: dict[str, Any] = pin("What was done: id, message_id, status.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        gmail = await gmail_of(inputs.credentials, ctx)
        raw = (await _draft(inputs, ctx)).raw()
        made = await gmail.post("/drafts", {"message": {"raw": raw}})
        told_id = made["message"]["id"]
        yield (
            "result",
            {"id": made["id"], "message_id": told_id, "status": "draft_created"},
        )
