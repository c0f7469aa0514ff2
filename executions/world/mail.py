"""E-mail by SMTP to a judged host, with TLS that checks its name."""

import asyncio
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from email.errors import MessageError
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import formatdate, make_msgid, parseaddr
from typing import TYPE_CHECKING, Final

from blocks.errors import BlockError, BlockInputError, BlockTimeoutError
from blocks.secret import Secret
from blocks.world import Attachment, MailServer, Message
from core.egress import Connector, EgressError, Peer

if TYPE_CHECKING:
    from ssl import SSLContext

    from aiosmtplib import SMTP, SMTPResponseException

_PORTS: Final = frozenset({25, 465, 587, 2525})
_SHOWN: Final = 300
# Unicode has line ends of its own, which some servers take for one.
_LINE_END: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


class SmtpMail:
    """Implements `blocks.world.Mail`."""

    def __init__(self, connector: Connector) -> None:
        self._connector = connector

    async def send(
        self, message: Message, server: MailServer, *, timeout_s: float = 30.0
    ) -> str:
        built = built_message(message)
        recipients = [*message.to, *message.cc, *message.bcc]
        with _as_failure_of_the_block(server.host):
            async with asyncio.timeout(timeout_s):
                peer = await self._connector.judged(
                    server.host, server.port, ports=_PORTS
                )
                await self._deliver(built, recipients, server, peer)
        return str(built["Message-ID"])

    async def _deliver(
        self,
        built: EmailMessage,
        recipients: list[str],
        server: MailServer,
        peer: Peer,
    ) -> None:
        sender = parseaddr(str(built["From"]))[1]
        # Bcc stands in the envelope alone.
        envelope = [parseaddr(recipient)[1] for recipient in recipients]
        client = await self._connected(server, peer, sender.rpartition("@")[2])
        try:
            await client.sendmail(sender, envelope, built.as_bytes())
            await _say_goodbye(client)
        finally:
            client.close()

    async def _connected(self, server: MailServer, peer: Peer, name: str) -> "SMTP":
        from aiosmtplib import SMTP

        client = SMTP(
            hostname=peer.host,
            local_hostname=name,
            username=_text(server.username),
            password=_text(server.password),
            use_tls=server.security == "tls",
            start_tls=server.security == "starttls",
            tls_context=self._tls(server.security),
            sock=await self._connector.open(peer),
        )
        try:
            await client.connect()
        except BaseException:
            client.close()
            raise
        return client

    def _tls(self, security: str) -> "SSLContext | None":
        return None if security == "none" else self._connector.ssl_context()


async def _say_goodbye(client: "SMTP") -> None:
    """The message is accepted by now, so nothing that follows is its failure."""
    from aiosmtplib import SMTPException

    with suppress(SMTPException):
        await client.quit()


def _text(secret: Secret | None) -> str | None:
    return None if secret is None else secret.reveal()


def built_message(message: Message) -> EmailMessage:
    """The message as it is sent.

    Raises:
        BlockInputError: a header has a line break, an address is none, or the text
            holds half a character.
    """
    built = EmailMessage(policy=SMTP_POLICY)
    for name, value in _headers(message):
        _set_header(built, name, value)
    try:
        built.set_content(message.text)
        if message.html is not None:
            built.add_alternative(message.html, subtype="html")
    except UnicodeEncodeError:
        raise BlockInputError("the text holds half of a surrogate pair") from None
    for attachment in message.attachments:
        _attach(built, attachment)
    return built


def _headers(message: Message) -> Iterator[tuple[str, str]]:
    domain = parseaddr(message.sender)[1].rpartition("@")[2] or "localhost"
    yield "From", message.sender
    yield "To", _joined(message.to)
    if message.cc:
        yield "Cc", _joined(message.cc)
    if message.reply_to:
        yield "Reply-To", message.reply_to
    yield "Subject", message.subject
    yield "Date", formatdate(usegmt=True)
    yield "Message-ID", message.message_id or make_msgid(domain=domain)


def _joined(addresses: Iterable[str]) -> str:
    return ", ".join(addresses)


def _set_header(built: EmailMessage, name: str, value: str) -> None:
    if _LINE_END.search(value):
        raise BlockInputError(
            f"the header {name} has a line break or control character"
        )
    try:
        built[name] = value
    except (ValueError, MessageError, IndexError):
        raise BlockInputError(f"the header {name} cannot be sent as it is") from None


def _attach(built: EmailMessage, attachment: Attachment) -> None:
    kind, _, subtype = attachment.media_type.partition("/")
    built.add_attachment(
        attachment.content,
        maintype=kind if subtype else "application",
        subtype=subtype or "octet-stream",
        filename="".join(c for c in attachment.name if c.isprintable()),
    )


@contextmanager
def _as_failure_of_the_block(host: str) -> Iterator[None]:
    from aiosmtplib import SMTPException

    try:
        yield
    except EgressError as error:
        raise BlockError(error.message, code=error.code) from None
    except SMTPException as error:
        raise _told(host, error) from None
    except TimeoutError:
        raise BlockTimeoutError(f"the mail server {host} took too long") from None
    except OSError:
        message = f"the connection to the mail server {host} broke"
        raise BlockError(message, code="unreachable") from None


def _told(host: str, error: Exception) -> BlockError:
    from aiosmtplib import (
        SMTPAuthenticationError,
        SMTPRecipientsRefused,
        SMTPResponseException,
        SMTPTimeoutError,
    )

    match error:
        case SMTPTimeoutError():
            return BlockTimeoutError(f"the mail server {host} took too long")
        case SMTPAuthenticationError():
            text = f"the mail server {host} refused the sign-in ({error.code})"
            return BlockError(text, code="refused")
        case SMTPRecipientsRefused():
            return _refused(host, error.recipients[0])
        case SMTPResponseException():
            return _refused(host, error)
        case ConnectionError():
            text = f"the connection to the mail server {host} broke"
            return BlockError(text, code="unreachable")
    text = f"the mail server {host} does not offer what is asked: {error}"
    return BlockError(text, code="refused")


def _refused(host: str, error: "SMTPResponseException") -> BlockError:
    text = error.message[:_SHOWN]
    return BlockError(
        f"the mail server {host} refused the message ({error.code}): {text}",
        code="refused",
    )
