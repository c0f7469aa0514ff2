"""What the mails about signing in say."""

from collections.abc import Mapping
from typing import Any, Final

from django.conf import settings

from accounts.models import User
from accounts.sign_in import mailed
from accounts.sign_in.links import link_to
from accounts.sign_in.mail import Letter, letter, mail_order
from core.keys import blind_index

VERIFY: Final = "verify"
RESET: Final = "reset"
PROOF: Final = "proof"
NOTICE: Final = "notice"


def notice_order(user: User, text: str) -> None:
    """Tell the owner of an account what was done with it: perhaps it was not he."""
    mail_order(NOTICE, user.email, {"text": text})


@letter(VERIFY)
def _verify(email: str, about: Mapping[str, Any]) -> Letter | None:
    user = _user(email)
    if user is None or user.email_verified_at is not None:
        return None
    link = link_to("verify", mailed.token_issue(user, mailed.VERIFY))
    return Letter(f"Confirm your address for {_name()}", VERIFY, {"link": link})


@letter(RESET)
def _reset(email: str, about: Mapping[str, Any]) -> Letter | None:
    user = _user(email)
    if user is None:
        return None
    link = link_to("reset", mailed.token_issue(user, mailed.RESET))
    return Letter(f"A new password for {_name()}", RESET, {"link": link})


@letter(PROOF)
def _proof(email: str, about: Mapping[str, Any]) -> Letter | None:
    user = _user(email)
    if user is None:
        return None
    return Letter(f"Your code for {_name()}", PROOF, {"code": mailed.code_issue(user)})


@letter(NOTICE)
def _notice(email: str, about: Mapping[str, Any]) -> Letter | None:
    context = {"text": about["text"], "link": link_to("reset-request")}
    return Letter(f"Your account at {_name()} was changed", NOTICE, context)


def _user(email: str) -> User | None:
    found = User.objects.filter(email_index=blind_index(email), is_active=True)
    return found.first()


def _name() -> str:
    host: str = settings.SITE_URL.partition("//")[2]
    return host
