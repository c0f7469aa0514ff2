"""Gmail: answering messages and passing them on."""

from typing import Any, Final

from blocks.base import Block, Pins, Steps, block, pin
from blocks.context import Context
from blocks.credentials import CredentialRef
from blocks.file_sources import FileText
from blocks.gmail import (
    BASE,
    Draft,
    Email,
    addresses_in,
    attachments_from,
    attachments_of,
    gmail_of,
    headers_of,
    send,
    told,
)
from blocks.google import ACCOUNT, account_pin, example_call
from blocks.library.gmail_sending import SENT, ContentType
from blocks.rest import Rest, segment
from blocks.spec import Category, CostHint, Effect, Example
from blocks.values import JsonObject

_PARENT: Final[JsonObject] = {
    "id": "m1",
    "threadId": "t1",
    "payload": {
        "mimeType": "text/plain",
        "headers": [
            {"name": "Subject", "value": "Tea"},
            {"name": "From", "value": "Ada <ada@x.example>"},
            {"name": "To", "value": "bo@x.example, cy@x.example"},
            {"name": "Message-ID", "value": "<1@x.example>"},
        ],
        "body": {"data": "VGVhPw"},
    },
}


class _Answering(Pins):
    credentials: CredentialRef | None = account_pin("gmail.send", "gmail.readonly")
    threadId: str = pin("The id of the conversation.")
    parentMessageId: str = pin("The id of the message to answer.")
    to: list[str] = pin("Who gets it; by default who wrote.", default=[])
    cc: list[str] = pin("Who gets a copy.", default=[])
    bcc: list[str] = pin("Who gets a copy unseen.", default=[])
    replyAll: bool = pin("Answer to everybody.", default=False)
    subject: str = pin("The subject; by default the same.", default="")
    body: str = pin("The text.")
    content_type: ContentType | None = pin(
        "Whether the text is plain or HTML.", default=None, advanced=True
    )
    attachments: list[FileText] = pin("Files to attach.", default=[], advanced=True)


@block(
    id="12bf5a24-9b90-4f40-9090-4e86e6995e60",
    name="GmailReplyBlock",
    categories=(Category.COMMUNICATION,),
    effect=Effect.ONCE,
    cost=CostHint.NETWORK,
    examples=(
        Example(
            inputs={"threadId": "t1", "parentMessageId": "m1", "body": "Coming"},
            credentials=(ACCOUNT,),
            calls=(
                example_call("GET", f"{BASE}/messages/m1?format=full", _PARENT),
                example_call("POST", f"{BASE}/messages/send", SENT),
                example_call("GET", f"{BASE}/messages/m2?format=full", _PARENT),
            ),
            outputs=[
                ("messageId", "m2"),
                ("threadId", "t1"),
                ("message", SENT),
                ("email", lambda email: email["subject"] == "Tea"),
            ],
        ),
    ),
)
class GmailReply(Block):
    """Answers a message of Gmail in its conversation."""

    class Input(_Answering):
        pass

    class Output(Pins):
        messageId: str = pin("The id of the answer.")
        threadId: str = pin("The id of the conversation.")
        message: dict[str, Any] = pin("The answer as Gmail tells it.")
        email: Email = pin("The answer.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        gmail = await gmail_of(inputs.credentials, ctx)
        draft = await _answer(gmail, inputs, ctx)
        sent = await send(gmail, draft, inputs.threadId)
        yield "messageId", sent["id"]
        yield "threadId", sent.get("threadId") or inputs.threadId
        yield "message", sent
        yield "email", told(await _message(gmail, "messageId", sent["id"]))


@block(
    id="d7a9f3e2-8b4c-4d6f-9e1a-3c5b7f8d2a6e",
    name="GmailDraftReplyBlock",
    categories=(Category.COMMUNICATION,),
    effect=Effect.ONCE,
    cost=CostHint.NETWORK,
    examples=(
        Example(
            inputs={"threadId": "t1", "parentMessageId": "m1", "body": "Coming"},
            credentials=(ACCOUNT,),
            calls=(
                example_call("GET", f"{BASE}/messages/m1?format=full", _PARENT),
                example_call("POST", f"{BASE}/drafts", {"id": "d1", "message": SENT}),
            ),
            outputs=[
                ("draftId", "d1"),
                ("messageId", "m2"),
                ("threadId", "t1"),
                ("status", "draft_created"),
            ],
        ),
    ),
)
class GmailDraftReply(Block):
    """Writes an answer to a message of Gmail into the drafts."""

    class Input(_Answering):
        credentials: CredentialRef | None = account_pin("gmail.modify")

    class Output(Pins):
        draftId: str = pin("The id of the draft.")
        messageId: str = pin("The id of the answer.")
        threadId: str = pin("The id of the conversation.")
        status: str = pin("What was done.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        gmail = await gmail_of(inputs.credentials, ctx)
        raw = (await _answer(gmail, inputs, ctx)).raw()
        message: JsonObject = {"raw": raw, "threadId": inputs.threadId}
        made = await gmail.post("/drafts", {"message": message})
        yield "draftId", made["id"]
        yield "messageId", made["message"]["id"]
        yield "threadId", made["message"].get("threadId") or inputs.threadId
        yield "status", "draft_created"


async def _answer(gmail: Rest, inputs: Any, ctx: Context) -> Draft:
    parent = await _message(gmail, "parentMessageId", inputs.parentMessageId)
    return _reply(inputs, parent, await attachments_of(ctx, inputs.attachments))


async def _message(gmail: Rest, name: str, id_: object) -> Any:
    return await gmail.get(f"/messages/{segment(name, id_)}?format=full")


def _reply(inputs: Any, parent: Any, attachments: Any) -> Draft:
    headers, email = headers_of(parent), told(parent)
    to = inputs.to or addresses_in(headers.get("reply-to") or email.from_)
    others = [*email.to, *email.cc] if inputs.replyAll else []
    return Draft(
        to=to,
        subject=inputs.subject or _prefixed("Re:", email.subject),
        body=inputs.body,
        cc=[*inputs.cc, *others],
        bcc=inputs.bcc,
        content_type=inputs.content_type or ContentType.AUTO,
        attachments=attachments,
        answers=headers.get("message-id", ""),
    )


def _prefixed(prefix: str, subject: str) -> str:
    known = subject.casefold().startswith(prefix.casefold())
    return subject if known else f"{prefix} {subject}"


@block(
    id="64d2301c-b3f5-4174-8ac0-111ca1e1a7c0",
    name="GmailForwardBlock",
    categories=(Category.COMMUNICATION,),
    effect=Effect.ONCE,
    cost=CostHint.NETWORK,
    examples=(
        Example(
            inputs={"messageId": "m1", "to": ["cy@x.example"]},
            credentials=(ACCOUNT,),
            calls=(
                example_call("GET", f"{BASE}/messages/m1?format=full", _PARENT),
                example_call("POST", f"{BASE}/messages/send", SENT),
            ),
            outputs=[
                ("messageId", "m2"),
                ("threadId", "t1"),
                ("status", "Message forwarded successfully"),
            ],
        ),
    ),
)
class GmailForward(Block):
    """Passes a message of Gmail on, with what hangs on it."""

    class Input(Pins):
        credentials: CredentialRef | None = account_pin("gmail.send", "gmail.readonly")
        messageId: str = pin("The id of the message.")
        to: list[str] = pin("Who gets it.")
        cc: list[str] = pin("Who gets a copy.", default=[])
        bcc: list[str] = pin("Who gets a copy unseen.", default=[])
        subject: str = pin("The subject; by default the same.", default="")
        forwardMessage: str = pin("A text above it.", default="")
        includeAttachments: bool = pin("With what hangs on it.", default=True)
        additionalAttachments: list[FileText] = pin(
            "More files to attach.", default=[], advanced=True
        )

    class Output(Pins):
        messageId: str = pin("The id of the new message.")
        threadId: str = pin("The id of its conversation.")
        status: str = pin("What was done.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        gmail = await gmail_of(inputs.credentials, ctx)
        email = told(await _message(gmail, "messageId", inputs.messageId))
        attachments = await attachments_of(ctx, inputs.additionalAttachments)
        if inputs.includeAttachments:
            attachments += await attachments_from(gmail, email)
        draft = Draft(
            to=inputs.to,
            subject=inputs.subject or _prefixed("Fwd:", email.subject),
            body=_forwarded(inputs.forwardMessage, email),
            cc=inputs.cc,
            bcc=inputs.bcc,
            content_type=ContentType.PLAIN,
            attachments=attachments,
        )
        sent = await send(gmail, draft)
        yield "messageId", sent["id"]
        yield "threadId", sent.get("threadId") or ""
        yield "status", "Message forwarded successfully"


def _forwarded(above: str, email: Email) -> str:
    head = (
        "---------- Forwarded message ---------\n"
        f"From: {email.from_}\nDate: {email.date}\nSubject: {email.subject}\n"
        f"To: {', '.join(email.to)}\n"
    )
    return f"{above}\n\n{head}\n{email.body}".lstrip()
