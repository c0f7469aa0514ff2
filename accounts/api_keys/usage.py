"""How often keys are used. Counted in memory and written together a little later, so
that no request waits for the row of a key that many use at once."""

import atexit
import logging
from collections import Counter
from threading import Lock, Timer
from typing import Final
from uuid import UUID

from django.db import DatabaseError, connection, transaction
from django.db.models import F
from django.db.models.functions import Now

from accounts.models import ApiKey

logger = logging.getLogger(__name__)

WRITTEN_AFTER_S: Final = 5.0


class Usage:
    def __init__(self) -> None:
        self._lock = Lock()
        self._counts: Counter[UUID] = Counter()
        self._timer: Timer | None = None

    def count(self, key_id: UUID) -> None:
        with self._lock:
            self._counts[key_id] += 1
            if self._timer is None:
                self._timer = Timer(WRITTEN_AFTER_S, self._write_and_close)
                self._timer.daemon = True
                self._timer.start()

    def write(self) -> None:
        """Write what was counted so far. What cannot be written is counted again."""
        counts = self.forget()
        if not counts:
            return
        try:
            with transaction.atomic():
                for key_id in sorted(counts):
                    _add(key_id, counts[key_id])
        except DatabaseError:
            logger.warning("The use of %s keys is not written yet", len(counts))
            with self._lock:
                self._counts.update(counts)

    def forget(self) -> Counter[UUID]:
        """What was counted so far, which is then not counted any more."""
        with self._lock:
            counts, self._counts = self._counts, Counter()
            if self._timer is not None:
                self._timer.cancel()
            self._timer = None
        return counts

    def _write_and_close(self) -> None:
        """In the thread of the timer, which has a connection of its own."""
        try:
            self.write()
        finally:
            connection.close()


def _add(key_id: UUID, times: int) -> None:
    ApiKey.objects.filter(id=key_id).update(
        usage_count=F("usage_count") + times, last_used_at=Now()
    )


_usage: Final = Usage()
count = _usage.count
write = _usage.write
forget = _usage.forget
atexit.register(write)
