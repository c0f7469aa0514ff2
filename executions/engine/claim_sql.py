"""The one query behind a claim: which executions a worker takes next.

Three kinds. What must go on: executions whose worker let go of them or died, and those
that waited and are due. What was cancelled before it began. And what is queued, shared
fairly: the next one comes from the workspace that has the fewest running. Where there
is plenty of both, three of four are executions that go on.

The index of the queue is entered once for each workspace, so the length of one
workspace's queue costs the others nothing.
"""

from typing import Final

_LOST: Final = "(e.status = 'RUNNING' AND e.lease_owner <> '')"
"""Its worker ended without handing it back."""

LOST_LEASES: Final = f"e.lost_leases + CASE WHEN {_LOST} THEN 1 ELSE 0 END"

# The index covers both statuses; naming them lets the planner see it.
_GOES_ON: Final = "e.status IN ('RUNNING', 'WAITING') AND e.due_at <= %(now)s"
_IS_QUEUED: Final = "e.status = 'QUEUED' AND e.due_at IS NOT NULL"

_CANCELLED: Final = (
    "EXISTS (SELECT 1 FROM executions_signal s"
    " WHERE s.execution_id = e.id AND s.kind = 'cancel')"
)

# The whole order of its index, so that no other one will do.
_IN_ORDER: Final = "ORDER BY e.workspace_id, e.priority DESC, e.due_at, e.id"

_SHARES: Final = f"""
    WITH RECURSIVE workspaces(id) AS (
        SELECT (
            SELECT e.workspace_id FROM executions_execution e
            WHERE {_IS_QUEUED} {_IN_ORDER} LIMIT 1
        )
        UNION ALL
        SELECT (
            SELECT e.workspace_id FROM executions_execution e
            WHERE {_IS_QUEUED} AND e.workspace_id > w.id {_IN_ORDER} LIMIT 1
        )
        FROM workspaces w WHERE w.id IS NOT NULL
    ),
    shares(id, running) AS MATERIALIZED (
        SELECT w.id, (
            SELECT count(*) FROM (
                SELECT 1 FROM executions_execution e
                WHERE e.workspace_id = w.id AND e.status = 'RUNNING'
                LIMIT %(running)s
            ) r
        )
        FROM workspaces w WHERE w.id IS NOT NULL
    ),
"""  # noqa: S608

_FIRST_OF_SHARE: Final = f"""
    SELECT e.id, e.workspace_id, e.priority, e.due_at
    FROM executions_execution e
    WHERE e.workspace_id = share.id AND {_IS_QUEUED} AND e.due_at <= %(now)s
    {_IN_ORDER} LIMIT %(limit)s
"""  # noqa: S608

_FIRST_BY_ID: Final = f"q.id IN (SELECT first.id FROM ({_FIRST_OF_SHARE}) first)"  # noqa: S608

_JOIN: Final = {
    "postgresql": f"CROSS JOIN LATERAL ({_FIRST_OF_SHARE}) q",
    "sqlite": f"JOIN executions_execution q ON {_FIRST_BY_ID}",
}

_CHOSEN: Final = f"""
    places(id, place, priority, due_at) AS (
        SELECT q.id,
            share.running + row_number() OVER (
                PARTITION BY share.id ORDER BY q.priority DESC, q.due_at, q.id
            ),
            q.priority, q.due_at
        FROM shares share {{join}}
        WHERE share.running < %(running)s
    ),
    queued(id, nth) AS (
        SELECT p.id,
            row_number() OVER (ORDER BY p.place, p.priority DESC, p.due_at, p.id)
        FROM places p WHERE p.place <= %(running)s
        ORDER BY 2 LIMIT %(limit)s
    ),
    held(id, due_at) AS (
        SELECT e.id, e.due_at FROM executions_execution e
        WHERE {_GOES_ON} AND {LOST_LEASES} < %(suspect)s
        ORDER BY e.due_at LIMIT %(limit)s
    ),
    suspects(id, due_at) AS (
        SELECT e.id, e.due_at FROM executions_execution e
        WHERE {_GOES_ON} AND {LOST_LEASES} >= %(suspect)s
        ORDER BY e.due_at LIMIT %(suspects)s
    ),
    cancelled(id, due_at) AS (
        SELECT e.id, e.created_at FROM executions_execution e
        WHERE e.status = 'QUEUED' AND e.id IN (
            SELECT s.execution_id FROM executions_signal s WHERE s.kind = 'cancel'
        )
        LIMIT %(limit)s
    ),
    must(id, due_at) AS (
        SELECT id, due_at FROM held
        UNION ALL SELECT id, due_at FROM suspects
        UNION ALL SELECT id, due_at FROM cancelled
    ),
    chosen(id, nth) AS (
        SELECT c.id, min(c.nth) FROM (
            SELECT m.id, row_number() OVER (ORDER BY m.due_at) AS nth FROM must m
            UNION ALL SELECT q.id, 3 * q.nth FROM queued q
        ) c
        GROUP BY c.id ORDER BY 2 LIMIT %(limit)s
    )
    SELECT e.id, e.workspace_id, e.graph_id, e.version_id, e.status, e.lease_token,
        {LOST_LEASES}, e.has_slots, {_CANCELLED},
        e.workspace_id IN (SELECT l.workspace_id FROM executions_concurrencylimit l)
    FROM chosen c JOIN executions_execution e ON e.id = c.id
    WHERE ({_GOES_ON})
        OR (e.status = 'QUEUED' AND (e.due_at <= %(now)s OR {_CANCELLED}))
    ORDER BY c.nth
"""  # noqa: S608

CANDIDATES: Final = {
    "postgresql": _SHARES
    + _CHOSEN.format(join=_JOIN["postgresql"])
    + "FOR UPDATE OF e SKIP LOCKED",
    "sqlite": _SHARES + _CHOSEN.format(join=_JOIN["sqlite"]),
}
"""By vendor. Parameters: now, limit, running (at most, of a workspace), suspect (from
so many lost leases on) and suspects (at most).

The conditions at the end are those of the rows as they are once locked: a row may have
moved on since it was chosen."""
