"""Statements on a PostgreSQL database of a user."""

from collections.abc import Hashable
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

from blocks.errors import BlockError, BlockTimeoutError
from blocks.world import DatabaseAddress, Rows, Statement
from core.egress import Peer
from executions.world.databases.pool import IdleConnections
from executions.world.databases.statements import Order, first_word
from executions.world.databases.values import Collector

if TYPE_CHECKING:
    from psycopg import AsyncConnection, AsyncCursor, Error

PORT: Final = 5432
# Nothing of this host's own accounts goes out: no password file, no certificate.
_NOTHING_OF_OURS: Final[dict[str, Any]] = {
    "passfile": "/nonexistent",
    "sslcertmode": "disable",
    "gssencmode": "disable",
    "connect_timeout": 10,
    "application_name": "autogpt-site",
}
_STREAMED: Final = frozenset({"select", "values", "table", "show", "explain"})


Idle: TypeAlias = IdleConnections["AsyncConnection[Any]"]


def idle_connections(*, each: int = 5) -> Idle:
    """Where connections wait between two calls, so many for each account."""
    return IdleConnections(_close, each=each)


async def _close(connection: "AsyncConnection[Any]") -> None:
    await connection.close()


async def run_postgresql(
    idle: Idle, peer: Peer, address: DatabaseAddress, order: Order
) -> list[Rows]:
    import psycopg

    key = (peer, address)
    try:
        connection = await _ready(idle.take(key), peer, address, order)
        try:
            results = [await _run(connection, s, order) for s in order.statements]
            await connection.commit()
        except BaseException:
            await connection.close()  # undoes what was not committed
            raise
    except psycopg.errors.QueryCanceled:
        message = f"the database took over {order.timeout_s:g} s"
        raise BlockTimeoutError(message) from None
    except psycopg.Error as error:
        raise _told(error) from None
    await _put_back(idle, key, connection)
    return results


async def _put_back(
    idle: Idle, key: Hashable, connection: "AsyncConnection[Any]"
) -> None:
    """The work is done and stays done, whatever becomes of the connection."""
    import psycopg

    try:
        await _renew(connection)
    except psycopg.Error:
        await connection.close()
    except BaseException:
        await connection.close()
        raise
    else:
        await idle.give(key, connection)


async def _ready(
    waiting: "AsyncConnection[Any] | None",
    peer: Peer,
    address: DatabaseAddress,
    order: Order,
) -> "AsyncConnection[Any]":
    """In a transaction of its own. One that waited may have been cut meanwhile."""
    from psycopg import OperationalError

    if waiting is not None:
        try:
            await _begin(waiting, order)
        except OperationalError:
            await waiting.close()
        else:
            return waiting
    fresh = await _connected(peer, address)
    await _begin(fresh, order)
    return fresh


async def _begin(connection: "AsyncConnection[Any]", order: Order) -> None:
    try:
        await connection.set_read_only(order.read_only)
        await _limit(connection, order.timeout_s)
    except BaseException:
        await connection.close()
        raise


async def _renew(connection: "AsyncConnection[Any]") -> None:
    """Nothing of one session meets the next: no setting, table, lock or statement."""
    await connection.set_read_only(None)
    await connection.set_autocommit(True)
    # Prepared by the client, it would discard itself.
    await connection.execute("DISCARD ALL", prepare=False)
    await connection.set_autocommit(False)


async def _connected(peer: Peer, address: DatabaseAddress) -> "AsyncConnection[Any]":
    from psycopg import AsyncConnection

    return await AsyncConnection.connect(
        host=",".join([peer.host] * len(peer.addresses)),
        hostaddr=",".join(peer.addresses),
        port=peer.port,
        dbname=address.database,
        user=address.username.reveal() if address.username else "",
        password=address.password.reveal() if address.password else "",
        **_NOTHING_OF_OURS,
    )


async def _limit(connection: "AsyncConnection[Any]", timeout_s: float) -> None:
    # A transaction that has read once can no longer be made a writing one.
    await connection.execute(
        "SELECT set_config('statement_timeout', %s, true)",
        [str(max(1, int(timeout_s * 1000)))],
        prepare=False,
    )


async def _run(
    connection: "AsyncConnection[Any]",
    statement: Statement,
    order: Order,
) -> Rows:
    collector = Collector(order.max_rows)
    async with connection.cursor() as cursor:
        word = first_word(statement.sql)
        if word in _STREAMED or (order.read_only and word == "with"):
            await _stream(cursor, statement, collector)
            return collector.result(_columns(cursor))
        # Prepared, a text is one statement and never two.
        await cursor.execute(_sql(statement), _parameters(statement), prepare=True)
        if cursor.description is not None:
            for row in await cursor.fetchmany(order.max_rows + 1):
                collector.take(row)
        return collector.result(_columns(cursor), cursor.rowcount)


async def _stream(
    cursor: "AsyncCursor[Any]", statement: Statement, collector: Collector
) -> None:
    rows = cursor.stream(_sql(statement), _parameters(statement))
    async with aclosing(cast(Any, rows)):
        async for row in rows:
            if not collector.take(row):
                return


def _columns(cursor: "AsyncCursor[Any]") -> list[str]:
    return [column.name for column in cursor.description or ()]


def _sql(statement: Statement) -> Any:
    # psycopg asks for a literal; what the user wrote is what is run here.
    return statement.sql


def _parameters(statement: Statement) -> Any:
    return statement.parameters or None


def _told(error: "Error") -> BlockError:
    text = error.diag.message_primary or str(error)
    is_fatal = "FATAL:" in text
    if (
        error.sqlstate is None
        and not is_fatal
        and type(error).__name__ != ("ProgrammingError")
    ):
        return BlockError("the database does not answer", code="unreachable")
    told = text.partition("FATAL:")[2].strip() if is_fatal else text
    state = f" ({error.sqlstate})" if error.sqlstate else ""
    return BlockError(f"the database refused: {told[:500]}{state}", code="refused")
