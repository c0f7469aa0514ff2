"""Signing in from a program: by password, and by a code where one is wanted."""

from typing import Final

from django.contrib.auth import authenticate
from django.http import HttpRequest
from rest_framework.exceptions import AuthenticationFailed

from accounts.models import User
from accounts.sign_in.steps import Step, step_begin, step_of, step_taken
from accounts.sign_in_limits import forget_tries, wants_proof
from core.http import Problem

WRONG_CREDENTIALS: Final = "No active account has this e-mail address and password."
_HEADERS: Final = {"WWW-Authenticate": 'Bearer realm="api"'}
_WANTED: Final = {
    Step.VERIFY: (
        403,
        "email-not-verified",
        "Confirm your e-mail address first: open the link that was mailed to you, or "
        "ask for another one at /api/v1/auth/email/verify/request/.",
    ),
    Step.SECOND_FACTOR: (
        401,
        "second-factor-needed",
        "Send `code` too: the one that your app shows, or a recovery code.",
    ),
    Step.PROOF: (
        401,
        "proof-needed",
        "Many have tried to sign in as you, so a code was mailed to you. Send it as "
        "`code`, with e-mail address and password.",
    ),
}


def program_signs_in(
    request: HttpRequest, *, email: str, password: str, code: str = ""
) -> User:
    """
    Raises:
        AuthenticationFailed: address and password do not belong together.
        Problem: 401 or 403, something more is wanted; `code` says what.
        Limited: there were too many tries.
    """
    user = authenticate(request, username=email, password=password)
    if not isinstance(user, User):
        raise AuthenticationFailed(WRONG_CREDENTIALS)
    step = step_of(user, wants_proof=wants_proof(request))
    if step is not None:
        _take(user, step, code)
    forget_tries(request)
    return user


def _take(user: User, step: Step, code: str) -> None:
    status, name, detail = _WANTED[step]
    if step == Step.VERIFY:
        raise Problem(status, "Address not confirmed", detail, code=name)
    if not code:
        step_begin(user, step)
        raise Problem(status, "One more step", detail, code=name, headers=_HEADERS)
    if not step_taken(user, step, code):
        detail = "This code is not good, or no longer."
        raise Problem(401, "Wrong code", detail, code="wrong-code", headers=_HEADERS)
