"""Whether somebody has the address he registered with."""

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.audit import Deed, record
from accounts.models import User
from accounts.services import user_register
from accounts.sign_in import letters, mailed
from accounts.sign_in.asking import may_be_mailed
from accounts.sign_in.mail import mail_order


def verify_is_missing(user: User) -> bool:
    """He has to confirm his address before he may sign in."""
    return settings.REQUIRE_VERIFIED_EMAIL and user.email_verified_at is None


@transaction.atomic
def user_sign_up(email: str, password: str) -> User:
    """Register somebody, who is asked to confirm the address where mails are sent.

    Raises:
        ValidationError: by field (`email`, `password`), all faults at once.
    """
    user = user_register(email, password)
    if settings.MAIL_IS_ON or verify_is_missing(user):
        mail_order(letters.VERIFY, user.email)
    return user


def verify_ask(email: str, address: str) -> None:
    """Send the mail, if there is somebody to send it to; nothing tells whether.
    `address` is the client's."""
    if may_be_mailed(letters.VERIFY, email, address):
        mail_order(letters.VERIFY, email)


@transaction.atomic
def verify(token: str) -> User | None:
    """None: the token is not good, or no longer."""
    user = mailed.token_redeem(token, mailed.VERIFY)
    if user is not None:
        address_confirmed(user)
    return user


def address_confirmed(user: User) -> None:
    """The user has shown to read what is sent there."""
    if user.email_verified_at is not None:
        return
    user.email_verified_at = timezone.now()
    user.save(update_fields=["email_verified_at"])
    record(
        Deed(action="user.email_verified", user_id=user.pk, subject=f"user:{user.pk}")
    )
