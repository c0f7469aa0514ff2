"""Many rows at once, past the ORM: it takes longer to build such a statement than the
database takes to carry it out."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.db.backends.utils import CursorWrapper

Row = Sequence[Any]
"""Values in the order of a table's columns."""


class Table(NamedTuple):
    """`types` are those of PostgreSQL, one for each column."""

    name: str
    columns: tuple[str, ...]
    types: tuple[str, ...]


Part = tuple[Table, Sequence[Row]]

FEW: Final = 16
"""Up to so many rows, one round trip for all of them is worth more than COPY."""

_PARAMETERS: Final = 48  # of a statement; psycopg keeps those ready that have up to 50


def insert_rows(cursor: CursorWrapper, *parts: Part) -> None:
    """Into one table after the other. Ids are UUIDs and times are aware, as Django has
    them; JSON is bytes."""
    parts = tuple(part for part in parts if part[1])
    if cursor.db.vendor != "postgresql":
        for table, rows in parts:
            _insert(cursor, table, rows)
    elif sum(len(rows) for _, rows in parts) <= FEW:
        _send_together(cursor, parts)
    else:
        for table, rows in parts:
            _copy(cursor, table, rows)


def _send_together(cursor: CursorWrapper, parts: Sequence[Part]) -> None:
    raw = cursor.cursor  # Django's own looks at each statement, which costs as much
    with cursor.db.wrap_database_errors, cursor.db.connection.pipeline():
        for table, rows in parts:
            at_once = _PARAMETERS // len(table.columns)
            for start in range(0, len(rows), at_once):
                some = rows[start : start + at_once]
                statement = _values_statement(table, len(some))
                raw.execute(statement, [value for row in some for value in row])


@lru_cache
def _values_statement(table: Table, rows: int) -> str:
    columns = ", ".join(table.columns)
    row = "(" + ", ".join(f"%s::{kind}" for kind in table.types) + ")"
    values = ", ".join([row] * rows)
    return f"INSERT INTO {table.name} ({columns}) VALUES {values}"  # noqa: S608


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
