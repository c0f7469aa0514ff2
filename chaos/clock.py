"""A clock that is wrong by as many seconds as CHAOS_CLOCK_OFFSET_S says."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from django.utils import timezone


def install(environment: Mapping[str, str]) -> None:
    """Shift the clock of this process: Python's, and the one Django reads."""
    offset = float(environment.get("CHAOS_CLOCK_OFFSET_S", 0))
    if not offset:
        return
    right = time.time
    time.time = lambda: right() + offset
    timezone.now = lambda: datetime.now(UTC) + timedelta(seconds=offset)
