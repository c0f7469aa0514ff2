"""What is over is deleted: sessions, refresh tokens, and what was mailed."""

from typing import Any, Final

from django.utils import timezone
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken

from accounts.models import BrowserSession, MailedToken, ProgramSession

ROWS_AT_MOST: Final = 1000
_ENDS: Final = (
    (BrowserSession, "expire_date"),
    (ProgramSession, "expires_at"),
    (MailedToken, "expires_at"),
    (OutstandingToken, "expires_at"),
)


def expire() -> int:
    """So many rows of each table at once."""
    return sum(_expire(table, ends) for table, ends in _ENDS)


def _expire(table: Any, ends: str) -> int:
    over = table.objects.filter(**{f"{ends}__lte": timezone.now()})
    ids = list(over.values_list("pk", flat=True)[:ROWS_AT_MOST])
    return int(table.objects.filter(pk__in=ids).delete()[0]) if ids else 0
