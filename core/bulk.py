"""Many rows at once, past the ORM: it takes longer to build such a statement than the
database takes to carry it out."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db.backends.utils import CursorWrapper

Row = Sequence[Any]
"""Values in the order of a table's columns."""


class Table(NamedTuple):
    """`types` are those of PostgreSQL, one for each column."""

    name: str
    columns: tuple[str, ...]
    types: tuple[str, ...]


def insert_rows(cursor: CursorWrapper, table: Table, rows: Sequence[Row]) -> None:
    """Ids are UUIDs and times are aware, as Django has them; JSON is bytes."""
    if not rows:
        return
    if cursor.db.vendor == "postgresql":
        _copy(cursor, table, rows)
    else:
        _insert(cursor, table, rows)


def delete_rows(cursor: CursorWrapper, table: Table, ids: Sequence[int]) -> None:
    """Those with these numbers in the column `id`."""
    if not ids:
        return
    is_array = cursor.db.vendor == "postgresql"
    among = "id = ANY(%s)" if is_array else "id IN (SELECT value FROM json_each(%s))"
    given = list(ids) if is_array else str(list(ids))
    cursor.execute(f"DELETE FROM {table.name} WHERE {among}", [given])  # noqa: S608


def as_sqlite(row: Row) -> list[Any]:
    """Django keeps ids as hexadecimal and times as UTC text in SQLite."""
    return [_sqlite_value(value) for value in row]


def _copy(cursor: CursorWrapper, table: Table, rows: Sequence[Row]) -> None:
    columns = ", ".join(table.columns)
    statement = f"COPY {table.name} ({columns}) FROM STDIN (FORMAT BINARY)"
    with cursor.db.wrap_database_errors, cursor.copy(statement) as copy:
        copy.set_types(table.types)
        for row in rows:
            copy.write_row(row)


def _insert(cursor: CursorWrapper, table: Table, rows: Sequence[Row]) -> None:
    columns, marks = ", ".join(table.columns), ", ".join(["%s"] * len(table.columns))
    statement = f"INSERT INTO {table.name} ({columns}) VALUES ({marks})"  # noqa: S608
    cursor.executemany(statement, [as_sqlite(row) for row in rows])


def _sqlite_value(value: object) -> object:
    if isinstance(value, UUID):
        return value.hex
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S.%f")
    return value
