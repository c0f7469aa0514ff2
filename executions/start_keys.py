"""`Idempotency-Key`: a start that is sent again gives the execution it gave before.

A key is good for one user and one route, for 24 hours or a little longer.
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

import orjson
from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.models.functions import Now

from core.http import Problem
from executions import services
from executions.models import Execution, StartKey

HEADER: Final = "Idempotency-Key"
KEPT_FOR: Final = timedelta(hours=24)
BATCH: Final = 1_000
WAIT_S: Final = 2
RETRY_AFTER_S: Final = 1

_PRINTABLE: Final = re.compile(r"[\x20-\x7e]{1,255}")
_LOCK_TIMEOUT: Final = "55P03"


class KeyedStart(NamedTuple):
    """One use of a key; `fingerprint` is that of what was sent with it."""

    user_id: UUID
    route: str
    key: str
    fingerprint: str


class Started(NamedTuple):
    execution: Execution
    is_replay: bool


def keyed_start(
    *, user_id: UUID, route: str, key: str, body: Mapping[str, Any]
) -> KeyedStart:
    """
    Raises:
        Problem: 400, the key is none.
    """
    if not _PRINTABLE.fullmatch(key):
        message = "Must be 1 to 255 printable ASCII characters."
        raise Problem(
            400,
            "Invalid Idempotency-Key",
            f"{HEADER}: {message}",
            [{"field": HEADER, "message": message, "code": "invalid"}],
            code="invalid-idempotency-key",
        )
    canonical = orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
    return KeyedStart(user_id, route, key, hashlib.sha256(canonical).hexdigest())


def start_once(start: KeyedStart, prepare: Callable[[], Execution]) -> Started:
    """The execution that the key gave before, else the one that `prepare` makes.

    Raises:
        Problem: 422, the key was used with another body; 409, its first use is still
            under way; or whatever `prepare` and accepting raise.
    """
    if (first := _first_use(start)) is not None:
        return Started(first, is_replay=True)
    execution = prepare()
    try:
        _accept(start, execution)
    except IntegrityError:
        # Somebody else used the key since we looked, and has committed.
        first = _first_use(start)
        if first is None:
            raise
        return Started(first, is_replay=True)
    return Started(execution, is_replay=False)


def _first_use(start: KeyedStart) -> Execution | None:
    found = (
        StartKey.objects.filter(user_id=start.user_id, route=start.route, key=start.key)
        .select_related("execution")
        .only("fingerprint", "execution__id")
        .first()
    )
    if found is None:
        return None
    if found.fingerprint != start.fingerprint:
        raise Problem(
            422,
            "Key used before",
            f"This {HEADER} came with another body before. Use a new key.",
            code="idempotency-key-reused",
        )
    return found.execution


def _accept(start: KeyedStart, execution: Execution) -> None:
    """Key and execution together. The key goes first: its unique index decides."""
    with transaction.atomic():
        _wait_briefly()
        try:
            StartKey(**start._asdict(), execution=execution).save(force_insert=True)
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", "") != _LOCK_TIMEOUT:
                raise
            raise _under_way() from error
        services.execution_accept(execution)


def _wait_briefly() -> None:
    """Whoever used the key at the same time has that long to commit. SQLite has one
    writer at a time, and waits for it as ever."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = '{WAIT_S}s'")


def _under_way() -> Problem:
    return Problem(
        409,
        "Under way",
        f"A start with this {HEADER} is under way. Send it again in a moment.",
        code="start-under-way",
        headers={"Retry-After": str(RETRY_AFTER_S)},
    )


def expire() -> int:
    """Forget keys that are older than they are kept; how many."""
    total = 0
    while count := _expire_batch():
        total += count
    return total


def _expire_batch() -> int:
    old = StartKey.objects.filter(created_at__lt=Now() - KEPT_FOR)
    ids = list(old.values_list("id", flat=True)[:BATCH])
    return StartKey.objects.filter(id__in=ids).delete()[0] if ids else 0
