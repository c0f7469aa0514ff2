"""Celery's part: sending mails, apart from what may not wait for a mail server."""

from celery import shared_task

from accounts.sign_in import mail


@shared_task(name="accounts.mails", ignore_result=True)
def send_mails() -> None:
    while mail.mails_send() >= mail.AT_ONCE:
        pass


def ring_for_mails() -> int:
    """Have a worker send what is due. A doorbell that is lost is rung again."""
    if not mail.mails_are_due():
        return 0
    send_mails.delay()
    return 1
