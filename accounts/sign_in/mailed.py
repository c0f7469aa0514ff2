"""Tokens and codes that came by mail: kept as digests, good once and for a while."""

from datetime import timedelta
from hashlib import sha256
from secrets import randbelow, token_urlsafe
from typing import Final

from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.models import MailedToken, User

VERIFY, RESET, PROOF = MailedToken.Purpose

LIFETIMES: Final = {
    VERIFY: timedelta(hours=24),
    RESET: timedelta(hours=1),
    PROOF: timedelta(minutes=10),
}
CODE_DIGITS: Final = 8


def token_issue(user: User, purpose: MailedToken.Purpose) -> str:
    """A token for a link. Older ones stay good: mails may arrive in any order."""
    token = token_urlsafe(32)
    _keep(user, purpose, _digest(purpose, token))
    return token


def code_issue(user: User) -> str:
    """A code to type, in place of any older one. It proves that its reader has the
    mailbox, to who knows the password already."""
    MailedToken.objects.filter(user=user, purpose=PROOF).delete()
    code = str(randbelow(10**CODE_DIGITS)).zfill(CODE_DIGITS)
    _keep(user, PROOF, _digest_of_code(user, code))
    return code


def token_owner(token: str, purpose: MailedToken.Purpose) -> User | None:
    """Whose token it is, if it is good. It stays so."""
    row = _good_row(_digest(purpose, token), purpose)
    return row.user if row is not None else None


def token_redeem(token: str, purpose: MailedToken.Purpose) -> User | None:
    """The same, and from now on it is not: of two at once, one gets the user."""
    return _redeem(_digest(purpose, token), purpose)


def code_redeem(user: User, code: str) -> bool:
    return _redeem(_digest_of_code(user, code), PROOF) == user


def tokens_end(user: User) -> None:
    """None that were mailed to the user are good any longer."""
    MailedToken.objects.filter(user=user).delete()


def _redeem(digest: bytes, purpose: MailedToken.Purpose) -> User | None:
    row = _good_row(digest, purpose)
    if row is None:
        return None
    # Who deletes the row wins.
    deleted, _ = MailedToken.objects.filter(pk=row.pk).delete()
    return row.user if deleted else None


def _good_row(digest: bytes, purpose: MailedToken.Purpose) -> MailedToken | None:
    good = MailedToken.objects.filter(
        digest=digest,
        purpose=purpose,
        expires_at__gt=timezone.now(),
        user__is_active=True,
    )
    row = good.select_related("user").first()
    if row is None or bytes(row.email_index) != bytes(row.user.email_index):
        return None
    return row


def _keep(user: User, purpose: MailedToken.Purpose, digest: bytes) -> None:
    now = timezone.now()
    MailedToken.objects.filter(user=user, expires_at__lte=now).delete()
    MailedToken.objects.create(
        user=user,
        purpose=purpose,
        digest=digest,
        email_index=user.email_index,
        expires_at=now + LIFETIMES[purpose],
    )


def _digest(purpose: MailedToken.Purpose, token: str) -> bytes:
    # A guess from outside may hold what UTF-8 cannot; it is to be wrong, not an error.
    return sha256(f"{purpose}:{token}".encode(errors="replace")).digest()


def _digest_of_code(user: User, code: str) -> bytes:
    """A code is short: without the key of the site it could be found by trying."""
    text = f"{user.pk}:{code}".encode(errors="replace")
    return salted_hmac("accounts.mailed-code", text, algorithm="sha256").digest()
