"""The few statements in which PostgreSQL and SQLite differ."""

from collections.abc import Iterable
from typing import Any, Protocol
from uuid import UUID

from django.db.backends.utils import CursorWrapper

from core.bulk import Row, Table, as_sqlite

SEGMENTS = Table(
    "executions_executioneventsegment",
    ("id", "execution_id", "first_seq", "last_seq", "body"),
    ("uuid", "uuid", "int4", "int4", "bytea"),
)
NODES = Table(
    "executions_nodeexecution",
    (
        "id", "execution_id", "node_id", "number", "status", "attempt", "inputs",
        "outputs", "error", "reused_from", "started_at", "ended_at",
    ),
    (
        "uuid", "uuid", "varchar", "int4", "varchar", "int2", "bytea",
        "bytea", "bytea", "uuid", "timestamptz", "timestamptz",
    ),
)  # fmt: skip
VALUES = Table(
    "executions_storedvalue",
    ("id", "execution_id", "size", "body"),
    ("uuid", "uuid", "int4", "bytea"),
)
EXECUTIONS = Table(
    "executions_execution",
    (
        "id", "workspace_id", "user_id", "graph_id", "version_id", "trigger",
        "parent_node_id", "parent_number", "depth", "status", "priority", "inputs",
        "outputs", "errors", "lease_owner", "lease_token", "lost_leases",
        "waiting_for", "blocked_on", "has_slots", "last_seq", "node_executions",
        "cost", "created_at", "started_at", "ended_at",
    ),
    (
        "uuid", "uuid", "uuid", "uuid", "uuid", "varchar",
        "varchar", "int4", "int2", "varchar", "int2", "bytea",
        "bytea", "bytea", "varchar", "int8", "int2",
        "varchar", "varchar", "bool", "int4", "int4",
        "int8", "timestamptz", "timestamptz", "timestamptz",
    ),
)  # fmt: skip


class Dialect(Protocol):
    now: str
    """The database's clock, as SQL."""
    skip_locked: str
    lock: str
    among: str
    """`id` is one of those in the one parameter that `ids` makes."""

    def later(self) -> str:
        """The clock plus a number of seconds given as a parameter, as SQL."""
        ...

    def limit_statements(self, cursor: CursorWrapper, seconds: float) -> None:
        """Until the end of the transaction, none takes longer, also where its sender
        does not go on with it."""
        ...

    def ids(self, ids: Iterable[UUID]) -> Any: ...
    def update_executions(self, cursor: CursorWrapper, rows: list[Row]) -> None:
        """Rows: last_seq, node_executions, cost, progressed, status, outputs, errors,
        ended_at, id; from `status` to `ended_at` null where the execution goes on."""
        ...

    def park_executions(self, cursor: CursorWrapper, rows: list[Row]) -> None:
        """Rows: waiting_for, due_at, id. One that a signal waits for is due now."""
        ...


class PostgreSQL:
    now = "clock_timestamp()"
    skip_locked = "FOR UPDATE SKIP LOCKED"
    lock = "FOR UPDATE"
    among = "id = ANY(%s)"

    def later(self) -> str:
        return "clock_timestamp() + %s * interval '1 second'"

    def limit_statements(self, cursor: CursorWrapper, seconds: float) -> None:
        cursor.execute(f"SET LOCAL statement_timeout = {round(seconds * 1000)}")

    def ids(self, ids: Iterable[UUID]) -> Any:
        return list(ids)

    def update_executions(self, cursor: CursorWrapper, rows: list[Row]) -> None:
        cursor.execute(
            """
            UPDATE executions_execution e
            SET last_seq = v.last_seq,
                node_executions = COALESCE(v.node_executions, e.node_executions),
                cost = COALESCE(v.cost, e.cost),
                lost_leases = CASE WHEN v.progressed THEN 0 ELSE e.lost_leases END,
                status = COALESCE(v.status, e.status),
                outputs = COALESCE(v.outputs, e.outputs),
                errors = COALESCE(v.errors, e.errors),
                ended_at = v.ended_at,
                due_at = CASE WHEN v.ended_at IS NULL THEN e.due_at END
            FROM unnest(%s::int[], %s::int[], %s::bigint[], %s::bool[], %s::text[],
                        %s::bytea[], %s::bytea[], %s::timestamptz[], %s::uuid[])
                AS v(last_seq, node_executions, cost, progressed, status, outputs,
                     errors, ended_at, id)
            WHERE e.id = v.id
            """,
            [list(column) for column in zip(*rows, strict=True)],
        )

    def park_executions(self, cursor: CursorWrapper, rows: list[Row]) -> None:
        cursor.execute(
            """
            UPDATE executions_execution e
            SET status = 'WAITING', lease_owner = '', waiting_for = v.waiting_for,
                due_at = CASE WHEN EXISTS (SELECT 1 FROM executions_signal s
                                           WHERE s.execution_id = e.id)
                         THEN clock_timestamp() ELSE v.due_at END
            FROM unnest(%s::text[], %s::timestamptz[], %s::uuid[])
                AS v(waiting_for, due_at, id)
            WHERE e.id = v.id
            """,
            [list(column) for column in zip(*rows, strict=True)],
        )


class SQLite:
    """Times are text; there is one writer at a time, so nothing needs a lock."""

    now = "strftime('%%Y-%%m-%%d %%H:%%M:%%f000', 'now')"
    skip_locked = ""
    lock = ""
    among = "id IN (SELECT value FROM json_each(%s))"

    def later(self) -> str:
        return "strftime('%%Y-%%m-%%d %%H:%%M:%%f000', 'now', %s || ' seconds')"

    def limit_statements(self, cursor: CursorWrapper, seconds: float) -> None:
        """A process that stands still holds up nobody but itself."""

    def ids(self, ids: Iterable[UUID]) -> Any:
        return "[" + ",".join(f'"{id_.hex}"' for id_ in ids) + "]"

    def update_executions(self, cursor: CursorWrapper, rows: list[Row]) -> None:
        cursor.executemany(
            """
            UPDATE executions_execution
            SET last_seq = %s, node_executions = COALESCE(%s, node_executions),
                cost = COALESCE(%s, cost),
                lost_leases = CASE WHEN %s THEN 0 ELSE lost_leases END,
                status = COALESCE(%s, status),
                outputs = COALESCE(%s, outputs), errors = COALESCE(%s, errors),
                ended_at = %s, due_at = CASE WHEN %s IS NULL THEN due_at END
            WHERE id = %s
            """,
            [as_sqlite([*row[:8], row[7], row[8]]) for row in rows],
        )

    def park_executions(self, cursor: CursorWrapper, rows: list[Row]) -> None:
        cursor.executemany(
            f"""
            UPDATE executions_execution
            SET status = 'WAITING', lease_owner = '', waiting_for = %s,
                due_at = CASE WHEN EXISTS (SELECT 1 FROM executions_signal s
                                           WHERE s.execution_id = %s)
                         THEN {self.now} ELSE %s END
            WHERE id = %s
            """,  # noqa: S608 - the part put in is a constant
            [as_sqlite([row[0], row[2], row[1], row[2]]) for row in rows],
        )


def dialect_of(vendor: str) -> Dialect:
    return PostgreSQL() if vendor == "postgresql" else SQLite()
