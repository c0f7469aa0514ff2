"""How often somebody may try to sign in.

Tries are counted for an account and the network they come from, so a stranger who
guesses shuts out nobody but himself. Failures are counted over all networks, too: after
many the right password alone does not do, but whoever owns the account gets in.
"""

from typing import Any, Final
from unicodedata import normalize

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.signals import user_logged_in
from django.http import HttpRequest

from core.keys import blind_index
from core.ratelimit import Ask, limiter
from core.ratelimit.addresses import network_of, one_client
from core.ratelimit.refusals import count, rates

_BITS: Final = 24
_BITS_OF_6: Final = 48
_KEPT: Final = "autogpt.tries"
_PROOF: Final = "autogpt.wants-proof"


class LimitedBackend(ModelBackend):
    """Who tried too often is not asked for the password any more."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> Any:
        """
        Raises:
            Limited: there were too many tries.
        """
        if request is None or not isinstance(username, str):
            return super().authenticate(request, username, password, **kwargs)
        account = account_key(username)
        _count(request, account)
        user = super().authenticate(request, username, password, **kwargs)
        _count_failures(request, account, failed=user is None)
        return user


def _count(request: HttpRequest, account: str) -> None:
    address = str(request.META.get("REMOTE_ADDR", ""))
    found = rates()
    count(f"sign-ins:{one_client(address)}", found.sign_ins)
    network = network_of(address, _BITS, _BITS_OF_6)
    key = request.META[_KEPT] = f"tries:{account}:{network}"
    count(key, found.sign_in_failures)


def _count_failures(request: HttpRequest, account: str, *, failed: bool) -> None:
    everywhere = Ask(f"failures:{account}", rates().failures_anywhere)
    if failed:
        limiter().hit([everywhere])
    else:
        request.META[_PROOF] = limiter().is_full(everywhere)


def wants_proof(request: HttpRequest) -> bool:
    """After a right password: whether too many wrong ones came before it. Without mail
    the owner could not show that it is he, so he is not asked to."""
    return bool(settings.MAIL_IS_ON and request.META.get(_PROOF))


def forget_tries(request: HttpRequest | None) -> None:
    """Who has signed in may mistype again."""
    key = request.META.get(_KEPT) if request is not None else None
    if key is not None:
        limiter().clear(key)


def connect() -> None:
    user_logged_in.connect(_signed_in, dispatch_uid="sign-in-limits")


def _signed_in(request: HttpRequest | None, **kwargs: Any) -> None:
    forget_tries(request)


def account_key(email: str) -> str:
    """What counts as one account: all spellings of its address, and none of it."""
    return blind_index(normalize("NFKC", email).strip()).hex()
