"""Statements on a MySQL or MariaDB database of a user."""

import asyncio
import socket
import ssl
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from blocks.errors import BlockError
from blocks.world import DatabaseAddress, Rows, Statement
from core.egress import Peer
from executions.world.databases.statements import Order
from executions.world.databases.values import Collector

if TYPE_CHECKING:
    from pymysql.connections import Connection

PORT: Final = 3306


async def run_mysql(
    opened: socket.socket,
    peer: Peer,
    address: DatabaseAddress,
    order: Order,
) -> list[Rows]:
    """Runs in a thread; cutting the connection is what stops it."""
    # TLS takes the socket over, so a second handle is kept to cut it by.
    with opened, opened.dup() as handle:
        work = asyncio.to_thread(_run_all, opened, peer, address, order)
        try:
            return await work
        except asyncio.CancelledError:
            with suppress(OSError):  # the server was quicker
                handle.shutdown(socket.SHUT_RDWR)
            raise


def _run_all(
    opened: socket.socket,
    peer: Peer,
    address: DatabaseAddress,
    order: Order,
) -> list[Rows]:
    import pymysql

    try:
        connection = _connected(opened, peer, address, order.timeout_s)
        try:
            _begin(connection, order)
            results = [_run(connection, s, order.max_rows) for s in order.statements]
            connection.commit()
            return results
        finally:
            connection.close()  # undoes what was not committed
    except pymysql.err.MySQLError as error:
        raise _told(error) from None


def _connected(
    opened: socket.socket, peer: Peer, address: DatabaseAddress, timeout_s: float
) -> "Connection[Any]":
    connection = _connection_class()(
        host=peer.host,
        port=peer.port,
        user=address.username.reveal() if address.username else "",
        password=address.password.reveal() if address.password else "",
        database=address.database or None,
        charset="utf8mb4",
        read_timeout=timeout_s,
        write_timeout=timeout_s,
        defer_connect=True,
    )
    connection.connect(opened)
    return connection


@cache
def _connection_class() -> "type[Connection[Any]]":
    """TLS where the server offers it, as the client does by itself; but that reads all
    authorities for each connection (80 ms), to then trust any."""
    from pymysql.connections import Connection

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE

    class Quick(Connection):
        def _create_ssl_ctx(self, sslp: object) -> ssl.SSLContext:
            return context

    return Quick


def _begin(connection: "Connection[Any]", order: Order) -> None:
    mode = "READ ONLY" if order.read_only else "READ WRITE"
    with connection.cursor() as cursor:
        # What a cursor leaves unread is read when it is closed: so let there be little.
        cursor.execute("SET SESSION sql_select_limit = %s", (order.max_rows + 1,))
        cursor.execute(f"SET SESSION TRANSACTION {mode}")
        cursor.execute(f"START TRANSACTION {mode}")


def _run(connection: "Connection[Any]", statement: Statement, max_rows: int) -> Rows:
    from pymysql.cursors import SSCursor

    collector = Collector(max_rows)
    with connection.cursor(SSCursor) as cursor:
        parameters: Any = statement.parameters or None
        affected = cursor.execute(statement.sql, parameters)
        columns = [column[0] for column in cursor.description or ()]
        while columns and (row := cursor.fetchone()) is not None:
            if not collector.take(row):
                break
        return collector.result(columns, -1 if columns else affected)


def _told(error: Exception) -> BlockError:
    code, text = (*error.args, "", "")[:2]
    # 2000 and up are the client's own: the connection broke.
    if isinstance(code, int) and 2000 <= code < 3000:
        return BlockError("the connection to the database broke", code="unreachable")
    return BlockError(
        f"the database refused: {str(text)[:500]} ({code})", code="refused"
    )
