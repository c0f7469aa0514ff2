"""Where the site says it is, and the server it sends mails by."""

import stat
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMessage, get_connection

from autogpt_site.env import Env
from autogpt_site.own_address import MailServer, mail_server, site_url


@pytest.mark.parametrize(
    ("given", "url"),
    [
        pytest.param(
            {"site_url": "https://a.example/"}, "https://a.example", id="said"
        ),
        pytest.param({}, "http://localhost:8000", id="at home"),
        pytest.param(
            {"allowed_hosts": ("*", ".a.example"), "database_url": "postgres://x/y"},
            "https://a.example",
            id="the first host",
        ),
    ],
)
def test_where_the_site_is(given: Any, url: str):
    defaults: Any = {
        "allowed_hosts": ("localhost",),
        "database_url": "",
        "site_url": "",
    }
    assert site_url(Env(**(defaults | given))) == url


@pytest.mark.parametrize(
    ("url", "server"),
    [
        pytest.param(
            "smtp://me%40a:p%3Aw@mail.example",
            MailServer("mail.example", 587, "me@a", "p:w", False, True),
            id="starttls",
        ),
        pytest.param(
            "smtps://mail.example",
            MailServer("mail.example", 465, "", "", True, False),
            id="tls",
        ),
        pytest.param(
            "smtp://127.0.0.1:1025?tls=none",
            MailServer("127.0.0.1", 1025, "", "", False, False),
            id="plain",
        ),
    ],
)
def test_mail_servers(url: str, server: MailServer):
    assert mail_server(url) == server


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("mail.example", id="no-scheme"),
        pytest.param("http://me:pa55@mail.example", id="no-mail"),
        pytest.param("smtp://me:pa55@", id="no-host"),
        pytest.param("smtp://me:pa55@mail.example:x", id="no-port"),
        pytest.param("smtp://me:pa55@mail.example?tls=off", id="no-such-option"),
    ],
)
def test_what_is_no_mail_server(url: str):
    with pytest.raises(ImproperlyConfigured, match="SITE_MAIL_URL") as caught:
        mail_server(url)
    assert "pa55" not in str(caught.value)


def test_without_a_server_mails_are_files_for_the_owner(tmp_path: Path):
    folder = tmp_path / "mail"
    sender = get_connection("core.mail_folder.EmailBackend", file_path=str(folder))
    EmailMessage("Hello", "text", to=["a@example.org"], connection=sender).send()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    (file,) = folder.iterdir()
    assert "Hello" in file.read_text()
