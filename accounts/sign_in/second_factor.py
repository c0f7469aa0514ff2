"""The second factor: codes of an app (TOTP), and codes on paper for who lost it."""

import hmac
import time
from base64 import b32encode
from datetime import datetime
from hashlib import sha256
from secrets import token_bytes
from typing import Final, NamedTuple
from uuid import UUID

import pyotp
import segno
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.audit import Deed, record
from accounts.models import RecoveryCode, SecondFactor, User
from accounts.sign_in.letters import notice_order
from accounts.sign_in.passwords import password_prove
from core.ratelimit import limiter
from core.ratelimit.refusals import count, rates

RECOVERY_CODES: Final = 10
WRONG_CODE: Final = (
    "This code is not good, or was used already. Wait for the next one and try again."
)
_RECOVERY_BYTES: Final = 15
_STEP_S: Final = 30


class AlreadyOn(Exception):
    """There is a second factor already; it is switched off first."""


class NotOn(Exception):
    """There is no second factor, or none was begun."""


class State(NamedTuple):
    enabled: bool
    since: datetime | None = None
    recovery_codes_left: int = 0


class Enrolment(NamedTuple):
    """What the app is to be told: as text, as an address, and as a picture of it."""

    secret: str
    uri: str
    qr: str


def is_on(user: User) -> bool:
    return SecondFactor.objects.filter(user=user, confirmed_at__isnull=False).exists()


def state_of(user: User) -> State:
    row = _confirmed(user)
    if row is None:
        return State(enabled=False)
    return State(True, row.confirmed_at, user.recovery_codes.count())


@transaction.atomic
def enrol_begin(user: User, password: str) -> Enrolment:
    """A new secret. It does not count before a code was shown that it made.

    Raises:
        AlreadyOn: switch the old one off first.
        ValidationError: it is not the password.
    """
    if is_on(user):
        raise AlreadyOn
    password_prove(user, password)
    SecondFactor.objects.filter(user=user).delete()
    made = SecondFactor.objects.create(user=user, secret=pyotp.random_base32())
    return _enrolment(made)


def enrolment_of(user: User) -> Enrolment | None:
    """The one that was begun and not confirmed."""
    begun = SecondFactor.objects.filter(user=user, confirmed_at=None).first()
    return None if begun is None else _enrolment(begun)


@transaction.atomic
def enrol_confirm(user: User, code: str) -> list[str]:
    """Switch it on. The recovery codes are shown this one time.

    Raises:
        NotOn: no enrolment was begun.
        ValidationError: the code is wrong.
        Limited: there were too many.
    """
    begun = SecondFactor.objects.filter(user=user, confirmed_at=None).first()
    if begun is None:
        raise NotOn
    count_try(user)
    _check(user, _takes_code(begun, code))
    SecondFactor.objects.filter(pk=begun.pk).update(confirmed_at=timezone.now())
    _note(
        user,
        "second_factor.enabled",
        "A second factor was added to your account.",
        by=user.pk,
    )
    return _recovery_codes_make(user)


@transaction.atomic
def recovery_codes_renew(user: User, code: str) -> list[str]:
    """New ones in place of all old ones.

    Raises:
        NotOn, ValidationError, Limited: as for `disable`.
    """
    _prove_with_factor(user, code)
    _note(
        user,
        "second_factor.codes_renewed",
        "Your recovery codes were made anew.",
        by=user.pk,
    )
    return _recovery_codes_make(user)


@transaction.atomic
def disable(user: User, password: str, code: str) -> None:
    """
    Raises:
        NotOn: there is nothing to switch off.
        ValidationError: by field (`password`, `code`), what is wrong.
        Limited: there were too many tries.
    """
    if not is_on(user):
        raise NotOn
    password_prove(user, password)
    _prove_with_factor(user, code)
    _remove(user, by=user.pk)


@transaction.atomic
def remove(user: User, *, by: UUID | None) -> bool:
    """For somebody who lost the app and all codes; who did it is in the audit log, None
    is whoever runs the site. False: there was none.
    """
    was_on = is_on(user)
    if was_on:
        _remove(user, by=by)
    return was_on


def _remove(user: User, *, by: UUID | None) -> None:
    SecondFactor.objects.filter(user=user).delete()
    user.recovery_codes.all().delete()
    told = "The second factor of your account was removed."
    _note(user, "second_factor.disabled", told, by=by)


@transaction.atomic
def prove(user: User, code: str) -> None:
    """
    Raises:
        NotOn, ValidationError, Limited: as for `disable`.
    """
    _prove_with_factor(user, code)


def takes(user: User, code: str) -> bool:
    """Whether the code is one of the app or of the recovery codes. No code is good
    twice: of two uses at once one is."""
    row = _confirmed(user)
    if row is None:
        return False
    return _takes_code(row, code) or _takes_recovery_code(user, code)


def count_try(user: User) -> None:
    """
    Raises:
        Limited: there were too many. Only who knows the password comes here.
    """
    count(_tries(user), rates().codes)


def forget_tries(user: User) -> None:
    limiter().clear(_tries(user))


def _tries(user: User) -> str:
    return f"codes:{user.pk}"


def _prove_with_factor(user: User, code: str) -> None:
    if not is_on(user):
        raise NotOn
    count_try(user)
    _check(user, takes(user, code))


def _check(user: User, is_good: bool) -> None:
    if not is_good:
        raise ValidationError({"code": ValidationError(WRONG_CODE, code="wrong")})
    forget_tries(user)


def _confirmed(user: User) -> SecondFactor | None:
    return SecondFactor.objects.filter(user=user, confirmed_at__isnull=False).first()


def _takes_code(row: SecondFactor, code: str) -> bool:
    step = _step_of(row.secret, "".join(code.split()))
    if step is None:
        return False
    later = SecondFactor.objects.filter(pk=row.pk, last_step__lt=step)
    return later.update(last_step=step) == 1


def _step_of(secret: str, code: str) -> int | None:
    """Which step the code is of: clocks may differ by one."""
    totp, current = pyotp.TOTP(secret, interval=_STEP_S), int(time.time()) // _STEP_S
    found = None
    for step in (current - 1, current, current + 1):
        made = totp.generate_otp(step)
        if hmac.compare_digest(made.encode(), code.encode(errors="replace")):
            found = step
    return found


def _takes_recovery_code(user: User, code: str) -> bool:
    deleted, _ = user.recovery_codes.filter(digest=_digest(user, code)).delete()
    if deleted:
        _note(
            user,
            "second_factor.recovery_code_used",
            "One of your recovery codes was used to sign in or to change something.",
            by=user.pk,
        )
    return bool(deleted)


def _recovery_codes_make(user: User) -> list[str]:
    user.recovery_codes.all().delete()
    codes = [_recovery_code() for _ in range(RECOVERY_CODES)]
    RecoveryCode.objects.bulk_create(
        RecoveryCode(user=user, digest=_digest(user, code)) for code in codes
    )
    return codes


def _recovery_code() -> str:
    """120 bits in four groups, so that no slow hash is needed to keep it."""
    text = b32encode(token_bytes(_RECOVERY_BYTES)).decode().lower()
    return "-".join(text[at : at + 6] for at in range(0, len(text), 6))


def _digest(user: User, code: str) -> bytes:
    plain = "".join(c for c in code.lower() if c.isalnum())
    return sha256(f"{user.pk}:{plain}".encode(errors="replace")).digest()


def _enrolment(row: SecondFactor) -> Enrolment:
    host = settings.SITE_URL.partition("//")[2]
    totp = pyotp.TOTP(row.secret, interval=_STEP_S)
    uri = totp.provisioning_uri(name=row.user.email, issuer_name=host)
    picture = segno.make(uri, error="m").svg_data_uri(scale=4, border=4, light="#fff")
    return Enrolment(row.secret, uri, picture)


def _note(user: User, action: str, told: str, *, by: UUID | None) -> None:
    record(Deed(action=action, user_id=by, subject=f"user:{user.pk}"))
    notice_order(user, told)
