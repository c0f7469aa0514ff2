"""Deletes what has been kept for as long as it is to be kept: runs that ended, by age
and by number, and results of cacheable nodes.

Runs go with their sub-agents and everything about them. What somebody may still need
stays: a run that is repeated until that has ended, and every run for a day, so that an
`Idempotency-Key` or the id of a delivery never starts the same thing twice.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import connection, models, transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from executions.engine.dialects import dialect_of
from executions.models import Execution, MemoizedResult
from graphs.models import Graph

AT_LEAST: Final = timedelta(hours=24)
RUNS_AT_ONCE: Final = 1_000
ROWS_AT_ONCE: Final = 2_000
"""About so many rows in one transaction, or one run if that has more."""
WORK_S: Final = 0.1
LOOK_EVERY_S: Final = 600.0

_SKEW: Final = timedelta(days=1)
_FIRST: Final = UUID(int=0)


class Policy(NamedTuple):
    """How long runs of a graph are kept, and how many; None: all."""

    graph_id: UUID
    days: int | None
    runs: int | None


def policies() -> list[Policy]:
    """Those that delete anything. What a graph does not say, the settings do."""
    days, runs = settings.RETAIN_DAYS, settings.RETAIN_RUNS
    graphs = Graph.objects.order_by("id").values_list("id", "keep_days", "keep_runs")
    if days is None and runs is None:
        graphs = graphs.exclude(keep_days=None, keep_runs=None)
    return [
        Policy(
            id_,
            days if own_days is None else own_days,
            runs if own_runs is None else own_runs,
        )
        for id_, own_days, own_runs in graphs
    ]


def due(policy: Policy) -> QuerySet[Execution]:
    """The runs that are to go, oldest first; sub-agents are not among them."""
    found, bounds = Q(), []
    if policy.days is not None:
        age = timedelta(days=policy.days)
        bounds.append(_id_at(timezone.now() - age + _SKEW))
        found |= Q(ended_at__lt=Now() - age)
    oldest = None if policy.runs is None else _oldest_of(policy.graph_id, policy.runs)
    if oldest is not None:
        bounds.append(oldest)
        found |= Q(id__lt=oldest)
    if not bounds:
        return Execution.objects.none()
    ended = _ended(policy.graph_id).filter(ended_at__lt=Now() - AT_LEAST)
    return ended.filter(found, id__lt=max(bounds)).order_by("graph_id", "id")


def _ended(graph_id: UUID) -> QuerySet[Execution]:
    # As a range, or the database may walk through everybody's rows, see `newest`.
    of_graph = Execution.objects.filter(graph_id__gte=graph_id, graph_id__lte=graph_id)
    return of_graph.filter(parent__isnull=True, ended_at__isnull=False)


def _oldest_of(graph_id: UUID, count: int) -> UUID | None:
    """Of the newest so many runs; None: there are not so many."""
    newest = _ended(graph_id).order_by("-graph_id", "-id").values_list("id", flat=True)
    return next(iter(newest[count - 1 : count]), None)


def _id_at(when: datetime) -> UUID:
    """Ids grow with time, near enough to end a search by; what is deleted is told by
    its own time."""
    return UUID(int=int(when.timestamp() * 1000) << 80)


# --- Batch by batch -------------------------------------------------------------------


def batches() -> Iterator[int]:
    """Delete what is to go, a short transaction at each step; how many runs each time.

    It may be left at any step: the next walk finds what is left.
    """
    while _forget_results():
        yield 0
    for policy in policies():
        yield from _of_graph(policy)


def _of_graph(policy: Policy) -> Iterator[int]:
    wanted, after = due(policy), _FIRST
    while batch := _batch(wanted.filter(id__gt=after)):
        after = batch[-1]
        yield delete(batch)
    yield 0


def _batch(wanted: QuerySet[Execution]) -> list[UUID]:
    """The first of them. A run's own count includes what its sub-agents did."""
    found: list[UUID] = []
    rows = 0
    for id_, count in wanted.values_list("id", "node_executions")[:RUNS_AT_ONCE]:
        rows += 1 + count
        if found and rows > ROWS_AT_ONCE:
            break
        found.append(id_)
    return found


def _forget_results() -> int:
    old = MemoizedResult.objects.filter(expires_at__lt=Now())
    ids = list(old.values_list("id", flat=True)[:RUNS_AT_ONCE])
    return MemoizedResult.objects.filter(id__in=ids).delete()[0] if ids else 0


@transaction.atomic
def delete(ids: Sequence[UUID]) -> int:
    """Delete those of these runs that nobody holds and nothing needs; how many."""
    ended = Execution.objects.filter(id__in=ids, ended_at__isnull=False)
    locked = ended.order_by("id").select_for_update(skip_locked=True, of=("self",))
    top_of, needed = _trees(list(locked.values_list("id", flat=True)))
    gone = [id_ for id_, top in top_of.items() if top not in needed]
    if gone:
        _delete_rows(gone)
    return len({top_of[id_] for id_ in gone})


@transaction.atomic
def erase(wanted: QuerySet[Execution]) -> int:
    """Delete the first batch of these runs, with all under them, whatever state they
    are in; how many. Who holds one finds it gone."""
    batch = _batch(wanted)
    if batch:
        _delete_rows(list(_trees(batch)[0]))
    return len(batch)


def _trees(tops: list[UUID]) -> tuple[dict[UUID, UUID], set[UUID]]:
    """Of these runs and of all under them the one at the top, and the tops over one
    that has not ended or that is being repeated."""
    top_of = {id_: id_ for id_ in tops}
    needed: set[UUID] = set()
    level = tops
    while level:
        below: Any = Execution.objects.filter(parent_id__in=level)
        rows = list(below.values_list("id", "parent_id", "ended_at"))
        top_of.update((id_, top_of[parent]) for id_, parent, _ in rows)
        needed.update(top_of[id_] for id_, _, ended_at in rows if ended_at is None)
        level = [id_ for id_, _, _ in rows]
    repeated: Any = Execution.objects.filter(
        rerun_of_id__in=list(top_of), ended_at__isnull=True
    )
    needed.update(top_of[id_] for id_ in repeated.values_list("rerun_of", flat=True))
    return top_of, needed


def _delete_rows(ids: list[UUID]) -> None:
    """In raw statements: the ORM would read every row first, to see what else to do."""
    dialect = dialect_of(connection.vendor)
    with connection.cursor() as cursor:
        for statement in (*_statements(), _DELETE):
            cursor.execute(
                statement + dialect.among.removeprefix("id"), [dialect.ids(ids)]
            )


_DELETE: Final = "DELETE FROM executions_execution WHERE id"


def _statements() -> Iterable[str]:
    """For each table that refers to runs; one that is added later is among them."""
    for relation in Execution._meta.related_objects:
        table, column = relation.related_model._meta.db_table, relation.field.column
        if relation.related_model is not Execution:
            yield f"DELETE FROM {table} WHERE {column}"  # noqa: S608
        elif relation.on_delete is models.SET_NULL:
            yield f"UPDATE {table} SET {column} = NULL WHERE {column}"  # noqa: S608


# --- As a job -------------------------------------------------------------------------


class Cleaner:
    """Walks bit by bit; pauses once it has been round."""

    def __init__(self) -> None:
        self._walk = batches()
        self._next_at = 0.0

    def clean(self) -> int:
        """Go on for a moment; how many runs it deleted."""
        now = time.monotonic()
        if now < self._next_at:
            return 0
        deleted = 0
        for count in self._walk:
            deleted += count
            if time.monotonic() > now + WORK_S:
                return deleted
        self._walk, self._next_at = batches(), time.monotonic() + LOOK_EVERY_S
        return deleted


expire: Final = Cleaner().clean
