"""Finished runs by the hundred thousand, made in the database out of one that ran."""

from typing import Final
from uuid import UUID

from psycopg import sql

from benchmarks.api import Api
from benchmarks.installation import Connection
from benchmarks.queueing import columns_of, copying

CHUNK: Final = 100_000
RUNS: Final = "executions_execution"
SEGMENTS: Final = "executions_executioneventsegment"
NODES: Final = "executions_nodeexecution"

_FIRST_MS: Final = 1_600_000_000_000


class Archive:
    """Copies of one finished run: one a millisecond, from September 2020 on."""

    def __init__(self, connection: Connection, api: Api, graph: str) -> None:
        self._connection = connection
        self._pattern = UUID(api.run(graph)["id"])
        self.count = 0

    def grow(self, count: int, *, with_details: bool = True) -> None:
        """Until so many are stored, with events and node executions or without."""
        while self.count < count:
            last = min(count, self.count + CHUNK)
            self._copy(
                RUNS, {"id": _id_at("place", 0), "created_at": _time_at("place")}, last
            )
            if with_details:
                self._copy_details(last)
            self.count = last
        self._settle()

    def _copy_details(self, last: int) -> None:
        owner = {"execution_id": _id_at("place", 0)}
        self._copy(SEGMENTS, {"id": _id_at("place", 1), **owner}, last)
        node = "(place * 100 + row_number() OVER (PARTITION BY place))"
        self._copy(NODES, {"id": _id_at(node, 2, per_ms=100), **owner}, last)

    def _copy(self, table: str, changed: dict[str, str], last: int) -> None:
        owner = "id" if table == RUNS else "execution_id"
        columns = columns_of(self._connection, table)
        statement = copying(table, columns, changed) + sql.SQL(
            ", generate_series(%s::bigint, %s::bigint) AS place WHERE old.{} = %s"
        ).format(sql.Identifier(owner))
        parameters = [self.count + 1, last, self._pattern]
        self._connection.execute(statement, parameters)

    def _settle(self) -> None:
        """What autovacuum has long done where runs came one by one."""
        for table in (RUNS, SEGMENTS, NODES):
            statement = sql.SQL("VACUUM ANALYZE {}").format(sql.Identifier(table))
            self._connection.execute(statement)
        self._connection.execute("CHECKPOINT")


def _time_at(place: str) -> str:
    return f"to_timestamp(({_FIRST_MS} + {place}) / 1000.0)"


def _id_at(place: str, kind: int, per_ms: int = 1) -> str:
    """SQL of a UUIDv7 that grows with the place; each kind of row has its own."""
    time = f"lpad(to_hex({_FIRST_MS} + {place} / {per_ms}), 12, '0')"
    noise = f"md5({place}::text || '-{kind}')"
    digits = f"'7' || substr({noise}, 1, 3) || '8' || substr({noise}, 4, 15)"
    return f"({time} || {digits})::uuid"
