"""Sessions of browsers in the database: Django's, with whose each is and where."""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.utils import timezone

from accounts.audit.origin import origin
from accounts.models import BrowserSession
from accounts.models.sign_in import digest_of

SEEN_EVERY: Final = timedelta(minutes=5)
IDLE_AT_MOST: Final = timedelta(days=3)
LASTS_AT_MOST: Final = timedelta(days=30)


class SessionStore(DatabaseStore):
    """Notes, every few minutes, when and from where a session was used last."""

    _row: BrowserSession | None = None

    @classmethod
    def get_model_class(cls) -> Any:
        return BrowserSession

    def _get_session_from_db(self) -> Any:
        row = super()._get_session_from_db()  # type: ignore[misc]
        if row is None:
            return None
        if _is_over(row):
            row.delete()
            return None
        self._row = row
        _note_use(row)
        return row

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        row: Any = super().create_model_instance(data)
        user_id = data.get(SESSION_KEY)
        row.user_id = UUID(user_id) if user_id else None
        known = self._row
        if known is not None and known.session_key == digest_of(row.session_key):
            row.handle, row.created_at = known.handle, known.created_at
            row.address, row.user_agent = known.address, known.user_agent
        else:
            row.created_at = timezone.now()
        _stamp(row)
        return row


def _is_over(row: BrowserSession) -> bool:
    """However often it was extended."""
    now = timezone.now()
    return now - row.last_seen_at > IDLE_AT_MOST or now - row.created_at > LASTS_AT_MOST


def _note_use(row: BrowserSession) -> None:
    if timezone.now() - row.last_seen_at < SEEN_EVERY:
        return
    _stamp(row)
    seen = {
        "last_seen_at": row.last_seen_at,
        "address": row.address,
        "user_agent": row.user_agent,
    }
    BrowserSession.objects.filter(pk=row.pk).update(**seen)


def _stamp(row: BrowserSession) -> None:
    row.last_seen_at = timezone.now()
    here = origin()
    if here.ip:  # a websocket does not say
        row.address, row.user_agent = here
