"""Changing passwords. Whatever was got for the old one ends with it."""

from typing import Final

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.audit import Deed, record
from accounts.models import User
from accounts.services import password_check
from accounts.sign_in import letters, mailed
from accounts.sign_in.asking import may_be_mailed
from accounts.sign_in.mail import mail_order
from accounts.sign_in.sessions import sign_out_everywhere
from accounts.sign_in.verify import address_confirmed
from core.ratelimit import limiter
from core.ratelimit.refusals import count, rates

WRONG: Final = "This is not your password."
USED_UP: Final = "This link is not good, or no longer. Ask for another one."


class LinkRefused(Exception):
    """The token is unknown, used, too old, or of an address that is no longer his."""


def password_ask_reset(email: str, address: str) -> None:
    """Send the mail, if there is somebody to send it to; nothing tells whether.
    `address` is the client's."""
    if may_be_mailed(letters.RESET, email, address):
        mail_order(letters.RESET, email)


@transaction.atomic
def password_reset(token: str, password: str) -> User:
    """Set the password by a token that was mailed, which is good once.

    Raises:
        LinkRefused: it is not.
        ValidationError: the password is not good enough; the token stays good.
    """
    owner = mailed.token_owner(token, mailed.RESET)
    if owner is None:
        raise LinkRefused
    _check_new(owner, password)
    user = mailed.token_redeem(token, mailed.RESET)
    if user is None:
        raise LinkRefused
    address_confirmed(user)
    password_set(user, password, by="reset")
    return user


@transaction.atomic
def password_change(user: User, current: str, new: str) -> None:
    """
    Raises:
        ValidationError: by field (`current`, `new`).
        Limited: the password was guessed at too often.
    """
    password_prove(user, current, field="current")
    _check_new(user, new, field="new")
    password_set(user, new, by="change")


def password_prove(user: User, password: str, *, field: str = "password") -> None:
    """Who does something of weight shows once more who he is.

    Raises:
        ValidationError: it is not the password.
        Limited: there were too many tries.
    """
    key = f"proves:{user.pk}"
    count(key, rates().sign_in_failures)
    if not user.check_password(password):
        raise ValidationError({field: ValidationError(WRONG, code="wrong")})
    limiter().clear(key)


@transaction.atomic
def password_set(user: User, password: str, *, by: str) -> None:
    """Set it, whoever it is that may. All sessions and tokens end."""
    user.set_password(password)
    user.save(update_fields=["password"])
    password_was_set(user, by=by)


def password_was_set(user: User, *, by: str) -> None:
    """What follows from a new password."""
    mailed.tokens_end(user)
    sign_out_everywhere(user)
    record(
        Deed(
            action="user.password_changed",
            user_id=user.pk,
            subject=f"user:{user.pk}",
            detail={"by": by},
        )
    )
    letters.notice_order(
        user,
        "Your password was changed. Wherever you were signed in, you are no longer.",
    )


def _check_new(user: User, password: str, *, field: str = "password") -> None:
    try:
        password_check(user.email, password, user.name)
    except ValidationError as error:
        raise ValidationError({field: error}) from None
