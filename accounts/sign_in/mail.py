"""Mails of the site to the people who use it: ordered in the transaction of the deed,
written and sent by a worker.

What a kind of mail says is in `LETTERS`; other packages add theirs with `letter`.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

import orjson
from django.core.mail import EmailMultiAlternatives
from django.db.models import F
from django.template.loader import render_to_string
from django.utils import timezone

from accounts.models import MailOrder

logger = logging.getLogger(__name__)

AT_ONCE: Final = 20
TRIES_AT_MOST: Final = 8
_TAKEN_FOR: Final = timedelta(minutes=5)
"""Who sends a mail has it for so long; then another one may try."""


class Letter(NamedTuple):
    """`template` names a pair in templates/mail/: its text and its HTML."""

    subject: str
    template: str
    context: Mapping[str, Any]


Writer = Callable[[str, Mapping[str, Any]], Letter | None]
"""Of an address and what was ordered with it; None: there is nothing to send."""

LETTERS: Final[dict[str, Writer]] = {}


def letter(kind: str) -> Callable[[Writer], Writer]:
    """Register how mails of a kind are written.

    Raises:
        ValueError: the kind is known already.
    """

    def register(write: Writer) -> Writer:
        if kind in LETTERS:
            raise ValueError(f"There is a letter called {kind} already.")
        LETTERS[kind] = write
        return write

    return register


def mail_order(kind: str, email: str, about: Mapping[str, Any] | None = None) -> None:
    """Have a mail sent soon, if the surrounding transaction is kept."""
    text = orjson.dumps(about or {}).decode()
    MailOrder.objects.create(kind=kind, email=email, about=text, due_at=timezone.now())


def mails_are_due() -> bool:
    return MailOrder.objects.filter(due_at__lte=timezone.now()).exists()


def mails_send() -> int:
    """Send what is due. Any number of workers may; each mail is taken by one."""
    due = MailOrder.objects.filter(due_at__lte=timezone.now()).order_by("due_at")
    return sum(_taken(order) and _sent(order) for order in due[:AT_ONCE])


def _taken(order: MailOrder) -> bool:
    mine = MailOrder.objects.filter(pk=order.pk, due_at=order.due_at)
    until = timezone.now() + _TAKEN_FOR
    return mine.update(due_at=until, tries=F("tries") + 1) == 1


def _sent(order: MailOrder) -> bool:
    try:
        _send(order)
    except Exception as error:  # whatever one mail runs into, others are to be sent
        _put_off(order, error)
        return False
    order.delete()
    return True


def _send(order: MailOrder) -> None:
    written = LETTERS[order.kind](order.email, orjson.loads(order.about))
    if written is None:
        return
    context = {**written.context, "email": order.email}
    message = EmailMultiAlternatives(
        subject=written.subject,
        body=render_to_string(f"mail/{written.template}.txt", context),
        to=[order.email],
    )
    html = render_to_string(f"mail/{written.template}.html", context)
    message.attach_alternative(html, "text/html")
    message.send()


def _put_off(order: MailOrder, error: Exception) -> None:
    """Never the address: the log is for others, too."""
    tries = order.tries + 1
    kind = type(error).__name__
    if tries >= TRIES_AT_MOST:
        logger.error("mail %s was given up after %d tries: %s", order.pk, tries, kind)
        order.delete()
        return
    logger.warning("mail %s was not sent, will be tried again: %s", order.pk, kind)
    MailOrder.objects.filter(pk=order.pk).update(due_at=_next_try(tries))


def _next_try(tries: int) -> datetime:
    return timezone.now() + timedelta(seconds=15 * 4 ** min(tries, 5))
