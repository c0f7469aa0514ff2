"""What few turns of a run write beside events and rows: children, reviews, signals,
parking. These are rare, so the ORM will do."""

from collections.abc import Iterable, Sequence
from uuid import UUID

import orjson
from django.db.backends.utils import CursorWrapper
from django.db.models.functions import Now
from django.utils import timezone

from blocks.values import JsonObject
from core import codec
from executions.domain.status import ExecutionStatus
from executions.engine.dialects import Dialect
from executions.engine.journal import (
    Child,
    Entry,
    Extras,
    Memo,
    NewReview,
    Parent,
    RunHandle,
    news_body,
)
from executions.engine.slots import release
from executions.models import (
    Execution,
    ExecutionSnapshot,
    MemoizedResult,
    Review,
    Signal,
)


def write_extras(
    cursor: CursorWrapper, dialect: Dialect, entry: Entry, workspace_id: UUID
) -> None:
    """Within the transaction of the flush, whose locks are held."""
    run, extras = entry.run, entry.extras
    if extras is None:
        return
    if extras.folded:
        Signal.objects.filter(id__in=extras.folded).delete()
    if extras.children or extras.reviews or extras.memos:
        _write_offspring(run, extras)
    if extras.expired_reviews:
        Review.objects.filter(
            id__in=extras.expired_reviews, status=Review.Status.PENDING
        ).update(status=Review.Status.EXPIRED)
    if extras.news is not None and run.parent is not None:
        _tell(run.parent, workspace_id, news_body(entry, run.parent, extras.news))
    if extras.park is not None:
        _park(cursor, dialect, run, extras, workspace_id)


def _write_offspring(run: RunHandle, extras: Extras) -> None:
    it = Execution.objects.only("workspace_id", "user_id", "priority", "depth").get(
        id=run.execution_id
    )
    Execution.objects.bulk_create([_child(it, child) for child in extras.children])
    Review.objects.bulk_create([_review(it, review) for review in extras.reviews])
    MemoizedResult.objects.bulk_create(
        [_memo(it, memo) for memo in extras.memos], ignore_conflicts=True
    )


def _child(parent: Execution, child: Child) -> Execution:
    return Execution(
        id=UUID(child.id),
        workspace_id=parent.workspace_id,
        user_id=parent.user_id,
        graph_id=UUID(child.call.graph_id),
        version_id=UUID(child.call.version_id),
        trigger=Execution.Trigger.AGENT,
        parent=parent,
        parent_node_id=child.node_id,
        parent_number=child.number,
        depth=parent.depth + 1,
        priority=parent.priority,
        inputs=dict(child.call.inputs),
        outputs={},
        errors=[],
        created_at=timezone.now(),
        due_at=Now(),
    )


def _review(execution: Execution, review: NewReview) -> Review:
    return Review(
        id=UUID(review.id),
        workspace_id=execution.workspace_id,
        execution=execution,
        node_id=review.node_id,
        number=review.number,
        purpose=review.purpose,
        title=review.request.title[:500],
        data=codec.encode(orjson.dumps(review.request.data)),
        editable=review.request.editable,
        expires_at=review.expires_at,
    )


def _memo(execution: Execution, memo: Memo) -> MemoizedResult:
    return MemoizedResult(
        workspace_id=execution.workspace_id,
        key=memo.key,
        block_id=memo.block_id,
        outputs=codec.encode(memo.outputs),
        execution_id=execution.id,
        expires_at=memo.expires_at,
    )


def _tell(parent: Parent, workspace_id: UUID, body: JsonObject) -> None:
    # A caller and its sub-agents are of one workspace, whose key seals the body.
    told = Execution(id=parent.execution_id, workspace_id=workspace_id)
    Signal.objects.create(execution=told, kind=Signal.Kind.CHILD, body=body)
    _wake([parent.execution_id], ExecutionStatus.WAITING)


def _wake(ids: Sequence[UUID], *statuses: ExecutionStatus) -> None:
    Execution.objects.filter(id__in=ids, status__in=statuses).update(due_at=Now())


def _park(
    cursor: CursorWrapper,
    dialect: Dialect,
    run: RunHandle,
    extras: Extras,
    workspace_id: UUID,
) -> None:
    park = extras.park
    if park is None:
        return
    ExecutionSnapshot.objects.update_or_create(
        execution=Execution(id=run.execution_id, workspace_id=workspace_id),
        defaults={"seq": run.seq, "body": codec.encode(park.snapshot)},
    )
    dialect.park_executions(cursor, [(park.reason, park.until, run.execution_id)])
    if run.has_slots:
        release(cursor, dialect, [run.execution_id])


def write_ends(cursor: CursorWrapper, dialect: Dialect, ended: Sequence[Entry]) -> None:
    """Undo what an execution held while it was under way."""
    with_slots = [e.run.execution_id for e in ended if e.run.has_slots]
    if with_slots:
        release(cursor, dialect, with_slots)
    parked = [e.run.execution_id for e in ended if e.run.has_parked]
    if parked:
        ExecutionSnapshot.objects.filter(execution_id__in=parked).delete()
    children = [UUID(id_) for e in ended if e.end for id_ in e.end.children]
    if children:
        _cancel(children)
    reviews = [id_ for e in ended if e.end for id_ in e.end.reviews]
    if reviews:
        Review.objects.filter(id__in=reviews, status=Review.Status.PENDING).update(
            status=Review.Status.CANCELLED
        )


def cancel_offspring(execution_id: UUID) -> None:
    """Of an execution that ended without knowing what it had begun. Within a
    transaction."""
    children = Execution.objects.filter(parent_id=execution_id, ended_at__isnull=True)
    locked = children.order_by("id").select_for_update().values_list("id", flat=True)
    _cancel(list(locked))
    Review.objects.filter(
        execution_id=execution_id, status=Review.Status.PENDING
    ).update(status=Review.Status.CANCELLED)


def _cancel(children: Iterable[UUID]) -> None:
    open_ones = list(
        Execution.objects.filter(id__in=children, ended_at__isnull=True).values_list(
            "id", flat=True
        )
    )
    Signal.objects.bulk_create(
        Signal(execution_id=id_, kind=Signal.Kind.CANCEL) for id_ in open_ones
    )
    _wake(open_ones, ExecutionStatus.WAITING, ExecutionStatus.QUEUED)
