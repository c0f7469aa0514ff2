"""Claims, leases and signals in the database. Its clock is the only one that counts."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache, wraps
from typing import Any, Final, ParamSpec, TypeVar
from uuid import UUID

import orjson
from django.db import InterfaceError, OperationalError, connection
from django.db.models import Exists, OuterRef
from django.db.models.functions import Now
from django.utils import timezone

from core.limits import Limits
from executions.domain.events import Event
from executions.domain.plan import Plan, make_plan
from executions.domain.status import NodeStatus
from executions.domain.wire import from_json
from executions.engine.claiming import Claimed, claim
from executions.engine.context import RunIdentity
from executions.engine.dialects import dialect_of
from executions.engine.journal import Parent, RunHandle
from executions.engine.projection import Key
from executions.engine.runner import ReceivedSignal, Run
from executions.engine.worker import Claim
from executions.models import (
    Execution,
    ExecutionEventSegment,
    ExecutionSnapshot,
    NodeExecution,
    Signal,
)
from graphs.domain.model import NodeId
from graphs.selectors import load_version

LEASE_S: Final = 15


P = ParamSpec("P")
T = TypeVar("T")


def _reconnecting(call: Callable[P, T]) -> Callable[P, T]:
    """Drop the thread's connection when it fails, so that the next call makes another.

    Django does so between requests; these threads never see one.
    """

    @wraps(call)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return call(*args, **kwargs)
        except (OperationalError, InterfaceError):
            connection.close()
            raise

    return guarded


class DatabaseClock:
    """The time by the database, in seconds since the epoch, without asking it."""

    def __init__(self) -> None:
        self._ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self._ahead

    def set(self, theirs: float, ours: float) -> None:
        """The database said `theirs` when it was `ours` here."""
        self._ahead = theirs - ours


class DatabaseStore:
    """What one worker, known as `owner`, asks of the database. Not for the loop."""

    def __init__(
        self,
        owner: str,
        limits: Limits,
        *,
        clock: DatabaseClock | None = None,
        holds_suspect: Callable[[], bool] = lambda: False,
    ) -> None:
        self._owner = owner
        self._limits = limits
        self._clock = clock or DatabaseClock()
        self._holds_suspect = holds_suspect

    @_reconnecting
    def look(
        self, limit: int, held: Sequence[UUID]
    ) -> tuple[list[Claim], list[ReceivedSignal]]:
        claims = self._load(self._take(limit))
        asked = [c.handle.execution_id for c in claims if c.is_signalled]
        return claims, _signals_for([*held, *asked])

    def _take(self, limit: int) -> list[Claimed]:
        before = time.time()
        claimed = claim(
            limit,
            self._owner,
            limits=self._limits,
            holds_suspect=self._holds_suspect(),
        )
        if claimed:
            self._clock.set(claimed[0].now.timestamp(), before)
        return claimed

    @_reconnecting
    def renew(self, held: Iterable[UUID]) -> None:
        """Keep these leases for another while.

        Only what is really held: a run that was dropped must become due again, though
        its row still names this worker.
        """
        dialect = dialect_of(connection.vendor)
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE executions_execution SET due_at = {dialect.later()} "  # noqa: S608
                f"WHERE {dialect.among} AND lease_owner = %s AND due_at IS NOT NULL",
                [LEASE_S, dialect.ids(held), self._owner],
            )

    @_reconnecting
    def release(self, handles: Iterable[RunHandle]) -> None:
        """Hand leases back, so that another worker need not wait for their end."""
        for handle in handles:
            Execution.objects.filter(
                id=handle.execution_id,
                lease_token=handle.lease_token,
                due_at__isnull=False,
            ).update(due_at=Now(), lease_owner="")

    @_reconnecting
    def close(self, handle: RunHandle) -> None:
        NodeExecution.objects.filter(
            execution_id=handle.execution_id, ended_at__isnull=True
        ).update(status=NodeStatus.CANCELLED, ended_at=timezone.now())

    def _load(self, claimed: list[Claimed]) -> list[Claim]:
        """What was claimed, the most urgent first. One that cannot be read spoils no
        other: its claim says why."""
        try:
            return self._read(claimed) if claimed else []
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:
            if len(claimed) == 1:
                return [_unreadable(claimed[0], error)]
            return [claim for one in claimed for claim in self._load([one])]

    def _read(self, claimed: list[Claimed]) -> list[Claim]:
        signals = Signal.objects.filter(execution=OuterRef("pk"))
        rows = (
            Execution.objects.filter(id__in=[one.id for one in claimed])
            .select_related("user", "snapshot")
            .annotate(is_signalled=Exists(signals))
        )
        executions = {execution.id: execution for execution in rows}
        begun = [e for e in executions.values() if e.last_seq]
        past = _past_events(begun)
        unfinished = _unfinished_rows([e.id for e in begun])
        return [
            self._claim(one, executions[one.id], past[one.id], unfinished[one.id])
            for one in claimed
            if one.id in executions
        ]

    def _claim(
        self,
        claimed: Claimed,
        execution: Any,
        past: list[Event],
        rows: dict[Key, UUID],
    ) -> Claim:
        handle = _handle_of(claimed, execution)
        identity = RunIdentity(
            execution_id=str(execution.id),
            graph_id=str(execution.graph_id),
            user_id=str(execution.user_id),
            workspace_id=str(execution.workspace_id),
            timezone=execution.user.timezone,
            depth=execution.depth,
        )
        try:
            plan = _plan_of(execution.version_id)
        except Exception as error:
            return Claim(handle, identity, None, f"{type(error).__name__}: {error}")
        started_at = execution.started_at
        options = execution.options or {}
        reuse = options.get("reuse", {})
        snapshot = _snapshot_of(execution)
        run = Run(
            handle=handle,
            plan=plan,
            inputs=execution.inputs,
            limits=self._limits,
            past=past,
            snapshot=None if snapshot is None else orjson.dumps(snapshot.body),
            started_at=None if started_at is None else started_at.timestamp(),
            rows=rows,
            reuse=frozenset(map(NodeId, reuse.get("node_ids", ()))),
            reuse_from=reuse.get("execution_id", ""),
            node_inputs=options.get("node_inputs", {}),
        )
        return Claim(handle, identity, run, is_signalled=execution.is_signalled)


def _handle_of(claimed: Claimed, execution: Execution) -> RunHandle:
    parent = None
    if execution.parent_id is not None:
        parent = Parent(
            execution.parent_id, execution.parent_node_id, execution.parent_number
        )
    return RunHandle(
        claimed.id,
        claimed.lease_token,
        seq=execution.last_seq,
        committed=execution.last_seq,
        parent=parent,
        has_slots=claimed.has_slots,
        has_parked=_snapshot_of(execution) is not None,
        lost_leases=claimed.lost_leases,
    )


def _snapshot_of(execution: Execution) -> ExecutionSnapshot | None:
    return getattr(execution, "snapshot", None)


def _unreadable(claimed: Claimed, error: Exception) -> Claim:
    seq = Execution.objects.values_list("last_seq", flat=True).get(id=claimed.id)
    handle = RunHandle(
        claimed.id,
        claimed.lease_token,
        seq=seq,
        committed=seq,
        has_slots=claimed.has_slots,
    )
    return Claim(handle, RunIdentity(), None, f"{type(error).__name__}: {error}")


def _signals_for(ids: Sequence[UUID]) -> list[ReceivedSignal]:
    """Those that have not been folded in, oldest first."""
    if not ids:
        return []
    rows: Any = (
        Signal.objects.filter(execution_id__in=ids)
        .order_by("id")
        .values_list("id", "execution_id", "kind", "body")
    )
    return [ReceivedSignal(*row) for row in rows]


@lru_cache(maxsize=512)
def _plan_of(version_id: UUID) -> Plan:
    """Versions never change, so neither do their plans."""
    return make_plan(load_version(version_id))


def _past_events(executions: Sequence[Execution]) -> dict[UUID, list[Event]]:
    """What happened since the snapshot of each, or since its beginning."""
    found: dict[UUID, list[Event]] = defaultdict(list)
    if not executions:
        return found
    snapshots = {e.id: _snapshot_of(e) for e in executions}
    since = {id_: kept.seq for id_, kept in snapshots.items() if kept is not None}
    segments = ExecutionEventSegment.objects.filter(
        execution_id__in=list(snapshots)
    ).order_by("execution_id", "first_seq")
    if since:
        later = ExecutionSnapshot.objects.filter(
            execution_id=OuterRef("execution_id"), seq__gte=OuterRef("last_seq")
        )
        segments = segments.filter(~Exists(later))
    rows: Any = segments.values_list("execution_id", "body")
    for execution_id, documents in rows:
        after = since.get(execution_id, 0)
        events = (from_json(d) for d in documents if d["seq"] > after)
        found[execution_id] += [event for event in events if event is not None]
    return found


def _unfinished_rows(ids: Sequence[UUID]) -> dict[UUID, dict[Key, UUID]]:
    found: dict[UUID, dict[Key, UUID]] = defaultdict(dict)
    if not ids:
        return found
    rows = NodeExecution.objects.filter(
        execution_id__in=ids, status__in=(NodeStatus.RUNNING, NodeStatus.WAITING)
    )
    for id_, execution_id, node_id, number in rows.values_list(
        "id", "execution_id", "node_id", "number"
    ):
        found[execution_id][NodeId(node_id), number] = id_
    return found


def release_all() -> None:
    """Make every begun execution due now: for a process that knows it is alone."""
    Execution.objects.filter(due_at__isnull=False).exclude(lease_owner="").update(
        due_at=Now(), lease_owner=""
    )
