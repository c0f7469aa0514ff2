"""Which database a block means, and whether it may reach it."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from blocks.errors import BlockError, BlockInputError, BlockTimeoutError
from blocks.world import DatabaseAddress, Files, Rows, Statement
from core.egress import Connector, EgressError
from executions.world.databases.mysql import PORT as MYSQL_PORT
from executions.world.databases.mysql import run_mysql
from executions.world.databases.postgresql import PORT as POSTGRESQL_PORT
from executions.world.databases.postgresql import Idle, run_postgresql
from executions.world.databases.sqlite import MEMORY, run_sqlite
from executions.world.databases.statements import Order, check_order

_PORTS: Final = {"postgresql": POSTGRESQL_PORT, "mysql": MYSQL_PORT}


class UserDatabases:
    """Implements `blocks.world.Databases`. `idle` is where connections to PostgreSQL
    wait; those to MySQL serve one call each."""

    def __init__(
        self, connector: Connector, files: Callable[[], Files], idle: Idle
    ) -> None:
        self._connector = connector
        self._files = files
        self._idle = idle

    async def run(
        self,
        address: DatabaseAddress,
        statements: Sequence[Statement],
        *,
        read_only: bool = True,
        timeout_s: float = 30.0,
        max_rows: int = 1_000,
    ) -> list[Rows]:
        order = Order(
            statements=statements,
            read_only=read_only,
            timeout_s=timeout_s,
            max_rows=max_rows,
        )
        check_order(order)
        try:
            # The databases keep the time themselves; this is for one that does not.
            async with asyncio.timeout(timeout_s + 1):
                return await self._run(address, order)
        except TimeoutError:
            message = f"the database took over {timeout_s:g} s"
            raise BlockTimeoutError(message) from None
        except EgressError as error:
            raise BlockError(error.message, code=error.code) from None

    async def _run(self, address: DatabaseAddress, order: Order) -> list[Rows]:
        if address.kind == "sqlite":
            return await run_sqlite(await self._content(address.database), order)
        if address.kind not in _PORTS:
            raise BlockInputError(f"no database of the kind {address.kind!r} is known")
        port = address.port or _PORTS[address.kind]
        peer = await self._connector.judged(address.host, port)
        if address.kind == "postgresql":
            return await run_postgresql(self._idle, peer, address, order)
        opened = await self._connector.open(peer)
        return await run_mysql(opened, peer, address, order)

    async def _content(self, database: str) -> bytes | None:
        if database == MEMORY:
            return None
        _, content = await self._files().read(database)
        return content
