"""Mails that were ordered, as they arrive."""

import re

from django.core import mail
from django.core.mail import EmailMessage

from accounts.sign_in.mail import mails_send


def arrived() -> list[EmailMessage]:
    """Those that came since this was asked last."""
    while mails_send():
        pass
    found, mail.outbox[:] = list(mail.outbox), []
    return found


def token_in(message: EmailMessage) -> str:
    """What stands last in the address of its link."""
    found = re.search(r"https?://\S+/([\w-]{40,})/", str(message.body))
    assert found, message.body
    return found[1]


def code_in(message: EmailMessage) -> str:
    found = re.search(r"^\d{8}$", str(message.body), re.MULTILINE)
    assert found, message.body
    return found[0]
