"""Claims, leases and signals in the database. Its clock is the only one that counts."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache, wraps
from typing import Any, Final, ParamSpec, TypeVar
from uuid import UUID

from django.db import InterfaceError, OperationalError, connection
from django.db.models import Exists, OuterRef
from django.db.models.functions import Now
from django.utils import timezone

from core.limits import Limits
from executions.domain.events import Event, from_json
from executions.domain.plan import Plan, make_plan
from executions.domain.status import NodeStatus
from executions.engine.context import RunIdentity
from executions.engine.dialects import dialect_of
from executions.engine.journal import RunHandle
from executions.engine.projection import Key
from executions.engine.runner import Run
from executions.engine.worker import Claim, ReceivedSignal
from executions.models import Execution, ExecutionEventSegment, NodeExecution, Signal
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


class DatabaseStore:
    """What one worker, known as `owner`, asks of the database. Not for the loop."""

    def __init__(self, owner: str, limits: Limits) -> None:
        self._owner = owner
        self._limits = limits

    @_reconnecting
    def look(
        self, limit: int, held: Sequence[UUID]
    ) -> tuple[list[Claim], list[ReceivedSignal]]:
        claims = self._load(self._take(limit)) if limit > 0 else []
        asked = [c.handle.execution_id for c in claims if c.is_signalled]
        return claims, _signals_for([*held, *asked])

    def _take(self, limit: int) -> list[Any]:
        """Claim up to `limit` executions that are due, the most urgent first.

        Due are those queued whose time has come and those whose lease ran out.
        """
        dialect = dialect_of(connection.vendor)
        with connection.cursor() as cursor:
            cursor.execute(
                f"""
                UPDATE executions_execution
                SET status = 'RUNNING', lease_owner = %s,
                    lease_token = lease_token + 1, due_at = {dialect.later()},
                    started_at = COALESCE(started_at, {dialect.now})
                WHERE id IN (
                    SELECT id FROM executions_execution
                    WHERE due_at <= {dialect.now}
                    ORDER BY priority DESC, due_at LIMIT %s {dialect.skip_locked}
                )
                RETURNING id
                """,  # noqa: S608 - the parts put in are constants
                [self._owner, LEASE_S, limit],
            )
            return [row[0] for row in cursor.fetchall()]

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
    def close(self, handle: RunHandle, signals: Sequence[UUID]) -> None:
        now = timezone.now()
        Signal.objects.filter(id__in=signals).delete()
        NodeExecution.objects.filter(
            execution_id=handle.execution_id, ended_at__isnull=True
        ).update(status=NodeStatus.CANCELLED, ended_at=now)

    def _load(self, ids: list[Any]) -> list[Claim]:
        """What was claimed, the most urgent first. One that cannot be read spoils no
        other: its claim says why."""
        try:
            return self._read(ids) if ids else []
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:
            if len(ids) == 1:
                return [_unreadable(ids[0], error)]
            return [claim for id_ in ids for claim in self._load([id_])]

    def _read(self, ids: list[Any]) -> list[Claim]:
        signals = Signal.objects.filter(execution=OuterRef("pk"))
        executions = list(
            Execution.objects.filter(id__in=ids)
            .select_related("user")
            .annotate(is_signalled=Exists(signals))
            .order_by("-priority", "id")
        )
        begun = [e.id for e in executions if e.last_seq]
        events = _past_events(begun)
        rows = _unfinished_rows(begun)
        return [self._claim(e, events[e.id], rows[e.id]) for e in executions]

    def _claim(self, execution: Any, past: list[Event], rows: dict[Key, UUID]) -> Claim:
        handle = RunHandle(
            execution.id,
            execution.lease_token,
            seq=execution.last_seq,
            committed=execution.last_seq,
        )
        identity = RunIdentity(
            execution_id=str(execution.id),
            graph_id=str(execution.graph_id),
            user_id=str(execution.user_id),
            timezone=execution.user.timezone,
        )
        try:
            plan = _plan_of(execution.version_id)
        except Exception as error:
            return Claim(handle, identity, None, f"{type(error).__name__}: {error}")
        started_at = execution.started_at
        run = Run(
            handle=handle,
            plan=plan,
            inputs=execution.inputs,
            limits=self._limits,
            past=past,
            started_at=None if started_at is None else started_at.timestamp(),
            rows=rows,
        )
        return Claim(handle, identity, run, is_signalled=execution.is_signalled)


def _unreadable(id_: Any, error: Exception) -> Claim:
    row = Execution.objects.values_list("id", "lease_token", "last_seq").get(id=id_)
    execution_id, token, seq = row
    handle = RunHandle(execution_id, token, seq=seq, committed=seq)
    return Claim(handle, RunIdentity(), None, f"{type(error).__name__}: {error}")


def _signals_for(ids: Sequence[UUID]) -> list[ReceivedSignal]:
    """Those that have not been folded in, oldest first."""
    if not ids:
        return []
    rows = (
        Signal.objects.filter(execution_id__in=ids)
        .order_by("id")
        .values_list("id", "execution_id", "kind")
    )
    return [ReceivedSignal(*row) for row in rows]


@lru_cache(maxsize=512)
def _plan_of(version_id: UUID) -> Plan:
    """Versions never change, so neither do their plans."""
    return make_plan(load_version(version_id))


def _past_events(ids: Sequence[UUID]) -> dict[UUID, list[Event]]:
    found: dict[UUID, list[Event]] = defaultdict(list)
    if not ids:
        return found
    segments = ExecutionEventSegment.objects.filter(execution_id__in=ids).order_by(
        "execution_id", "first_seq"
    )
    rows: Any = segments.values_list("execution_id", "body")
    for execution_id, documents in rows:
        events = (from_json(document) for document in documents)
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
