"""Places under concurrency limits: taken in the claim, given back at end or park.

A limit names an agent, a block or a credential; its key is what places are taken under.
An execution takes one place under each limit that concerns it, all or none. One that
finds no place makes way for others: it is not due until a place becomes free.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import Count

from executions.domain.status import ExecutionStatus
from executions.engine.dialects import Dialect, dialect_of
from executions.engine.turns import take_turn
from executions.models import ConcurrencyLimit, Execution, Slot
from graphs.models import Node
from graphs.selectors import load_version

Scope = ConcurrencyLimit.Scope

KEYS_AT_MOST: Final = 1_000


class Candidate(NamedTuple):
    """An execution that may be claimed. `is_limited`: its workspace has limits."""

    id: UUID
    workspace_id: UUID
    graph_id: UUID
    version_id: UUID
    status: ExecutionStatus
    lease_token: int
    lost_leases: int
    has_slots: bool
    is_cancelled: bool
    is_limited: bool

    @property
    def needs_slots(self) -> bool:
        """One that was running has its places; one that is to be cancelled needs none,
        for it will do nothing."""
        begins = self.status is not ExecutionStatus.RUNNING
        return self.is_limited and begins and not self.is_cancelled


# --- Taking ---------------------------------------------------------------------------


def take(candidates: Sequence[Candidate]) -> tuple[set[UUID], set[UUID]]:
    """Those that took places, and those that found none and were put aside.

    Called within a claim, whose turn makes the count exact.
    """
    limited = [c for c in candidates if c.needs_slots]
    if not limited:
        return set(), set()
    keys = keys_of(limited)
    free = _free_places({limit for limits in keys.values() for limit in limits})
    took: list[Slot] = []
    blocked: dict[UUID, str] = {}
    for id_, limits in keys.items():
        full = next((x for x in limits if free[x.key] <= 0), None)
        if full is not None:
            blocked[id_] = full.key
            continue
        for limit in limits:
            free[limit.key] -= 1
            took.append(Slot(key=limit.key, execution_id=id_))
    _write(took, blocked)
    return {slot.execution_id for slot in took}, set(blocked)


def keys_of(
    candidates: Sequence[Candidate],
) -> Mapping[UUID, Sequence[ConcurrencyLimit]]:
    """The limits that concern each; those that none concerns are left out."""
    limits: dict[UUID, list[ConcurrencyLimit]] = {}
    workspaces = {c.workspace_id for c in candidates}
    for limit in ConcurrencyLimit.objects.filter(workspace__in=workspaces):
        limits.setdefault(limit.workspace_id, []).append(limit)
    uses = _Uses(candidates, [x for found in limits.values() for x in found])
    concerned = {
        c.id: [x for x in limits.get(c.workspace_id, ()) if uses.concerns(x, c)]
        for c in candidates
    }
    return {id_: found for id_, found in concerned.items() if found}


class _Uses:
    """What the versions of some executions use, as far as limits ask for it."""

    def __init__(
        self, candidates: Sequence[Candidate], limits: Sequence[ConcurrencyLimit]
    ) -> None:
        versions = {c.version_id for c in candidates}
        scopes = {limit.scope for limit in limits}
        blocks = [limit.target for limit in limits if limit.scope == Scope.BLOCK]
        nodes = Node.objects.filter(version__in=versions, block_id__in=blocks)
        self._blocks = (
            set(nodes.values_list("version_id", "block_id")) if blocks else ()
        )
        self._credentials = (
            {id_: _credentials_in(id_) for id_ in versions}
            if Scope.CREDENTIAL in scopes
            else {}
        )

    def concerns(self, limit: ConcurrencyLimit, candidate: Candidate) -> bool:
        match limit.scope:
            case Scope.GRAPH:
                return limit.target == str(candidate.graph_id)
            case Scope.BLOCK:
                return (candidate.version_id, limit.target) in self._blocks
            case _:
                return limit.target in self._credentials[candidate.version_id]


def _blocks_in(versions: set[UUID], blocks: list[str]) -> set[tuple[UUID, str]]:
    nodes = Node.objects.filter(version__in=versions, block_id__in=blocks)
    return set(nodes.values_list("version_id", "block_id"))


def _credentials_in(version_id: UUID) -> set[str]:
    """The ids of the credentials that nodes of the version name."""
    nodes = load_version(version_id).nodes.values()
    return {id_ for node in nodes for id_ in named(node.constants)}


def named(constants: Mapping[str, Any]) -> Iterator[str]:
    for name, value in constants.items():
        if name == "credentials_id":
            yield str(value)
        elif name == "credentials" and isinstance(value, dict):
            yield str(value.get("id"))


def _free_places(limits: Iterable[ConcurrencyLimit]) -> Counter[str]:
    allowed = Counter({limit.key: limit.limit for limit in limits})
    allowed.subtract(taken(allowed))
    return allowed


def taken(keys: Iterable[str]) -> dict[str, int]:
    """How many places are taken under each key; those with none are left out."""
    counted = Slot.objects.filter(key__in=list(keys)).values("key")
    return {row["key"]: row["n"] for row in counted.annotate(n=Count("id"))}


def _write(took: list[Slot], blocked: Mapping[UUID, str]) -> None:
    # What takes its places again after a park that gave none back keeps them.
    Slot.objects.bulk_create(took, ignore_conflicts=True)
    having = {slot.execution_id for slot in took}
    Execution.objects.filter(id__in=having).update(has_slots=True)
    for key in set(blocked.values()):
        aside = [id_ for id_, on in blocked.items() if on == key]
        Execution.objects.filter(id__in=aside).update(blocked_on=key, due_at=None)


# --- Giving back ----------------------------------------------------------------------


def release(
    cursor: CursorWrapper, dialect: Dialect, execution_ids: Iterable[UUID]
) -> int:
    """Give back the places of these executions; answers how many others became due.

    For the transaction that ends or parks them, with their rows locked. It takes the
    turn of claims: else a claim that still counts these places could put an execution
    aside that nobody would wake.
    """
    ids = list(execution_ids)
    if not ids:
        return 0
    take_turn(cursor)
    slots = Slot.objects.filter(execution__in=ids)
    freed = Counter(slots.values_list("key", flat=True))
    slots.delete()
    Execution.objects.filter(id__in=ids).update(has_slots=False)
    return sum(_wake(cursor, dialect, key, places) for key, places in freed.items())


def wake_blocked() -> int:
    """Make due those that were put aside although there is room for them now: a limit
    was raised or deleted. Answers how many."""
    if not Execution.objects.exclude(blocked_on="").exists():
        return 0
    with transaction.atomic(), connection.cursor() as cursor:
        take_turn(cursor)
        dialect = dialect_of(connection.vendor)
        room = _room_of_blocked()
        return sum(_wake(cursor, dialect, key, n) for key, n in room.items() if n > 0)


def _room_of_blocked() -> Mapping[str, int]:
    blocked = Execution.objects.exclude(blocked_on="").values("blocked_on")
    waiting = {
        row["blocked_on"]: row["n"]
        for row in blocked.annotate(n=Count("id")).order_by()[:KEYS_AT_MOST]
    }
    limits = ConcurrencyLimit.objects.filter(
        workspace__in={key.rpartition(":")[2] for key in waiting}
    )
    # Without a limit there is room for all.
    free = _free_places(x for x in limits if x.key in waiting)
    return {key: min(n, free[key]) if key in free else n for key, n in waiting.items()}


def _wake(cursor: CursorWrapper, dialect: Dialect, key: str, places: int) -> int:
    """Make the first `places` due that were put aside for `key`.

    They are as old as they were: a newer one does not get ahead of them. Rows that
    somebody writes to are passed over, for whoever has the turn waits for no row.
    """
    cursor.execute(
        f"""
        UPDATE executions_execution
        SET blocked_on = '', due_at = CASE
            WHEN status = 'QUEUED' AND created_at < {dialect.now} THEN created_at
            ELSE {dialect.now} END
        WHERE id IN (
            SELECT id FROM executions_execution
            WHERE blocked_on = %s AND blocked_on <> ''
            ORDER BY priority DESC, id LIMIT %s {dialect.skip_locked}
        )
        """,  # noqa: S608 - the parts put in are constants
        [key, places],
    )
    woken: int = cursor.rowcount
    return woken
