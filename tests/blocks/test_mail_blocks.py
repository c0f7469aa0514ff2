"""E-mail: whom it goes to, and what must not get into it."""

import pytest

from blocks.context import NodeIdentity
from blocks.credentials import Credential, CredentialKind, CredentialRef
from blocks.errors import BlockError, BlockInputError
from blocks.mail_addresses import read_address, read_addresses
from blocks.secret import Secret
from blocks.testing import FakeContext
from blocks.testing.fakes import FakeCredentials, FakeFiles, FakeMail
from tests.blocks.calls import called

CONFIG = {"smtp_server": "mail.example", "smtp_port": 587}
ACCOUNT = Credential(
    id="key",
    provider="smtp",
    kind=CredentialKind.USER_PASSWORD,
    secrets={"username": Secret("shop@x.example"), "password": Secret("hush")},
)
SEND = {"to_email": "a@x.example", "subject": "Hi", "body": "B", "config": CONFIG}


def context(mail: FakeMail | None = None, attempt: int = 1) -> FakeContext:
    return FakeContext(
        identity=NodeIdentity(execution_id="e", node_id="n", attempt=attempt),
        credentials=FakeCredentials([ACCOUNT]),
        mail=mail or FakeMail(),
        files=FakeFiles({"workspace://1": ("a.csv", "text/csv", b"1,2")}),
    )


BAD = [
    pytest.param({"to_email": "a@x.example\r\nBcc: x@evil.example"}, id="to-crlf"),
    pytest.param({"to_email": "a@x.example, " * 200}, id="too-many"),
    pytest.param({"to_email": ",".join(["a@x.example"] * 51)}, id="one-too-many"),
    pytest.param({"to_email": ""}, id="nobody"),
    pytest.param({"to_email": "a@x.example,"}, id="empty-one"),
    pytest.param({"to_email": "a@b@c"}, id="two-ats"),
    pytest.param({"to_email": "-oQ/tmp x@y"}, id="option-of-a-mailer"),
    pytest.param({"subject": "Hi\nBcc: x@evil.example"}, id="subject-lf"),
    pytest.param({"subject": "Hi\rBcc: x@evil.example"}, id="subject-cr"),
    pytest.param({"subject": "Hi\u2028X"}, id="subject-unicode-line"),
    pytest.param({"reply_to": '"a\u2028b"@x.example\r\nX: 1'}, id="reply-to"),
    pytest.param({"cc": "a@x.example\nX: 1"}, id="cc"),
    pytest.param({"bcc": "a@x.example\x00"}, id="bcc-null"),
    pytest.param({"from_email": "A\n<a@x.example>"}, id="from"),
]


@pytest.mark.parametrize("change", BAD)
async def test_what_would_break_a_header_is_not_sent(change):
    ctx = context()
    result = await called("SendEmail", SEND | change, ctx)
    assert result.error.code == "bad_input"
    assert ctx.mail.sent == []


async def test_message_is_sent_as_asked():
    ctx = context()
    asked = SEND | {
        "to_email": "a@x.example, Bo <b@x.example>",
        "cc": "c@x.example",
        "attachments": ["workspace://1"],
        "html": "<b>B</b>",
    }
    result = await called("SendEmail", asked, ctx)
    ((message, server),) = ctx.mail.sent
    assert result.outputs == [
        ("status", "Email sent successfully"),
        ("message_id", message.message_id),
    ]
    assert message.to == ["a@x.example", '"Bo" <b@x.example>']
    assert (message.sender, message.cc) == ("shop@x.example", ["c@x.example"])
    assert message.html == "<b>B</b>"
    assert message.attachments[0].content == b"1,2"
    assert (server.host, server.port, server.security) == (
        "mail.example",
        587,
        "starttls",
    )
    assert server.password == Secret("hush")


async def test_every_attempt_is_the_same_message():
    ids = []
    for attempt in (1, 2):
        ctx = context(attempt=attempt)
        await called("SendEmail", SEND, ctx)
        ids.append(ctx.mail.sent[0][0].message_id)
    assert ids[0] == ids[1]


SECURITY = [
    pytest.param({"smtp_port": 465}, "tls", id="port-of-tls"),
    pytest.param({"smtp_port": 25}, "starttls", id="usual-port"),
    pytest.param({"smtp_port": 465, "security": "none"}, "none", id="as-told"),
]


@pytest.mark.parametrize(("config", "security"), SECURITY)
async def test_connection_is_protected_unless_told_otherwise(config, security):
    ctx = context()
    await called("SendEmail", SEND | {"config": CONFIG | config}, ctx)
    assert ctx.mail.sent[0][1].security == security


class PickyMail(FakeMail):
    """Takes nothing for one address."""

    async def send(self, message, server, *, timeout_s=30.0):
        if "bad@x.example" in message.to:
            raise BlockError("no such box", code="refused")
        return await super().send(message, server, timeout_s=timeout_s)


class NoMail(FakeMail):
    async def send(self, message, server, *, timeout_s=30.0):
        raise BlockError("blocked", code="egress_blocked")


LETTER = {"subject": "Hi", "content": "<p>B</p>", "html": True, "config": CONFIG}


async def test_each_gets_a_message_of_their_own_and_failures_are_told():
    ctx = context(PickyMail())
    to = ["a@x.example", "bad@x.example", "c@x.example"]
    result = await called("EmailSender", LETTER | {"to": to}, ctx)
    outputs = dict(result.outputs)
    assert outputs["success"] is False
    assert outputs["failed"] == [{"to": "bad@x.example", "error": "no such box"}]
    assert [m.to for m, _ in ctx.mail.sent] == [["a@x.example"], ["c@x.example"]]
    assert len({m.message_id for m, _ in ctx.mail.sent}) == 2
    assert ctx.mail.sent[0][0].html == "<p>B</p>"


async def test_progress_is_told_after_each_batch():
    to = [f"n{number}@x.example" for number in range(250)]
    result = await called("EmailSender", LETTER | {"to": to}, context())
    told = [value for pin, value in result.outputs if pin == "progress"]
    assert told == [
        {"percentage": 40.0, "processed": 100},
        {"percentage": 80.0, "processed": 200},
        {"percentage": 100.0, "processed": 250},
    ]


async def test_server_that_cannot_be_reached_fails_the_node():
    asked = LETTER | {"to": ["a@x.example", "b@x.example"]}
    result = await called("EmailSender", asked, context(NoMail()))
    assert result.error.code == "egress_blocked"


async def test_too_many_are_refused_before_the_first_is_sent():
    ctx = context()
    asked = LETTER | {"to": ["a@x.example"] * 1_001}
    assert (await called("EmailSender", asked, ctx)).error.code == "bad_input"
    assert ctx.mail.sent == []


ADDRESSES = [
    pytest.param("a@x.example", "a@x.example", id="plain"),
    pytest.param(" a.b+c@x-y.example ", "a.b+c@x-y.example", id="spaces-around"),
    pytest.param("Ada L <a@x.example>", '"Ada L" <a@x.example>', id="with-a-name"),
    pytest.param("a@bücher.example", "a@xn--bcher-kva.example", id="domain-in-unicode"),
    pytest.param("root@localhost", "root@localhost", id="bare-host"),
]


@pytest.mark.parametrize(("text", "wanted"), ADDRESSES)
def test_addresses_are_read(text, wanted):
    assert read_address("to", text) == wanted


@pytest.mark.parametrize(
    "text",
    ["", "a", "@x", "a@", "a b@x", "a@x..y", ".a@x", "a@-x", "a@x, b@x", "<a@x", "é@x"],
)
def test_what_is_no_address_is_refused(text):
    with pytest.raises(BlockInputError, match="'to'"):
        read_address("to", text)


def test_no_text_is_no_address():
    assert read_addresses("cc", " ", at_most=1) == []


async def test_notification_tells_who_could_not_be_told():
    ctx = context()
    ctx.credentials.given = [ACCOUNT]
    asked = {
        "message": {"tea": 1},
        "subject": "Tea",
        "channels": ["email", "discord"],
        "email_to": "a@x.example",
        "config": CONFIG,
        "email_credentials": CredentialRef(id="key").model_dump(),
    }
    result = await called("Notification", asked, ctx)
    outputs = dict(result.outputs)
    assert (outputs["success"], outputs["sent"]) == (False, ["email"])
    assert outputs["failed"][0]["channel"] == "discord"
    assert ctx.mail.sent[0][0].text == '{"tea":1}'
