"""What is left to do once a password was right, or a provider knew somebody.

A browser that is half-way has a session that nobody is signed in with: it holds a
marker, for a few minutes.
"""

import time
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from django.contrib.auth import login
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from accounts.audit import Deed, record
from accounts.models import User
from accounts.sign_in import letters, mailed, second_factor
from accounts.sign_in.mail import mail_order
from accounts.sign_in.stamps import stamp_of
from accounts.sign_in.verify import verify_is_missing
from core.ratelimit.refusals import count, rates

HALF_WAY_S: Final = 300
SHOWN: Final = "second_factor_at"
"""In a session: when its owner showed a second factor."""
_HALF: Final = "half_signed_in"


class Step(StrEnum):
    VERIFY = "verify"
    """The address is to be confirmed, by a link that was mailed."""
    SECOND_FACTOR = "second-factor"
    PROOF = "proof"
    """A code is to be shown that was mailed: too many have tried to get in."""


class HalfWay:
    """Who came half-way in this session, and where he wanted to go."""

    def __init__(self, user: User, kept: dict[str, Any]) -> None:
        self.user = user
        self.next = str(kept["next"])
        self.step = step_of(user, wants_proof=bool(kept["proof"]))


def step_of(user: User, *, wants_proof: bool) -> Step | None:
    """What comes next; None: he is in."""
    if verify_is_missing(user):
        return Step.VERIFY
    if second_factor.is_on(user):
        return Step.SECOND_FACTOR
    return Step.PROOF if wants_proof else None


def step_taken(user: User, step: Step, code: str) -> bool:
    """Whether the code is the one that is wanted. It is used up then.

    Raises:
        Limited: too many were shown.
    """
    second_factor.count_try(user)
    if step == Step.SECOND_FACTOR:
        is_good = second_factor.takes(user, code)
    else:
        is_good = step == Step.PROOF and mailed.code_redeem(user, code.strip())
    if is_good:
        second_factor.forget_tries(user)
    else:
        _note_refused(user, step)
    return is_good


def step_begin(user: User, step: Step) -> None:
    """Have mailed what the step needs.

    Raises:
        Limited: it was mailed often enough.
    """
    if step == Step.PROOF:
        count(f"mails:proof:{user.pk}", rates().mails)
        mail_order(letters.PROOF, user.email)


def half_way_begin(
    session: SessionBase, user: User, *, target: str, wants_proof: bool
) -> None:
    session.cycle_key()
    session[_HALF] = {
        "user": str(user.pk),
        "stamp": stamp_of(user),
        "at": int(time.time()),
        "next": target,
        "proof": wants_proof,
    }


def half_way(session: SessionBase) -> HalfWay | None:
    """None: nobody, or he took too long, or has another password since."""
    kept = session.get(_HALF)
    if kept is None or time.time() - kept["at"] > HALF_WAY_S:
        return None
    user = User.objects.filter(pk=UUID(kept["user"]), is_active=True).first()
    if user is None or not constant_time_compare(kept["stamp"], stamp_of(user)):
        return None
    return HalfWay(user, kept)


def enter(request: HttpRequest, user: User, *, with_factor: bool = False) -> None:
    """Sign the browser in."""
    request.session.pop(_HALF, None)
    request.session.pop(SHOWN, None)
    login(request, user)
    if with_factor:
        factor_shown(request.session)


def factor_shown(session: SessionBase) -> None:
    session[SHOWN] = int(time.time())


def was_factor_shown(session: SessionBase) -> bool:
    return SHOWN in session


def _note_refused(user: User, step: Step) -> None:
    record(
        Deed(
            action="user.code_refused",
            user_id=user.pk,
            subject=f"user:{user.pk}",
            detail={"step": step.value},
        )
    )
