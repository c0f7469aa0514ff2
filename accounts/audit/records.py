"""Notes a deed in its own transaction; `accounts.audit.chain` takes it over."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import orjson
from django.db import connection
from django.utils import timezone

from accounts.audit.origin import Origin, origin, printable
from accounts.models import AuditDraft, AuditEvent
from core.bulk import Table, insert_rows

SUBJECT_AT_MOST: Final = 200
DRAFTS: Final = Table("accounts_auditdraft", ("body",), ("bytea",))


@dataclass(frozen=True, kw_only=True, slots=True)
class Deed:
    """What was done, and by whom. `action` is `noun.verb`, `subject` names what it was
    done to; `detail` never holds a secret. It comes from where the request does that
    is served just now, if any."""

    action: str
    user_id: UUID | None = None
    workspace_id: UUID | None = None
    subject: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)
    at: datetime = field(default_factory=timezone.now)
    origin: Origin = field(default_factory=origin)


def record(deed: Deed) -> None:
    """Note one deed. It is kept if, and only if, the surrounding transaction is."""
    AuditDraft.objects.create(body=canonical(deed))


def record_all(deeds: Iterable[Deed]) -> None:
    """The same for many, in few statements."""
    with connection.cursor() as cursor:
        insert_rows(cursor, (DRAFTS, [(canonical(deed),) for deed in deeds]))


def canonical(deed: Deed) -> bytes:
    """The one JSON form of a deed; the chain is made over it."""
    body = {
        "action": deed.action,
        "actor": _id(deed.user_id),
        "at": _time(deed.at),
        "detail": orjson.dumps(deed.detail, option=orjson.OPT_SORT_KEYS).decode(),
        "ip": deed.origin.ip,
        "subject": printable(deed.subject, SUBJECT_AT_MOST),
        "user_agent": deed.origin.user_agent,
        "workspace": _id(deed.workspace_id),
    }
    return orjson.dumps(body, option=orjson.OPT_SORT_KEYS)


def canonical_of(event: AuditEvent) -> bytes:
    """The same of a row as it stands in the log."""
    body = {
        "action": event.action,
        "actor": _id(event.actor_id),
        "at": _time(event.at),
        "detail": event.detail,
        "ip": event.ip,
        "subject": event.subject,
        "user_agent": event.user_agent,
        "workspace": _id(event.workspace_id),
    }
    return orjson.dumps(body, option=orjson.OPT_SORT_KEYS)


def _id(id: UUID | None) -> str | None:
    return None if id is None else str(id)


def _time(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")
