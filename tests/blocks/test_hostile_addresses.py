"""Ways to be sent inside, and to slip something into a mail."""

import pytest

from blocks.credentials import Credential, CredentialKind
from blocks.secret import Secret
from tests.blocks.hostile import played, refusal
from tests.core.wire import PUBLIC, redirect

CLOSED = [
    # IPv4 in other ways to write it
    "http://017700000001/", "http://0177.0.0.1/", "http://0x7f.1/", "http://127.0.1/",
    "http://127.0.0.1./", "http://2852039166/", "http://0xa9fea9fe/",
    "http://169.16689662/", "http://10.1/", "http://4294967297/",
    "http://0x7f000001.0x0/", "http://127.255.255.254/", "http://255.255.255.255/",
    # IPv4 within IPv6
    "http://[::127.0.0.1]/", "http://[::ffff:7f00:1]/", "http://[64:ff9b::127.0.0.1]/",
    "http://[64:ff9b:1::7f00:1]/", "http://[2002:a9fe:a9fe::1]/",
    "http://[2001:0:7f00:1::]/", "http://[::ffff:0:127.0.0.1]/",
    # IPv6
    "http://[fe80::1]/", "http://[fe80::1%25eth0]/", "http://[fd00:ec2::254]/",
    "http://[ff02::1]/", "http://[::1/", "http://[v1.a]/",
    # letters that are mapped
    "http://①②⑦。⓪。⓪。①/", "http://127。0。0。1/",
    "http://127\uff0e0\uff0e0\uff0e1/",
    "http://ⓛocalhost/", "http://localho\u017ft/", "http://127.0.0.1\u200b/",
    "http://127.0.0.\uff11/", "http://lo%63alhost/",
    # names
    "http://LOCALHOST./", "http://foo.localhost/", "http://a.local/",
    "http://metadata.google.internal./", "http://100.100.100.200/",
    "http://168.63.129.16/", "http://192.0.0.192/",
    # two readers, two hosts
    "http://public.test:80@127.0.0.1/", "http://127.0.0.1#@public.test/",
    "http://127.0.0.1?@public.test/", "http://public.test%2f@127.0.0.1/",
    "http://public.test%00.a/", "http://127.0.0.1\t/", "http://public.test\u2028/",
    "//127.0.0.1/", "http:127.0.0.1/", "http:/127.0.0.1/", "http:///127.0.0.1/",
    # ports and schemes
    "http://127.0.0.1:0/", "http://public.test:99999/", "http://public.test:22/",
    "ftp://public.test/", "jar:http://public.test!/", "ldap://public.test/",
    "data:text/plain,hi", "javascript:alert(1)", "netdoc:///etc/passwd",
]  # fmt: skip


@pytest.mark.parametrize("url", CLOSED)
def test_address_is_refused_before_anybody_is_called(url: str):
    given = {"url": url, "method": "GET"}
    assert refusal("SendWebRequest", given) in ("egress_blocked", "bad_input")


@pytest.mark.parametrize(
    "goal",
    [
        "http://[::ffff:127.0.0.1]/", "//127.0.0.1/", "http://0x7f.1/", "ftp://a.test/",
        "http://public.test:6379/", "\\\\127.0.0.1\\", "http://u:p@other.test/",
        "javascript:1", "http://public.test\\@127.0.0.1/", "http://127。0。0。1/",
    ],
)  # fmt: skip
def test_redirect_is_judged_like_an_address(goal: str):
    given = {"url": "http://redirect.test/x", "method": "GET"}
    outcome = played("SendWebRequest", given, answer=redirect(goal))
    assert outcome.error is not None, outcome.outputs
    assert {host for host, _ in outcome.connects} == {PUBLIC}


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param([["10.0.0.1"]], id="private"),
        pytest.param([["::1"]], id="loopback"),
        pytest.param([[PUBLIC, "::ffff:127.0.0.1"]], id="one-of-two-is-mapped"),
        pytest.param([["64:ff9b::a00:1"]], id="nat64"),
        pytest.param([["fe80::1%eth0"]], id="scoped"),
    ],
)
def test_name_that_leads_inside_is_refused(answers: list[list[str]]):
    given = {"url": "http://rebind.test/", "method": "GET"}
    assert (
        refusal("SendWebRequest", given, hosts={"rebind.test": answers})
        == "egress_blocked"
    )


# --- Mail -----------------------------------------------------------------------------

MAIL = {
    "to_email": "a@example.com", "subject": "Hi", "body": "Hi",
    "from_email": "me@example.com",
    "config": {"smtp_server": "mail.test", "smtp_port": 587},
}  # fmt: skip
SENDER = Credential(
    id="smtp",
    provider="smtp",
    kind=CredentialKind.USER_PASSWORD,
    secrets={"username": Secret("me"), "password": Secret("p")},
)
BREAKS = ["\r", "\n", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029", "\0"]


@pytest.mark.parametrize("sign", BREAKS)
@pytest.mark.parametrize(
    ("pin", "text"),
    [
        ("to_email", "a@example.com{}Bcc: x@b.test"),
        ("to_email", '"a{}"@example.com'),
        ("subject", "Hi{}Bcc: x@b.test"),
        ("from_email", "me@example.com{}X: 1"),
        ("cc", "c@example.com{}"),
        ("bcc", "c@example.com{}X: 1"),
        ("reply_to", '"R{}" <r@example.com>'),
    ],
)
def test_no_header_is_slipped_in(pin: str, text: str, sign: str):
    given = {**MAIL, pin: text.format(sign)}
    assert refusal("SendEmail", given, credentials=(SENDER,)) == "bad_input"


@pytest.mark.parametrize(
    "address",
    [
        "<a@example.com> NOTIFY=SUCCESS", "a@example.com>RCPT TO:<b@example.com",
        "=?utf-8?q?a=0D=0ABcc:x?= <a@example.com>", "a@[127.0.0.1]", "a@b@c", "@", "",
        "undisclosed: a@b.test, c@b.test;", "a@ex%0d%0aample.com", "a@example.com,",
    ],
)  # fmt: skip
def test_what_is_no_address_gets_no_mail(address: str):
    given = {**MAIL, "to_email": address}
    assert refusal("SendEmail", given, credentials=(SENDER,)) == "bad_input"


def test_half_a_character_is_no_text_of_a_mail():
    given = {**MAIL, "body": "\ud800"}
    assert refusal("SendEmail", given, credentials=(SENDER,)) == "bad_input"


@pytest.mark.parametrize(
    ("host", "port"),
    [
        ("0x7f.1", 587), ("[::1]", 25), ("127。0。0。1", 587), ("localhost", 25),
        ("mail.test\r\n", 587), ("mail.test:25", 587), ("a@127.0.0.1", 587),
        ("mail.test", 22), ("mail.test", 6379), ("169.254.169.254", 25),
    ],
)  # fmt: skip
def test_mail_server_is_judged_like_an_address(host: str, port: int):
    given = {**MAIL, "config": {"smtp_server": host, "smtp_port": port}}
    code = refusal("SendEmail", given, credentials=(SENDER,))
    assert code in ("egress_blocked", "bad_input")
