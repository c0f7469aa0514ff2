"""The ceiling: rows of finished runs through COPY, by a client that does no more."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from psycopg import sql

from benchmarks.installation import Connection
from core.ids import new_id

COUNT: Final = 5_000
BATCH: Final = 250  # as many as a worker claims at once


@dataclass(frozen=True)
class Kept:
    """The rows of one run in one table; `owner` is the column that names the run."""

    table: str
    owner: str
    columns: list[str]
    types: list[int]
    rows: list[tuple[Any, ...]]

    def copied(self, execution_id: UUID) -> Iterator[list[Any]]:
        own = self.columns.index("id")
        owner = self.columns.index(self.owner)
        for row in self.rows:
            new = list(row)
            new[own] = new_id()
            new[owner] = execution_id
            yield new


def kept_of(connection: Connection, execution_id: UUID) -> list[Kept]:
    """All that is stored of a run, whatever tables that takes, its own row first."""
    owners = connection.execute(_OWNERS).fetchall()
    places = [("executions_execution", "id"), *owners]
    found = [_rows_of(connection, name, owner, execution_id) for name, owner in places]
    return [kept for kept in found if kept.rows]


_OWNERS: Final = """
    SELECT conrelid::regclass::text, attname FROM pg_constraint
    JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1]
    WHERE contype = 'f' AND confrelid = 'executions_execution'::regclass
        AND conrelid <> confrelid
"""


def _rows_of(
    connection: Connection, table: str, owner: str, execution_id: UUID
) -> Kept:
    query = sql.SQL("SELECT * FROM {} WHERE {} = %s")
    names = sql.Identifier(table), sql.Identifier(owner)
    cursor = connection.execute(query.format(*names), [execution_id])
    described = cursor.description or []
    columns = [column.name for column in described]
    types = [column.type_code for column in described]
    return Kept(table, owner, columns, types, cursor.fetchall())


def copy_rate(connection: Connection, kept: list[Kept]) -> float:
    """Executions a second, in batches; the rows are made beforehand."""
    batches = [_batch(kept) for _ in range(COUNT // BATCH)]
    began = time.perf_counter()
    for batch in batches:
        with connection.transaction():
            for table, rows in zip(kept, batch, strict=True):
                _copy(connection, table, rows)
    return COUNT / (time.perf_counter() - began)


def _batch(kept: list[Kept]) -> list[list[list[Any]]]:
    """For each table the rows of so many runs."""
    ids = [new_id() for _ in range(BATCH)]
    return [[row for id_ in ids for row in table.copied(id_)] for table in kept]


def _copy(connection: Connection, table: Kept, rows: list[list[Any]]) -> None:
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(
        sql.Identifier(table.table),
        sql.SQL(", ").join(map(sql.Identifier, table.columns)),
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types(table.types)
        for row in rows:
            copy.write_row(row)
