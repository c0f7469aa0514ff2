"""Claims, leases and signals in the database. Its clock is the only one that counts."""

import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import wraps
from itertools import chain
from math import inf
from typing import Any, Final, ParamSpec, TypeVar
from uuid import UUID

import orjson
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models.functions import Now
from django.utils import timezone

from core import failpoints
from core.limits import Limits
from executions.domain.status import ExecutionStatus, NodeStatus
from executions.engine.claim_rows import (
    ClaimRow,
    Document,
    events_in,
    inputs_of,
    past_documents,
    places_in,
    rows_of,
    unfinished_rows,
)
from executions.engine.claiming import Claimed, claim
from executions.engine.context import RunIdentity
from executions.engine.database_extras import cancel_offspring
from executions.engine.journal import Parent, RunHandle
from executions.engine.large_values import Large
from executions.engine.projection import Key
from executions.engine.run import ReceivedSignal, Run
from executions.engine.value_rows import ids_in, load_values, those
from executions.engine.worker import Claim, Look
from executions.models import (
    Execution,
    NodeExecution,
    Signal,
)
from executions.plans import plan_of
from graphs.domain.model import NodeId

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
    def look(self, limit: int, held: Sequence[UUID], share: int | None = None) -> Look:
        claimed = self._take(limit, share)
        if claimed:
            failpoints.hit("F4")
        claims = self._load_or_give_back(claimed)
        asked = [c.handle.execution_id for c in claims if c.is_signalled]
        signals = _signals_for([*held, *asked])
        return Look(claims, signals, inf if claimed else _next_wake_s())

    def _take(self, limit: int, share: int | None) -> list[Claimed]:
        before = time.time()
        claimed = claim(
            limit,
            self._owner,
            limits=_within(self._limits, share),
            holds_suspect=self._holds_suspect(),
        )
        if claimed:
            self._clock.set(claimed[0].now.timestamp(), before)
        return claimed

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
    @transaction.atomic
    def close(self, handle: RunHandle) -> None:
        cancel_offspring(handle.execution_id)
        NodeExecution.objects.filter(
            execution_id=handle.execution_id, ended_at__isnull=True
        ).update(status=NodeStatus.CANCELLED, ended_at=timezone.now())

    def _load_or_give_back(self, claimed: list[Claimed]) -> list[Claim]:
        """What cannot be read now is for somebody else; it lost no worker."""
        try:
            return self._load(claimed)
        except (OperationalError, InterfaceError):
            connection.close()
            with suppress(OperationalError, InterfaceError):
                self.release([RunHandle(one.id, one.lease_token) for one in claimed])
            raise

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
        rows = rows_of([one.id for one in claimed])
        begun = [row for row in rows.values() if row.last_seq]
        past = past_documents(begun)
        unfinished = unfinished_rows([row.id for row in begun])
        referred = {id_: ids_in(places_in(row, past[id_])) for id_, row in rows.items()}
        values = load_values(chain.from_iterable(referred.values()))
        return [
            self._claim(
                one,
                rows[one.id],
                past[one.id],
                those(referred[one.id], values),
                unfinished[one.id],
            )
            for one in claimed
            if one.id in rows
        ]

    def _claim(
        self,
        claimed: Claimed,
        row: ClaimRow,
        past: list[Document],
        values: dict[str, Large],
        open: dict[Key, UUID],
    ) -> Claim:
        handle = _handle_of(claimed, row)
        identity = RunIdentity(
            execution_id=str(row.id),
            graph_id=str(row.graph_id),
            user_id=str(row.user_id),
            workspace_id=str(row.workspace_id),
            timezone=row.timezone,
            depth=row.depth,
        )
        try:
            plan = plan_of(row.version_id)
        except Exception as error:
            return Claim(handle, identity, None, f"{type(error).__name__}: {error}")
        snapshot = None if row.snapshot is None else orjson.dumps(row.snapshot)
        options = row.options or {}
        reuse = options.get("reuse", {})
        run = Run(
            handle=handle,
            plan=plan,
            inputs=inputs_of(row, values),
            limits=self._limits,
            past=events_in(past, values),
            snapshot=snapshot,
            started_at=None if row.started_at is None else row.started_at.timestamp(),
            rows=open,
            values=values,
            reuse=frozenset(map(NodeId, reuse.get("node_ids", ()))),
            reuse_from=reuse.get("execution_id", ""),
            node_inputs=options.get("node_inputs", {}),
        )
        return Claim(handle, identity, run, is_signalled=row.is_signalled)


def _within(limits: Limits, share: int | None) -> Limits:
    if share is None:
        return limits
    running = min(share, limits.running_per_workspace)
    return replace(limits, running_per_workspace=running)


def _handle_of(claimed: Claimed, row: ClaimRow) -> RunHandle:
    parent = None
    if row.parent_id is not None:
        parent = Parent(row.parent_id, row.parent_node_id, row.parent_number)
    return RunHandle(
        claimed.id,
        claimed.lease_token,
        seq=row.last_seq,
        committed=row.last_seq,
        parent=parent,
        has_slots=claimed.has_slots,
        has_parked=row.snapshot_seq is not None,
        lost_leases=claimed.lost_leases,
    )


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


def _next_wake_s() -> float:
    """Seconds until a run that is parked, or whose lease runs out, is due."""
    held = (ExecutionStatus.RUNNING, ExecutionStatus.WAITING)
    next_one = (
        Execution.objects.filter(status__in=held, due_at__gt=Now())
        .order_by("due_at")
        .values_list("due_at", Now())
        .first()
    )
    return inf if next_one is None else (next_one[0] - next_one[1]).total_seconds()


def _signals_for(ids: Sequence[UUID]) -> list[ReceivedSignal]:
    """Those that have not been folded in, oldest first."""
    if not ids:
        return []
    rows: Any = (
        Signal.objects.filter(execution_id__in=ids)
        .order_by("id")
        .values_list("id", "execution_id", "kind", "body")
    )
    found = [(row, ids_in(_outputs_in(row[-1]))) for row in rows]
    values = load_values(id_ for _, ids in found for id_ in ids)
    return [
        ReceivedSignal(id_, execution_id, kind, body, those(ids, values))
        for (id_, execution_id, kind, body), ids in found
    ]


def _outputs_in(body: Any) -> list[Any]:
    """Those of a sub-agent, if a signal brings any."""
    return [place for _, place in (body or {}).get("outputs", ())]


def release_all() -> None:
    """Make every begun execution due now: for a process that knows it is alone. Their
    owner stays: he did not hand them back, and that is held against them."""
    Execution.objects.filter(due_at__isnull=False).exclude(lease_owner="").update(
        due_at=Now()
    )
