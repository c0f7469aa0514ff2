"""Mail over a real server on loopback: what goes out, and what must not."""

import ssl
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

from blocks.errors import BlockError
from blocks.secret import Secret
from blocks.world import Attachment, MailServer, Message
from core.egress import Connector, parse_allow
from executions.world.mail import SmtpMail
from tests.world.mail_server import mail_server

MESSAGE = Message(
    sender="Ada <ada@shop.example>", to=["b@x.example"], subject="Hé", text="Hello"
)


def mail_to(port: int) -> tuple[SmtpMail, MailServer]:
    connector = Connector(allow=parse_allow([f"127.0.0.1:{port}"]))
    return SmtpMail(connector), MailServer(host="127.0.0.1", port=port, security="none")


async def test_message_arrives_as_it_was_written():
    message = replace(
        MESSAGE,
        html="<b>Hello</b>",
        cc=["Cy <c@x.example>"],
        bcc=["secret@x.example"],
        reply_to="r@shop.example",
        attachments=[Attachment(name="a.csv", media_type="text/csv", content=b"1,2")],
    )
    async with mail_server() as inbox:
        mail, server = mail_to(inbox.port)
        id = await mail.send(message, server)
    (got,) = inbox.messages
    assert inbox.envelopes == [
        ("ada@shop.example", ["b@x.example", "c@x.example", "secret@x.example"])
    ]
    assert (got["From"], got["To"]) == ("Ada <ada@shop.example>", "b@x.example")
    assert (got["Cc"], got["Reply-To"]) == ("Cy <c@x.example>", "r@shop.example")
    assert (got["Subject"], got["Message-ID"]) == ("Hé", id)
    assert b"secret@x.example" not in inbox.raw[0]
    assert got.get_body(("plain",)).get_content().strip() == "Hello"
    assert got.get_body(("html",)).get_content().strip() == "<b>Hello</b>"
    (attached,) = got.iter_attachments()
    assert attached.get_filename() == "a.csv"
    assert attached.get_payload(decode=True) == b"1,2"


async def test_server_is_signed_in_to():
    async with mail_server() as inbox:
        mail, server = mail_to(inbox.port)
        who = {"username": Secret("ada"), "password": Secret("open sesame")}
        await mail.send(MESSAGE, replace(server, **who))
    assert len(inbox.sign_ins) == 1


async def test_same_id_is_kept_for_every_attempt():
    async with mail_server() as inbox:
        mail, server = mail_to(inbox.port)
        message = replace(MESSAGE, message_id="<1@shop.example>")
        assert await mail.send(message, server) == "<1@shop.example>"
    assert inbox.messages[0]["Message-ID"] == "<1@shop.example>"


BROKEN = [
    pytest.param({"subject": "Hi\nBcc: x@evil.example"}, "Subject", id="subject"),
    pytest.param({"to": ["a@x.example\r\nBcc: x@evil.example"]}, "To", id="to"),
    pytest.param({"reply_to": "a@x.example\rX: 1"}, "Reply-To", id="reply-to"),
    pytest.param({"sender": "a\u2028b <a@x.example>"}, "From", id="unicode-line-end"),
    pytest.param({"subject": "a\x00b"}, "Subject", id="null-byte"),
    pytest.param({"message_id": "<a>\r\nX: 1"}, "Message-ID", id="message-id"),
]


@pytest.mark.parametrize(("change", "header"), BROKEN)
async def test_line_ends_in_headers_are_refused_before_anything_is_sent(change, header):
    async with mail_server() as inbox:
        mail, server = mail_to(inbox.port)
        with pytest.raises(BlockError, match=header):
            await mail.send(replace(MESSAGE, **change), server)
    assert inbox.envelopes == []


REFUSALS = [
    pytest.param({"rcpt": "550 no such box"}, "refused", "no such box", id="recipient"),
    pytest.param({"mail": "553 not you"}, "refused", "not you", id="sender"),
    pytest.param({"auth": "535 wrong"}, "refused", "sign-in", id="sign-in"),
    pytest.param({"data": "554 spam"}, "refused", "spam", id="content"),
    pytest.param({"connect": "later"}, "timeout", "too long", id="silence"),
]


@pytest.mark.parametrize(("answers", "code", "reason"), REFUSALS)
async def test_what_the_server_refuses_is_told(answers, code, reason):
    async with mail_server(**answers) as inbox:
        mail, server = mail_to(inbox.port)
        who = {"username": Secret("ada"), "password": Secret("open sesame")}
        with pytest.raises(BlockError, match=reason) as caught:
            await mail.send(MESSAGE, replace(server, **who), timeout_s=0.5)
    assert caught.value.code == code
    assert "sesame" not in str(caught.value)


async def test_tls_that_the_server_lacks_is_not_done_without():
    async with mail_server() as inbox:
        mail, server = mail_to(inbox.port)
        with pytest.raises(BlockError, match="STARTTLS") as caught:
            await mail.send(MESSAGE, replace(server, security="starttls"))
    assert caught.value.code == "refused"
    assert inbox.envelopes == []


def certified(name: str, folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """For a server of that name, and for clients that trust it."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(who, who, key.public_key(), 1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), False)
        .add_extension(x509.BasicConstraints(True, None), True)
        .sign(key, hashes.SHA256())
    )
    written = certificate.public_bytes(Encoding.PEM)
    secret = key.private_bytes(
        Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()
    )
    path = folder / "server.pem"
    path.write_bytes(secret + written)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(path)
    return server, ssl.create_default_context(cadata=written.decode())


async def sent_over_tls(name: str, server: ssl.SSLContext, client: ssl.SSLContext):
    async def resolver(host: str, port: int):
        return ["127.0.0.1"]

    async with mail_server(ssl=server) as inbox:
        connector = Connector(
            allow=parse_allow([f"{name}:{inbox.port}"]),
            resolver=resolver,
            ssl_context=lambda: client,
        )
        to = MailServer(host=name, port=inbox.port, security="tls")
        await SmtpMail(connector).send(MESSAGE, to, timeout_s=5)
        return inbox


async def test_certificate_is_checked_for_the_name_not_the_address(tmp_path):
    inbox = await sent_over_tls("mail.test", *certified("mail.test", tmp_path))
    assert len(inbox.envelopes) == 1


async def test_certificate_of_another_name_is_refused(tmp_path):
    with pytest.raises(BlockError, match="the connection to the mail server") as caught:
        await sent_over_tls("mail.test", *certified("other.test", tmp_path))
    assert caught.value.code == "unreachable"


CLOSED = [
    pytest.param("127.0.0.1", 25, id="loopback"),
    pytest.param("http://127.0.0.1:6379/", 25, id="url"),
    pytest.param("mail.example", 6379, id="port-of-another-service"),
]


@pytest.mark.parametrize(("host", "port"), CLOSED)
async def test_mail_reaches_no_closed_host(host, port):
    mail = SmtpMail(Connector())
    with pytest.raises(BlockError, match="blocked") as caught:
        await mail.send(MESSAGE, MailServer(host=host, port=port))
    assert caught.value.code == "egress_blocked"
