"""Runs queued in bulk, as the API would queue them one by one, and their drain."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from psycopg import sql

from benchmarks.api import Api
from benchmarks.installation import Connection, Installation
from benchmarks.processes import until
from core.ids import new_id
from scripts.sealed_rows import SealedRows, sealed_for

OVER: Final = ("COMPLETED", "FAILED", "CANCELLED", "TIMED_OUT")
DRAINED_WITHIN_S: Final = 180
LOOK_EVERY_S: Final = 0.02
_INPUTS: Final = "executions.execution|inputs"


@dataclass(frozen=True)
class Batch:
    """Runs whose ids lie between two of them; nothing else was queued meanwhile."""

    first: UUID
    last: UUID
    count: int


class Pattern:
    """A queued run as the API stored it, to be copied. It never runs itself."""

    def __init__(
        self, site: Installation, connection: Connection, api: Api, graph: str
    ) -> None:
        self._connection = connection
        self._id = UUID(api.start(graph, delay_s=24 * 3600)["id"])
        self._columns = columns_of(connection, "executions_execution")
        sealed = SealedRows(connection, site.environment)
        workspace, inputs = _pattern(connection, self._id)
        self._key = sealed.key_of(workspace)
        self._inputs = sealed.open(_INPUTS, self._id, inputs)

    def queue(self, count: int, *, due: str = "clock_timestamp()") -> Batch:
        """So many more; `due` is SQL, where `place` counts them from 1."""
        ids = [new_id() for _ in range(count)]
        changed = {
            "id": "made.id",
            "inputs": "made.inputs",
            "outputs": "made.outputs",
            "errors": "made.errors",
            "created_at": "clock_timestamp()",
            "due_at": due,
        }
        statement = copying("executions_execution", self._columns, changed)
        statement += sql.SQL(
            ", unnest(%s::uuid[], %s::bytea[], %s::bytea[], %s::bytea[]) "
            "WITH ORDINALITY AS made (id, inputs, outputs, errors, place) "
            "WHERE old.id = %s"
        )
        # Each value is sealed for its row.
        values = [
            sealed_for(self._key, _INPUTS, ids, self._inputs),
            sealed_for(self._key, "executions.execution|outputs", ids, b"{}"),
            sealed_for(self._key, "executions.execution|errors", ids, b"[]"),
        ]
        self._connection.execute(statement, [ids, *values, self._id])
        return Batch(ids[0], ids[-1], count)


def _pattern(connection: Connection, id: UUID) -> tuple[UUID, bytes]:
    row = connection.execute(
        "SELECT workspace_id, inputs FROM executions_execution WHERE id = %s", [id]
    ).fetchone()
    assert row is not None
    return row[0], row[1]


def ids_of(connection: Connection, batch: Batch) -> list[UUID]:
    rows = connection.execute(
        "SELECT id FROM executions_execution WHERE id BETWEEN %s AND %s ORDER BY id",
        [batch.first, batch.last],
    ).fetchall()
    return [row[0] for row in rows]


def columns_of(connection: Connection, table: str) -> list[str]:
    rows = connection.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass "
        "AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
        [table],
    ).fetchall()
    return [row[0] for row in rows]


def copying(
    table: str, columns: list[str], changed: dict[str, str]
) -> "sql.Composed | sql.SQL":
    """INSERT … SELECT of rows of the table itself, called `old`, with some columns
    replaced by SQL of ours; `FROM` and `WHERE` go on behind it."""
    values = [
        sql.SQL(changed[name])
        if name in changed
        else sql.SQL("old.") + sql.Identifier(name)
        for name in columns
    ]
    return sql.SQL(
        "INSERT INTO {table} ({names}) SELECT {values} FROM {table} old"
    ).format(
        table=sql.Identifier(table),
        names=sql.SQL(", ").join(map(sql.Identifier, columns)),
        values=sql.SQL(", ").join(values),
    )


def drain_seconds(connection: Connection, batch: Batch) -> float:
    """From the first claim to when the last end was seen to be committed.

    Raises:
        RuntimeError: a run did not complete, or is not stored in full.
    """
    await_all(connection, batch)
    seconds = _one(
        connection,
        "SELECT extract(epoch FROM clock_timestamp() - min(started_at)) "
        "FROM executions_execution WHERE id BETWEEN %s AND %s",
        batch,
    )
    check_stored(connection, batch)
    return float(seconds)


def await_all(connection: Connection, batch: Batch) -> None:
    """Return once every run of the batch has ended."""
    last = Batch(batch.last, batch.last, 1)
    for part in (last, batch):  # one cheap question most of the time
        until(_over(connection, part), "the drain", DRAINED_WITHIN_S, LOOK_EVERY_S)


def _over(connection: Connection, batch: Batch) -> Callable[[], bool]:
    statement = (
        "SELECT NOT EXISTS (SELECT FROM executions_execution "
        "WHERE id BETWEEN %s AND %s AND status <> ALL(%s))"
    )
    return lambda: bool(_one(connection, statement, batch, list(OVER)))


def check_stored(connection: Connection, batch: Batch) -> None:
    """
    Raises:
        RuntimeError: not every run completed with its events and node executions.
    """
    row = connection.execute(_STORED, [batch.first, batch.last]).fetchone()
    assert row is not None
    count, completed, events, stored_events, nodes, stored_nodes = row
    if (count, completed) != (batch.count, batch.count):
        raise RuntimeError(f"{completed} of {count} ({batch.count}) runs completed")
    if not nodes or events != stored_events or nodes != stored_nodes:
        raise RuntimeError(f"{row}: events or node executions are not stored")


def check_all_stored(connection: Connection) -> None:
    """
    Raises:
        RuntimeError: a run did not complete, or is not stored in full.
    """
    row = connection.execute("SELECT count(*) FROM executions_execution").fetchone()
    assert row is not None
    check_stored(connection, Batch(UUID(int=0), UUID(int=2**128 - 1), row[0]))


_STORED: Final = """
    WITH runs AS (
        SELECT * FROM executions_execution WHERE id BETWEEN %s AND %s
    )
    SELECT count(*), count(*) FILTER (WHERE status = 'COMPLETED'), sum(last_seq),
        (SELECT sum(s.last_seq - s.first_seq + 1)
         FROM executions_executioneventsegment s JOIN runs ON runs.id = s.execution_id),
        sum(node_executions),
        (SELECT count(*)
         FROM executions_nodeexecution n JOIN runs ON runs.id = n.execution_id)
    FROM runs
"""


def _one(connection: Connection, statement: str, batch: Batch, *more: object) -> Any:
    parameters = [batch.first, batch.last, *more]
    row = connection.execute(statement, parameters).fetchone()
    assert row is not None
    return row[0]


def await_claimed(connection: Connection, batch: Batch) -> None:
    """Return once every run of the batch has been claimed."""
    statement = (
        "SELECT NOT EXISTS (SELECT FROM executions_execution "
        "WHERE id BETWEEN %s AND %s AND started_at IS NULL)"
    )
    until(lambda: _one(connection, statement, batch), "the claims", every_s=0.01)
