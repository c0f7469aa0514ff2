"""Takes executions for a worker: what must go on, and a fair share of what is queued.

Claims of several workers take turns, so that limits are exact; they skip rows that
somebody writes to. The database's clock is the only one that counts.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from core import failpoints
from core.limits import Limits
from executions.domain.status import ExecutionStatus
from executions.engine import slots
from executions.engine.claim_sql import CANDIDATES
from executions.engine.dialects import dialect_of
from executions.engine.rules import SUSPECT_FROM
from executions.engine.turns import as_time, begin_claim

LEASE_S: Final = 15
PASSES: Final = 8


class Claimed(NamedTuple):
    """`was`: its status before. `lost_leases`: of how many workers in a row nothing was
    heard, with the last one. `now`: the database's time of the claim. `has_slots`: it
    takes places that `slots.release` gives back."""

    id: UUID
    lease_token: int
    lost_leases: int
    was: ExecutionStatus
    now: datetime
    has_slots: bool

    @property
    def is_suspect(self) -> bool:
        return self.lost_leases >= SUSPECT_FROM


def claim(
    limit: int, owner: str, *, limits: Limits, holds_suspect: bool
) -> list[Claimed]:
    """Claim up to `limit` executions for the worker `owner`, in order of urgency.

    With `holds_suspect`, the worker holds one already and is given no other.
    """
    if limit <= 0:
        return []
    with transaction.atomic(), connection.cursor() as cursor:
        return _Claim(cursor, owner, limits, may_suspect=not holds_suspect).take(limit)


class _Claim:
    """One claim in its transaction."""

    def __init__(
        self, cursor: CursorWrapper, owner: str, limits: Limits, *, may_suspect: bool
    ) -> None:
        self._cursor = cursor
        self._owner = owner
        self._limits = limits
        self._may_suspect = may_suspect
        self._now = begin_claim(cursor)

    def take(self, limit: int) -> list[Claimed]:
        """Those without a free place make way for others; hence several passes."""
        claimed: list[Claimed] = []
        for _ in range(PASSES):
            found = self._candidates(limit - len(claimed))
            having, blocked = slots.take(found)
            fresh = [self._claimed(c, having) for c in found if c.id not in blocked]
            self._mark(fresh)
            failpoints.hit("F4b")
            claimed += fresh
            if not blocked or len(claimed) == limit:
                break
        return claimed

    def _candidates(self, limit: int) -> list[slots.Candidate]:
        parameters = {
            "now": self._now,
            "limit": limit,
            "running": self._limits.running_per_workspace,
            "suspect": SUSPECT_FROM,
            "suspects": int(self._may_suspect),
        }
        self._cursor.execute(CANDIDATES[connection.vendor], parameters)
        return [_candidate(row) for row in self._cursor.fetchall()]

    def _claimed(self, candidate: slots.Candidate, having: set[UUID]) -> Claimed:
        self._may_suspect &= candidate.lost_leases < SUSPECT_FROM
        return Claimed(
            id=candidate.id,
            lease_token=candidate.lease_token + 1,
            lost_leases=candidate.lost_leases,
            was=candidate.status,
            now=as_time(self._now),
            has_slots=candidate.has_slots or candidate.id in having,
        )

    def _mark(self, claimed: Sequence[Claimed]) -> None:
        if not claimed:
            return
        dialect = dialect_of(connection.vendor)
        self._cursor.execute(
            f"""
            UPDATE executions_execution
            SET status = 'RUNNING', lease_token = lease_token + 1,
                lost_leases = lost_leases
                    + CASE WHEN status = 'RUNNING' AND lease_owner <> ''
                      THEN 1 ELSE 0 END,
                lease_owner = %s, due_at = {dialect.later()},
                started_at = COALESCE(started_at, {dialect.now}),
                waiting_for = '', blocked_on = ''
            WHERE {dialect.among}
            """,  # noqa: S608 - the parts put in are constants
            [self._owner, LEASE_S, dialect.ids(c.id for c in claimed)],
        )


def _candidate(row: Iterable[Any]) -> slots.Candidate:
    id_, workspace, graph, version, status, *rest = row
    token, lost, has_slots, is_cancelled, is_limited = rest
    return slots.Candidate(
        id=_uuid(id_),
        workspace_id=_uuid(workspace),
        graph_id=_uuid(graph),
        version_id=_uuid(version),
        status=ExecutionStatus(status),
        lease_token=token,
        lost_leases=lost,
        has_slots=bool(has_slots),
        is_cancelled=bool(is_cancelled),
        is_limited=bool(is_limited),
    )


def _uuid(value: object) -> UUID:
    return value if isinstance(value, UUID) else UUID(str(value))
