"""Executions as rows, and what the database says about them."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import User
from core.ids import new_id
from executions import selectors
from executions.domain.status import ExecutionStatus, NodeStatus
from executions.engine.journal import End, Entry, Extras, NodeRow, RunHandle
from executions.models import Execution, NodeExecution
from graphs.domain.model import NodeId
from graphs.freezing import graph_freeze
from tests.factories import make_graph

NOW = timezone.now().replace(microsecond=250_000)


def make_execution(user: User, *, in_s: float = 0, **columns: Any) -> Execution:
    """One that is queued and due `in_s` seconds from now."""
    graph = make_graph(user)
    facts: dict[str, Any] = {
        "workspace": graph.workspace,
        "user": user,
        "graph": graph,
        "version": graph_freeze(graph, user=user),
        "inputs": {"Input": 1},
        "outputs": {},
        "errors": [],
        "created_at": timezone.now(),
        "due_at": Now() + timedelta(seconds=in_s) if in_s else Now(),
    }
    return Execution.objects.create(**facts | columns)


def held(user: User, token: int = 1) -> RunHandle:
    """A new execution that is claimed already."""
    row = make_execution(user, in_s=15, lease_token=token, lease_owner="me")
    return RunHandle(row.id, token)


def fresh(handle: RunHandle) -> Execution:
    return Execution.objects.get(id=handle.execution_id)


def event(seq: int) -> bytes:
    return b'{"seq":%d,"at":0,"type":"test.event"}' % seq


def entry(
    run: RunHandle,
    count: int = 1,
    *,
    rows: tuple[NodeRow, ...] = (),
    end: End | None = None,
    extras: Extras | None = None,
) -> Entry:
    """The next `count` events of the run."""
    first = run.seq + 1
    run.seq += count
    events = [event(seq) for seq in range(first, run.seq + 1)]
    return Entry(
        run=run,
        last_seq=run.seq,
        events=events,
        rows=rows,
        node_executions=7,
        end=end,
        extras=extras,
    )


def node_row(id: UUID | None = None, **facts: Any) -> NodeRow:
    row = NodeRow(
        id=id or new_id(),
        node_id=NodeId("a"),
        number=1,
        attempt=1,
        status=NodeStatus.RUNNING,
        inputs=b'{"x":1}',
        outputs=b"[]",
        error=None,
        reused_from=None,
        started_at=NOW,
        ended_at=None,
        is_new=True,
    )
    return row._replace(**facts)


def the_end(status: ExecutionStatus = ExecutionStatus.COMPLETED) -> End:
    record = b'{"out":[1]}'
    return End(
        status=status, outputs={"out": [1]}, record=record, errors=[], ended_at=NOW
    )


def numbers(handle: RunHandle) -> list[Any]:
    """Those of all stored events."""
    return [e["seq"] for e in selectors.events_after(handle.execution_id, 0)]


def nodes(handle: RunHandle) -> list[NodeExecution]:
    return list(NodeExecution.objects.filter(execution_id=handle.execution_id))
