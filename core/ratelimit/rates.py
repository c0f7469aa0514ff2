"""The rates of the presets of `LIMITS`."""

from dataclasses import dataclass
from typing import Final

from core.ratelimit.windows import Rate

_FAILURES_ANYWHERE: Final = Rate(100, 3600)
_CODES: Final = Rate(5, 300)
_MAILS: Final = Rate(3, 3600)
_MAILS_ASKED: Final = Rate(30, 3600)


@dataclass(frozen=True, kw_only=True, slots=True)
class Rates:
    """None: without limit."""

    address: Rate | None = None
    """All requests of one client address, whoever it says it is."""
    user: Rate | None = None
    """Reading calls of the API by one user in a browser or with a token."""
    user_writes: Rate | None = None
    key: Rate | None = None
    """The same by one API key."""
    key_writes: Rate | None = None
    starts: Rate | None = None
    """Executions one user starts over the API."""
    hook: Rate | None = None
    """Calls of one webhook."""
    sign_in_failures: Rate
    """Of one account from one network, until it is signed in to from there."""
    sign_ins: Rate | None = None
    """Tries from one address, for any account."""
    failures_anywhere: Rate = _FAILURES_ANYWHERE
    """Of one account from all networks. From there on a right password alone does not
    do, but nobody is shut out."""
    codes: Rate = _CODES
    """Codes that are shown for one account, whose password was right."""
    mails: Rate = _MAILS
    """Mails to one address that anybody may ask for."""
    mails_asked: Rate = _MAILS_ASKED
    """The same from one client address, to anyone."""


# A window of two minutes lets through in one burst what two minutes allow.
RATES_BY_NAME: Final = {
    "default": Rates(
        address=Rate(1200, 120),
        user=Rate(240, 120),
        user_writes=Rate(60, 120),
        key=Rate(600, 120),
        key_writes=Rate(150, 120),
        starts=Rate(60, 60),
        hook=Rate(60, 60),
        sign_in_failures=Rate(5, 300),
        sign_ins=Rate(20, 60),
    ),
    "relaxed": Rates(sign_in_failures=Rate(100, 300)),
}
