"""Which networks may call, as the admin says; known in each process within seconds."""

import logging
import time
from threading import Lock
from typing import Final

from django.conf import settings
from django.db import DatabaseError

from accounts.models import AddressRule
from core.ratelimit.addresses import AddressRules

logger = logging.getLogger(__name__)

KEPT_S: Final = 10.0


class _Kept:
    def __init__(self) -> None:
        self.rules = AddressRules()
        self.until = 0.0
        self.lock = Lock()


_kept = _Kept()


def address_rules() -> AddressRules:
    """The rules, at most `KEPT_S` old. While the database is away, the last ones."""
    if not settings.ADDRESS_RULES or time.monotonic() < _kept.until:
        return _kept.rules
    # One looks them up; the others do not wait for it.
    if _kept.lock.acquire(blocking=False):
        try:
            _kept.rules = _read()
        except DatabaseError:
            logger.warning("address rules: the database does not answer", exc_info=True)
        finally:
            _kept.until = time.monotonic() + KEPT_S
            _kept.lock.release()
    return _kept.rules


def forget_rules() -> None:
    """Look again at the next call."""
    _kept.rules, _kept.until = AddressRules(), 0.0


def _read() -> AddressRules:
    found = list(AddressRule.objects.values_list("verdict", "network"))
    return AddressRules(
        allow=[net for verdict, net in found if verdict == AddressRule.Verdict.ALLOW],
        deny=[net for verdict, net in found if verdict == AddressRule.Verdict.DENY],
    )
