"""How often strangers may have the site write to people."""

from accounts.sign_in_limits import account_key
from core.ratelimit import Ask, limiter
from core.ratelimit.addresses import one_client
from core.ratelimit.refusals import count, rates


def may_be_mailed(kind: str, email: str, address: str) -> bool:
    """One more mail of this kind to this e-mail address. False is told to nobody, and
    is the same for an e-mail address that no account has.

    Raises:
        Limited: too much was asked for from the network address.
    """
    found = rates()
    count(f"mails-asked:{one_client(address)}", found.mails_asked)
    key = f"mails:{kind}:{account_key(email)}"
    return limiter().hit([Ask(key, found.mails)]).allowed
