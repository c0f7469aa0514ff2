"""Gmail: messages as its API has them, as blocks tell them, and as they are sent."""

import base64
import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import getaddresses
from typing import Any, Final

from pydantic import BaseModel, Field

from blocks.context import Context
from blocks.credentials import CredentialRef
from blocks.errors import BlockError, BlockInputError
from blocks.google import google_of
from blocks.mail_addresses import read_addresses, read_line
from blocks.rest import Rest
from blocks.values import JsonObject
from blocks.world import MIB, Attachment

BASE: Final = "https://gmail.googleapis.com/gmail/v1/users/me"
MAX_ATTACHED: Final = 20 * MIB
_MAX_RECIPIENTS: Final = 500
_TAG: Final = re.compile(r"<[^<>]*>")
_LOOKS_LIKE_HTML: Final = re.compile(r"</?(?:p|br|div|b|i|a|ul|table|html)\b[^<>]*>")


class EmailAttachment(BaseModel):
    filename: str
    content_type: str
    size: int
    attachment_id: str


class Email(BaseModel):
    """A message as blocks tell it; the names are those of the API."""

    threadId: str
    labelIds: list[str]
    id: str
    subject: str
    snippet: str
    from_: str
    to: list[str]
    cc: list[str] = Field(default_factory=list)
    bcc: list[str] = Field(default_factory=list)
    date: str
    body: str
    sizeEstimate: int
    attachments: list[EmailAttachment]


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """A message that is yet to be sent."""

    to: Sequence[str]
    subject: str
    body: str
    cc: Sequence[str] = ()
    bcc: Sequence[str] = ()
    content_type: str = "auto"
    attachments: Sequence[Attachment] = ()
    answers: str = ""
    """The Message-ID it answers."""

    def raw(self) -> str:
        """The message as the API takes it.

        Raises:
            BlockInputError: an address is none, or a header has a line break.
        """
        message = EmailMessage(policy=SMTP)
        for name, value in self._headers():
            message[name] = value
        subtype = "html" if self._is_html() else "plain"
        message.set_content(self.body, subtype=subtype)
        for each in self.attachments:
            kind, _, subtype = each.media_type.partition("/")
            message.add_attachment(
                each.content,
                maintype=kind if subtype else "application",
                subtype=subtype or "octet-stream",
                filename=read_line("attachments", each.name),
            )
        return base64.urlsafe_b64encode(message.as_bytes()).decode()

    def _headers(self) -> Iterator[tuple[str, str]]:
        everybody = {"To": self.to, "Cc": self.cc, "Bcc": self.bcc}
        if not any(everybody.values()):
            raise BlockInputError("pin 'to': there is nobody to send to")
        for name, addresses in everybody.items():
            checked = read_addresses(
                name.lower(), list(addresses), at_most=_MAX_RECIPIENTS
            )
            if checked:
                yield name, ", ".join(checked)
        yield "Subject", read_line("subject", self.subject)
        if self.answers:
            answered = read_line("parentMessageId", self.answers)
            yield "In-Reply-To", answered
            yield "References", answered

    def _is_html(self) -> bool:
        if self.content_type == "auto":
            return _LOOKS_LIKE_HTML.search(self.body) is not None
        return self.content_type == "html"


async def gmail_of(ref: CredentialRef | None, ctx: Context) -> Rest:
    return await google_of(ref, ctx, "Gmail", BASE)


async def send(gmail: Rest, draft: Draft, thread_id: str = "") -> JsonObject:
    body: JsonObject = {"raw": draft.raw()}
    if thread_id:
        body["threadId"] = thread_id
    sent: JsonObject = await gmail.post("/messages/send", body)
    return sent


async def attachments_of(ctx: Context, sources: Sequence[str]) -> list[Attachment]:
    """Stored files and addresses, read for sending."""
    found: list[Attachment] = []
    left = MAX_ATTACHED
    for source in sources:
        stored, content = await ctx.files.read(source, max_bytes=left)
        left -= len(content)
        found.append(
            Attachment(name=stored.name, media_type=stored.media_type, content=content)
        )
    return found


async def label_id(gmail: Rest, name: str, *, make: bool) -> str:
    """
    Raises:
        BlockError: code `not_found`: there is no such label, and none is to be made.
    """
    labels = (await gmail.get("/labels")).get("labels") or []
    for label in labels:
        if label["name"].casefold() == name.casefold():
            return str(label["id"])
    if not make:
        raise BlockError(f"Gmail has no label {name!r}", code="not_found")
    return str((await gmail.post("/labels", {"name": name}))["id"])


def headers_of(message: Any) -> dict[str, str]:
    """By lower-case name."""
    headers = message.get("payload", {}).get("headers") or []
    return {each["name"].lower(): each["value"] for each in headers}


def told(message: Any) -> Email:
    """A message of the API as blocks tell it."""
    headers = headers_of(message)
    return Email(
        threadId=message.get("threadId", ""),
        labelIds=message.get("labelIds") or [],
        id=message["id"],
        subject=headers.get("subject", ""),
        snippet=html.unescape(message.get("snippet", "")),
        from_=headers.get("from", ""),
        to=addresses_in(headers.get("to", "")),
        cc=addresses_in(headers.get("cc", "")),
        bcc=addresses_in(headers.get("bcc", "")),
        date=headers.get("date", ""),
        body=_body(message.get("payload") or {}),
        sizeEstimate=message.get("sizeEstimate") or 0,
        attachments=list(_attached(message.get("payload") or {})),
    )


def addresses_in(text: str) -> list[str]:
    """Without names, which may hold what only mail programs can read."""
    return [address for _, address in getaddresses([text]) if address]


def _parts(payload: Any) -> Iterator[Any]:
    yield payload
    for part in payload.get("parts") or ():
        yield from _parts(part)


def _body(payload: Any) -> str:
    """The plain text, else the HTML without its tags."""
    texts = {
        part.get("mimeType"): _decoded(part["body"]["data"])
        for part in reversed(list(_parts(payload)))
        if part.get("body", {}).get("data") and not part.get("filename")
    }
    if "text/plain" in texts:
        return texts["text/plain"]
    return html.unescape(_TAG.sub("", texts.get("text/html", ""))).strip()


def _decoded(data: str) -> str:
    raw = base64.urlsafe_b64decode(data + "=" * (-len(data) % 4))
    return raw.decode(errors="replace")


def _attached(payload: Any) -> Iterator[EmailAttachment]:
    for part in _parts(payload):
        body = part.get("body") or {}
        if part.get("filename") and body.get("attachmentId"):
            yield EmailAttachment(
                filename=part["filename"],
                content_type=part.get("mimeType") or "application/octet-stream",
                size=body.get("size") or 0,
                attachment_id=body["attachmentId"],
            )


async def attachments_from(gmail: Rest, email: Email) -> list[Attachment]:
    """The contents of what hangs on a message."""
    found = []
    for each in email.attachments:
        path = f"/messages/{email.id}/attachments/{each.attachment_id}"
        data = (await gmail.get(path))["data"]
        content = base64.urlsafe_b64decode(data + "=" * (-len(data) % 4))
        found.append(
            Attachment(
                name=each.filename, media_type=each.content_type, content=content
            )
        )
    return found
