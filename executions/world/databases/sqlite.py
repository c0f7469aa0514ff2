"""Statements on a SQLite database: a file of the workspace, or one in memory."""

import asyncio
import sqlite3
import time
from contextlib import closing
from typing import Any, Final

from blocks.errors import BlockError, BlockTimeoutError
from blocks.world import MIB, Rows, Statement
from executions.world.databases.statements import Order
from executions.world.databases.values import Collector

MEMORY: Final = ":memory:"
_MAGIC: Final = b"SQLite format 3\x00"
_STEPS_BETWEEN_LOOKS: Final = 10_000
_MAX_VALUE: Final = 16 * MIB
_MAX_PAGES: Final = 25_600  # 100 MiB

# Looking at the schema; other pragmas reach files or switch the guards off.
_PRAGMAS: Final = frozenset(
    {"table_info", "table_xinfo", "table_list", "index_list", "index_info"}
    | {"index_xinfo", "foreign_key_list"}
)
_REFUSED: Final = frozenset(
    {sqlite3.SQLITE_ATTACH, sqlite3.SQLITE_DETACH, sqlite3.SQLITE_TRANSACTION}
    | {sqlite3.SQLITE_SAVEPOINT, sqlite3.SQLITE_CREATE_VTABLE}
)
_FUNCTIONS: Final = frozenset({"load_extension", "fts3_tokenizer"})


async def run_sqlite(
    content: bytes | None,
    order: Order,
) -> list[Rows]:
    """`content` is the file; without one the database is new and in memory. The file
    is a copy: nothing that happens here changes what is stored."""
    session = _Session(time.monotonic() + order.timeout_s)
    work = asyncio.to_thread(session.run, content, order)
    try:
        return await work
    finally:
        session.deadline = 0.0


class _Session:
    def __init__(self, deadline: float) -> None:
        self.deadline = deadline

    def run(
        self,
        content: bytes | None,
        order: Order,
    ) -> list[Rows]:
        try:
            with closing(_opened(content)) as connection:
                self._guard(connection, order.read_only)
                return [
                    _run(connection, each, order.max_rows) for each in order.statements
                ]
        except sqlite3.Error as error:
            if time.monotonic() > self.deadline:
                raise BlockTimeoutError("the database took too long") from None
            message = f"the database refused: {str(error)[:500]}"
            raise BlockError(message, code="refused") from None

    def _guard(self, connection: sqlite3.Connection, read_only: bool) -> None:
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MAX_VALUE)
        connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
        connection.execute(f"PRAGMA max_page_count = {_MAX_PAGES}")
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute(f"PRAGMA query_only = {'ON' if read_only else 'OFF'}")
        connection.set_progress_handler(self._is_late, _STEPS_BETWEEN_LOOKS)
        connection.set_authorizer(_authorized)

    def _is_late(self) -> bool:
        return time.monotonic() > self.deadline


def _opened(content: bytes | None) -> sqlite3.Connection:
    connection = sqlite3.connect(
        MEMORY, isolation_level=None, check_same_thread=False, cached_statements=0
    )
    if content is not None:
        if not content.startswith(_MAGIC):
            connection.close()
            raise BlockError("the file is not an SQLite database", code="refused")
        # In memory there is no write-ahead log, so the file must not ask for one.
        connection.deserialize(content[:18] + b"\x01\x01" + content[20:])
    return connection


def _authorized(
    action: int, first: str | None, second: str | None, *rest: str | None
) -> int:
    is_pragma = action == sqlite3.SQLITE_PRAGMA
    is_function = action == sqlite3.SQLITE_FUNCTION
    if (
        action in _REFUSED
        or (is_pragma and first not in _PRAGMAS)
        or (is_function and second in _FUNCTIONS)
    ):
        return sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_OK


def _run(connection: sqlite3.Connection, statement: Statement, max_rows: int) -> Rows:
    collector = Collector(max_rows)
    parameters: Any = statement.parameters
    with closing(connection.execute(statement.sql, parameters)) as cursor:
        columns = [column[0] for column in cursor.description or ()]
        for row in cursor:
            if not collector.take(row):
                break
        return collector.result(columns, cursor.rowcount)
