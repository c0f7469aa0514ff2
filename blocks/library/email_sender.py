"""E-mail by SMTP: a message to each of a list."""

from typing import Any, Final

from blocks.base import Block, Pins, Steps, block, pin
from blocks.context import Context
from blocks.credentials import Credential, CredentialRef
from blocks.errors import BlockError, BlockInputError
from blocks.library.email import (
    ACCOUNT,
    CONFIG,
    PROVIDER,
    SMTPConfig,
    account_pin,
    mail_server,
    message_id_of,
    sender_of,
)
from blocks.mail_addresses import read_addresses, read_line
from blocks.spec import Category, CostHint, Effect, Example
from blocks.world import Message

_MAX_MESSAGES: Final = 1_000
_BATCH: Final = 100
_IN_HTML: Final = "This message is written in HTML."
_NO_SERVER: Final = frozenset({"egress_blocked", "unreachable"})


@block(
    id="b7d1c6a2-58f3-4e0e-9a43-0c6c7f2d9b15",
    name="EmailSenderBlock",
    categories=(Category.OUTPUT, Category.COMMUNICATION),
    effect=Effect.ONCE,
    cost=CostHint.NETWORK,
    incremental=True,
    examples=(
        Example(
            inputs={
                "to": ["ada@x.example", "bo@x.example"],
                "subject": "Tea",
                "content": "is ready",
                "config": CONFIG,
            },
            credentials=(ACCOUNT,),
            outputs=[
                ("progress", {"percentage": 100.0, "processed": 2}),
                ("success", True),
                ("message_id", bool),
                (
                    "sent",
                    lambda sent: (
                        [each["to"] for each in sent]
                        == ["ada@x.example", "bo@x.example"]
                    ),
                ),
                ("failed", []),
            ],
        ),
        Example(
            inputs={"to": [], "subject": "a", "content": "b", "config": CONFIG},
            error="nobody to send to",
        ),
    ),
)
class EmailSender(Block):
    """Sends one message to each of a list of people, who do not see each other, in
    batches of 100. Who could not be reached is told; the others get theirs."""

    class Input(Pins):
        to: list[str] = pin("Who gets it: one address, or up to 1,000.")
        subject: str = pin("The subject.")
        content: str = pin("The text, or HTML.")
        html: bool = pin("Whether the content is HTML.", default=False)
        config: SMTPConfig = pin("The mail server.")
        credentials: CredentialRef | None = account_pin()
        from_email: str = pin("The sender.", default="", advanced=True)

    class Output(Pins):
        progress: dict[str, Any] = pin("How far it is, after each batch.")
        success: bool = pin("Whether every message was sent.")
        message_id: str = pin("What the first message is known by.")
        sent: list[dict[str, str]] = pin("Each message that was sent: to, message_id.")
        failed: list[dict[str, str]] = pin("Each that was not: to, error.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        to = read_addresses("to", inputs.to, at_most=_MAX_MESSAGES)
        if not to:
            raise BlockInputError("pin 'to': there is nobody to send to")
        credential = await ctx.credentials.get(inputs.credentials, PROVIDER)
        letters = _Letters(inputs, ctx, credential)
        for start in range(0, len(to), _BATCH):
            for number, address in enumerate(to[start : start + _BATCH], start):
                await letters.send(address, number)
            done = min(start + _BATCH, len(to))
            ctx.live.progress(done, len(to))
            percentage = round(done / len(to) * 100, 1)
            yield "progress", {"percentage": percentage, "processed": done}
        yield "success", not letters.failed
        if letters.sent:
            yield "message_id", letters.sent[0]["message_id"]
        yield "sent", letters.sent
        yield "failed", letters.failed


class _Letters:
    """The same message to one after the other."""

    def __init__(self, inputs: Any, ctx: Context, credential: Credential) -> None:
        self._ctx = ctx
        self._server = mail_server(inputs.config, credential)
        self._sender = sender_of(inputs.from_email, credential)
        self._subject = read_line("subject", inputs.subject)
        self._text = (
            "This message is written in HTML." if inputs.html else inputs.content
        )
        self._html = inputs.content if inputs.html else None
        self.sent: list[dict[str, str]] = []
        self.failed: list[dict[str, str]] = []

    async def send(self, address: str, number: int) -> None:
        key = f"{self._ctx.idempotency_key}:{number}"
        message = Message(
            sender=self._sender,
            to=[address],
            subject=self._subject,
            text=self._text,
            html=self._html,
            message_id=message_id_of(key, self._sender),
        )
        try:
            id_ = await self._ctx.mail.send(message, self._server)
        except BlockError as error:
            if not self.sent and error.code in _NO_SERVER:
                raise
            self.failed.append({"to": address, "error": str(error)})
        else:
            self.sent.append({"to": address, "message_id": id_})
