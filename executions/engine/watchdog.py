"""Finds executions that are held and do not move, and gives a verdict on each.

A lease only says that the worker lives. An execution under a lease in which nothing has
happened for long, and in which nothing is under way that may take so long, is taken
from its worker: the next one resumes it from its events. One that does not move under
several workers in a row is stopped by the rule for those that workers die of.
"""

import logging
import time
from collections.abc import Callable, Iterable
from typing import Final, NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from core.limits import Limits
from executions.domain.plan import positive
from executions.domain.status import ExecutionStatus, NodeStatus
from executions.models import Execution, NodeExecution, Signal
from graphs.domain.model import NodeId
from graphs.selectors import load_version

logger = logging.getLogger(__name__)

ROWS_AT_MOST: Final = 20_000


class _Mark(NamedTuple):
    """How far an execution was, and when we first saw it there."""

    lease_token: int
    last_seq: int
    since: float


class Watchdog:
    """Remembers how far each was, so that no clock but its own counts."""

    def __init__(
        self, limits: Limits, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._limits = limits
        self._clock = clock
        self._marks: dict[UUID, _Mark] = {}

    def look(self) -> int:
        """Take those from their workers that are stuck; answers how many."""
        now = self._clock()
        held = Execution.objects.filter(
            status=ExecutionStatus.RUNNING, due_at__gt=Now()
        ).values_list("id", "lease_token", "last_seq")
        self._marks = {
            id_: self._mark(id_, token, seq, now)
            for id_, token, seq in held[:ROWS_AT_MOST]
        }
        silent = {id_: now - mark.since for id_, mark in self._marks.items()}
        long = {i: s for i, s in silent.items() if s >= self._limits.stuck_seconds}
        return sum(
            self._resume(id_, silence)
            for id_, silence in long.items()
            if not self._is_explained(id_, silence)
        )

    def _mark(self, id_: UUID, token: int, seq: int, now: float) -> _Mark:
        before = self._marks.get(id_)
        if before is not None and before[:2] == (token, seq):
            return before
        return _Mark(token, seq, now)

    def _is_explained(self, id_: UUID, silence: float) -> bool:
        """It waits, or an attempt is under way that may take longer than that."""
        nodes = NodeExecution.objects.filter(
            execution=id_, status__in=(NodeStatus.RUNNING, NodeStatus.WAITING)
        )
        rows: Iterable[tuple[str, str, UUID]] = nodes.values_list(
            "status", "node_id", "execution__version_id"
        )
        return any(
            status == NodeStatus.WAITING or silence < self._allowed(version, node)
            for status, node, version in rows
        )

    def _allowed(self, version_id: UUID, node_id: str) -> float:
        node = load_version(version_id).nodes.get(NodeId(node_id))
        own = positive(node.metadata.get("timeout_s")) if node else None
        return own or self._limits.node_seconds

    def _resume(self, id_: UUID, silence: float) -> int:
        mark = self._marks[id_]
        body = {"since": mark.last_seq, "seconds": round(silence)}
        with transaction.atomic():
            # The new token shuts out its holder, should it come to life again.
            taken = Execution.objects.filter(
                id=id_,
                lease_token=mark.lease_token,
                last_seq=mark.last_seq,
                status=ExecutionStatus.RUNNING,
            ).update(due_at=Now(), lease_token=F("lease_token") + 1)
            if taken:
                # Whoever goes on with it puts the verdict into its record.
                Signal.objects.create(
                    execution_id=id_, kind=Signal.Kind.STALLED, body=body
                )
        if taken:
            logger.warning(
                "watchdog: run %s: no progress since event %s, %.0f s ago; resumed",
                *(id_, mark.last_seq, silence),
            )
        return taken
