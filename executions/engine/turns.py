"""Advisory locks of PostgreSQL, by what they are for. SQLite has one writer anyway."""

from datetime import datetime
from typing import Any, Final

from django.db import connection
from django.db.backends.utils import CursorWrapper

from executions.engine.dialects import dialect_of

WORKERS: Final = 77
"""Held by each living worker, under its id."""
CLAIMS: Final = 78
"""Held by a transaction that claims or that gives places back."""

# What is queued changes faster than the statistics of the table, so the plan must not
# depend on them: it goes by the indexes, and is made once for each connection.
_BEGIN_CLAIM: Final = f"""
    SELECT clock_timestamp() FROM (
        SELECT pg_advisory_xact_lock({CLAIMS}, 0), set_config('jit', 'off', true),
            set_config('plan_cache_mode', 'force_generic_plan', true),
            set_config('enable_seqscan', 'off', true),
            set_config('enable_bitmapscan', 'off', true),
            set_config('enable_sort', 'off', true)
        OFFSET 0
    ) turn
"""  # noqa: S608


def take_turn(cursor: CursorWrapper) -> None:
    """Wait until no other transaction claims; ours has the turn until it ends.

    Whoever has the turn waits for no row that another may hold, so it may be taken with
    rows locked.
    """
    if connection.vendor == "postgresql":
        cursor.execute("SELECT pg_advisory_xact_lock(%s, 0)", [CLAIMS])


def begin_claim(cursor: CursorWrapper) -> Any:
    """Take the turn; the database's clock, in the form that goes back to it as a
    parameter."""
    if connection.vendor == "postgresql":
        cursor.execute(_BEGIN_CLAIM, [])
    else:
        cursor.execute(f"SELECT {dialect_of(connection.vendor).now}", [])
    return cursor.fetchone()[0]


def as_time(stored: Any) -> datetime:
    """A time as `begin_claim` answers it, with its zone."""
    if isinstance(stored, datetime):
        return stored
    return datetime.fromisoformat(f"{stored}+00:00")
