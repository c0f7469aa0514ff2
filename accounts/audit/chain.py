"""Adds drafts to the chain, and checks the chain.

Each digest is an HMAC, with a key that only the master key opens, over the digest
before it, the number of the row and the row. So who can write to the database can
neither change, drop, insert nor reorder rows unseen. That the newest ones were cut off
shows by the head; and if the head was set back too, by an anchor: it is written to the
log of the process every hour, where the database role cannot reach.
"""

import logging
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

import orjson
from django.db import connection, transaction
from django.utils import timezone

from accounts.audit.records import DRAFTS, canonical_of
from accounts.models import AuditDraft, AuditEvent, AuditHead
from core.bulk import Row, Table, delete_rows, insert_rows
from core.keys import keyring

logger = logging.getLogger(__name__)

BATCH: Final = 1_000
ANCHOR_EVERY: Final = timedelta(hours=1)
_READ_AT_ONCE: Final = 2_000


class Verdict(NamedTuple):
    """`fault` says what is wrong first, empty if nothing is; `seq` where."""

    rows: int
    seq: int
    fault: str = ""


def chain_drafts() -> int:
    """Take over up to a thousand drafts; answers how many."""
    if not AuditDraft.objects.exists():
        return 0
    with transaction.atomic():
        AuditHead.objects.get_or_create(id=1)
        head = AuditHead.objects.select_for_update().get(id=1)
        drafts = list(
            AuditDraft.objects.order_by("id").values_list("id", "body")[:BATCH]
        )
        rows = [_chained(head, bytes(body)) for _, body in drafts]
        with connection.cursor() as cursor:
            insert_rows(cursor, (_EVENTS, rows))
            delete_rows(cursor, DRAFTS, [id_ for id_, _ in drafts])
        is_due = _anchor_is_due(head)
        if is_due:
            head.anchored_at = timezone.now()
        head.save()
    if is_due:
        logger.info("audit head: %s", anchor_text(head))
    return len(rows)


def chain_all() -> None:
    """Take over every draft there is by now."""
    while chain_drafts() == BATCH:
        pass


def anchor_text(head: AuditHead) -> str:
    """What `auditverify --anchor` takes."""
    return f"{head.seq}:{bytes(head.digest).hex()}"


def verify(anchor: tuple[int, bytes] | None = None) -> Verdict:
    """Go through the chain from its beginning."""
    digest, seq = b"", 0
    rows = AuditEvent.objects.order_by("seq").iterator(chunk_size=_READ_AT_ONCE)
    for event in rows:
        if event.seq != seq + 1:
            fault = f"row {seq + 1} is missing: {event.seq} follows {seq}"
            return Verdict(seq, seq + 1, fault)
        seq = event.seq
        digest = _digest(digest, seq, canonical_of(event))
        if digest != bytes(event.digest):
            fault = f"row {seq} does not fit the one before it: it was changed"
            return Verdict(seq, seq, fault)
        if anchor is not None and anchor[0] == seq and anchor[1] != digest:
            return Verdict(seq, seq, f"row {seq} is not the one that was anchored")
    return _checked_end(seq, digest, anchor)


def _checked_end(seq: int, digest: bytes, anchor: tuple[int, bytes] | None) -> Verdict:
    head = AuditHead.objects.filter(id=1).first() or AuditHead()
    if head.seq > seq:
        return Verdict(seq, seq + 1, f"rows {seq + 1} to {head.seq} were cut off")
    if head.seq < seq:
        return Verdict(seq, head.seq + 1, f"the head stands at {head.seq}, not {seq}")
    if bytes(head.digest) != digest:
        return Verdict(seq, seq, "the head does not fit the last row")
    if anchor is not None and anchor[0] > seq:
        return Verdict(seq, seq + 1, f"rows {seq + 1} to {anchor[0]} were cut off")
    return Verdict(seq, seq)


def _chained(head: AuditHead, body: bytes) -> Row:
    """The row of one draft; the head moves on to it."""
    head.seq += 1
    head.digest = _digest(bytes(head.digest), head.seq, body)
    told = orjson.loads(body)
    return (
        head.seq,
        datetime.fromisoformat(told["at"]),
        told["action"],
        told["workspace"] and UUID(told["workspace"]),
        told["actor"] and UUID(told["actor"]),
        told["subject"],
        told["ip"],
        told["user_agent"],
        told["detail"],
        head.digest,
    )


_EVENTS: Final = Table(
    "accounts_auditevent",
    (
        "seq", "at", "action", "workspace_id", "actor_id", "subject", "ip",
        "user_agent", "detail", "digest",
    ),
    (
        "int8", "timestamptz", "varchar", "uuid", "uuid", "varchar", "varchar",
        "varchar", "text", "bytea",
    ),
)  # fmt: skip


def _digest(before: bytes, seq: int, body: bytes) -> bytes:
    return keyring().audit_digest(b"|".join((before, str(seq).encode(), body)))


def _anchor_is_due(head: AuditHead) -> bool:
    last = head.anchored_at
    return last is None or timezone.now() - last > ANCHOR_EVERY
