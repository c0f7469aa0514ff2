"""Databases of users: what they answer, what they cannot be made to do."""

import asyncio
import sqlite3
import time
from decimal import Decimal

import pytest

from blocks.errors import BlockError
from blocks.secret import Secret
from blocks.testing.fakes import FakeFiles
from blocks.world import DatabaseAddress, Statement
from core.egress import Connector, parse_allow
from executions.world.databases import UserDatabases, idle_connections
from executions.world.databases.pool import IdleConnections
from executions.world.databases.values import json_value

MEMORY = DatabaseAddress(kind="sqlite", database=":memory:")
LOOPBACK = parse_allow(["127.0.0.1:5432", "127.0.0.1:3306"])
POSTGRESQL = DatabaseAddress(
    kind="postgresql",
    host="127.0.0.1",
    database="postgres",
    username=Secret("postgres"),
)
MYSQL = DatabaseAddress(
    kind="mysql", host="127.0.0.1", database="test", username=Secret("root")
)
SERVERS = [
    pytest.param(POSTGRESQL, marks=pytest.mark.services, id="postgresql"),
    pytest.param(MYSQL, marks=pytest.mark.services, id="mysql"),
]
ALL = [pytest.param(MEMORY, id="sqlite"), *SERVERS]


@pytest.fixture(autouse=True)
async def _mysql_is_there(request):
    if "mysql" in request.node.name:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", 3306)
        except OSError:
            pytest.skip("no MySQL or MariaDB on 127.0.0.1:3306")
        writer.close()
        await writer.wait_closed()


def databases(files: FakeFiles | None = None) -> UserDatabases:
    connector = Connector(allow=LOOPBACK)
    return UserDatabases(
        connector, lambda: files or FakeFiles(), idle_connections(each=0)
    )


async def ran(address, *statements, **options):
    orders = [s if isinstance(s, Statement) else Statement(sql=s) for s in statements]
    return await databases().run(address, orders, **options)


async def refusal(address, *statements, **options) -> BlockError:
    with pytest.raises(BlockError) as caught:
        await ran(address, *statements, **options)
    return caught.value


@pytest.mark.parametrize("address", ALL)
async def test_rows_and_columns_come_back(address):
    (rows,) = await ran(address, "SELECT 1 AS a, 'x' AS b UNION ALL SELECT 2, NULL")
    assert list(rows.columns) == ["a", "b"]
    assert sorted(rows.rows, key=str) == [[1, "x"], [2, None]]
    assert not rows.is_cut


@pytest.mark.parametrize("address", ALL)
async def test_no_more_rows_than_asked_for(address):
    sql = (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)"
        " SELECT i FROM n"
    )
    (rows,) = await ran(address, sql, max_rows=10)
    assert [row[0] for row in rows.rows] == list(range(1, 11))
    assert rows.is_cut


@pytest.mark.parametrize("address", ALL)
async def test_statements_are_one_transaction_and_changes_are_counted(address):
    _, first, second, read = await ran(
        address,
        "CREATE TEMPORARY TABLE tea (name VARCHAR(20))",
        "INSERT INTO tea VALUES ('green'), ('black')",
        "UPDATE tea SET name = 'white' WHERE name = 'black'",
        "SELECT name FROM tea ORDER BY name",
        read_only=False,
    )
    assert (first.affected, second.affected) == (2, 1)
    assert read.rows == [["green"], ["white"]]


@pytest.mark.parametrize("address", SERVERS)
async def test_all_is_undone_if_one_statement_fails(address):
    await ran(address, "DROP TABLE IF EXISTS undone", read_only=False)
    await ran(address, "CREATE TABLE undone (n INT)", read_only=False)
    failed = await refusal(
        address,
        "INSERT INTO undone VALUES (1)",
        "INSERT INTO nowhere VALUES (1)",
        read_only=False,
    )
    assert failed.code == "refused"
    assert "nowhere" in str(failed)
    (rows,) = await ran(address, "SELECT * FROM undone")
    assert rows.rows == []
    await ran(address, "DROP TABLE undone", read_only=False)


@pytest.mark.parametrize("address", SERVERS)
async def test_parameters_stay_values(address):
    asked = Statement(sql="SELECT %s AS x", parameters=["'; DROP TABLE y --"])
    (rows,) = await ran(address, asked)
    assert rows.rows == [["'; DROP TABLE y --"]]


CHANGES = [
    pytest.param("CREATE TABLE sneaked (a INT)", id="create"),
    pytest.param("/* SELECT */ DELETE FROM x", id="behind-a-comment"),
    pytest.param("-- SELECT\nDROP TABLE x", id="behind-a-line-comment"),
    pytest.param("SELECT 1; CREATE TABLE sneaked (a INT)", id="second-statement"),
    pytest.param("/*! CREATE TABLE sneaked (a INT) */", id="comment-that-mysql-runs"),
    pytest.param("SET TRANSACTION READ WRITE", id="make-it-writing"),
    pytest.param("COMMIT", id="end-the-transaction"),
    pytest.param("", id="nothing"),
    pytest.param("-- nothing", id="only-a-comment"),
]


@pytest.mark.parametrize("address", ALL)
@pytest.mark.parametrize("sql", CHANGES)
async def test_reading_changes_nothing(address, sql):
    failed = await refusal(address, sql)
    assert failed.code in ("bad_input", "refused")


@pytest.mark.services
async def test_postgresql_itself_refuses_writes_hidden_in_reading():
    await ran(POSTGRESQL, "DROP TABLE IF EXISTS kept", read_only=False)
    await ran(POSTGRESQL, "CREATE TABLE kept AS SELECT 1 AS n", read_only=False)
    for sneaky in [
        "WITH gone AS (DELETE FROM kept RETURNING n) SELECT * FROM gone",
        "EXPLAIN ANALYZE DELETE FROM kept",
        "SELECT * INTO copied FROM kept",
    ]:
        assert "read-only transaction" in str(await refusal(POSTGRESQL, sneaky))
    unlock = "SELECT set_config('transaction_read_only', 'off', true)"
    assert "before any query" in str(await refusal(POSTGRESQL, unlock))
    (rows,) = await ran(POSTGRESQL, "SELECT n FROM kept")
    assert rows.rows == [[1]]
    await ran(POSTGRESQL, "DROP TABLE kept", read_only=False)


@pytest.mark.services
async def test_mysql_writes_no_file_while_reading():
    sql = "SELECT 1 INTO OUTFILE '/tmp/written'"
    assert "OUTFILE" in str(await refusal(MYSQL, sql))


ENDLESS = [
    pytest.param(
        MEMORY,
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
        "SELECT max(i) FROM n",
        id="sqlite",
    ),
    pytest.param(
        POSTGRESQL, "SELECT pg_sleep(30)", marks=pytest.mark.services, id="postgresql"
    ),
    pytest.param(
        MYSQL,
        "SELECT BENCHMARK(10000000000, 1)",
        marks=pytest.mark.services,
        id="mysql",
    ),
]


@pytest.mark.parametrize(("address", "sql"), ENDLESS)
async def test_what_takes_too_long_is_stopped(address, sql):
    begun = time.monotonic()
    failed = await refusal(address, sql, timeout_s=0.5)
    assert failed.code in ("timeout", "unreachable")
    assert time.monotonic() - begun < 5


@pytest.mark.services
async def test_postgresql_takes_a_wrong_database_for_a_refusal():
    wrong = DatabaseAddress(
        kind="postgresql", host="127.0.0.1", database="a=b", username=Secret("postgres")
    )
    failed = await refusal(wrong, "SELECT 1")
    assert failed.code == "refused"
    assert '"a=b" does not exist' in str(failed)


CLOSED = [
    pytest.param("127.0.0.1", 5433, "loopback", id="loopback"),
    pytest.param("/var/run/postgresql", 0, "not a valid", id="socket"),
    pytest.param("169.254.169.254", 0, "link-local", id="metadata"),
    pytest.param("localhost", 0, "inside", id="local-name"),
]


@pytest.mark.parametrize("kind", ["postgresql", "mysql"])
@pytest.mark.parametrize(("host", "port", "reason"), CLOSED)
async def test_closed_hosts_are_not_reached(kind, host, port, reason):
    address = DatabaseAddress(kind=kind, host=host, port=port, database="x")
    failed = await refusal(address, "SELECT 1")
    assert failed.code == "egress_blocked"
    assert reason in str(failed)


# --- Connections that wait ------------------------------------------------------------

PID = "SELECT pg_backend_pid()"


@pytest.fixture
async def pooled():
    idle = idle_connections()
    yield UserDatabases(Connector(allow=LOOPBACK), FakeFiles, idle)
    await idle.aclose()


async def asked(pooled, *statements, **options):
    orders = [Statement(sql=sql) for sql in statements]
    return [rows.rows for rows in await pooled.run(POSTGRESQL, orders, **options)]


@pytest.mark.services
async def test_connection_is_used_again_as_good_as_new(pooled):
    ((first,),) = (await asked(pooled, PID))[0:1]
    await asked(
        pooled,
        "SET application_name = 'stained'",
        "CREATE TEMPORARY TABLE stain (n INT)",
        "SELECT pg_advisory_lock(4711)",
        read_only=False,
    )
    settings, tables, (second,) = await asked(
        pooled,
        "SHOW application_name",
        "SELECT count(*) FROM pg_class WHERE relname = 'stain'",
        PID,
    )
    assert second == first
    assert settings == [["autogpt-site"]]
    assert tables == [[0]]
    denied = "CREATE TABLE sneaked (n INT)"
    with pytest.raises(BlockError):
        await asked(pooled, "WITH a AS (SELECT 1) SELECT * INTO x FROM a")
    with pytest.raises(BlockError):
        await asked(pooled, denied)


@pytest.mark.services
async def test_connection_serves_the_same_statements_many_times(pooled):
    pids = set()
    for _ in range(12):
        *_, [[pid]] = await asked(
            pooled,
            "CREATE TEMPORARY TABLE tea (n INT)",
            "INSERT INTO tea VALUES (1)",
            PID,
            read_only=False,
        )
        pids.add(pid)
    assert len(pids) == 1


@pytest.mark.services
async def test_connection_that_was_cut_is_made_anew(pooled):
    [[[pid]]] = await asked(pooled, PID)
    await ran(POSTGRESQL, f"SELECT pg_terminate_backend({int(pid)}, 5000)")
    [[[other]]] = await asked(pooled, PID)
    assert other != pid


@pytest.mark.services
async def test_connection_that_failed_is_not_kept(pooled):
    [[[pid]]] = await asked(pooled, PID)
    with pytest.raises(BlockError):
        await asked(pooled, "SELECT 1 / 0")
    [[[other]]] = await asked(pooled, PID)
    assert other != pid


class Closed(list):
    async def close(self, connection):
        self.append(connection)


async def test_no_more_wait_than_there_is_room_for():
    closed = Closed()
    idle = IdleConnections(closed.close, each=2, in_all=3)
    for key, connection in [("a", 1), ("a", 2), ("a", 3), ("b", 4), ("b", 5)]:
        await idle.give(key, connection)
    assert closed == [3, 5]
    assert [idle.take("a"), idle.take("a"), idle.take("a")] == [2, 1, None]
    await idle.aclose()
    assert closed == [3, 5, 4]


async def test_what_waited_long_enough_is_closed():
    closed = Closed()
    idle = IdleConnections(closed.close, seconds=0.02)
    await idle.give("a", 1)
    await idle.give("a", 2)
    assert idle.take("a") == 2
    await asyncio.sleep(0.1)
    assert closed == [1]
    assert idle.take("a") is None
    await idle.aclose()


# --- SQLite ---------------------------------------------------------------------------

SNEAKY = [
    pytest.param("ATTACH '/etc/passwd' AS p", id="another-file"),
    pytest.param("VACUUM INTO '/tmp/stolen'", id="write-a-file"),
    pytest.param("SELECT load_extension('/tmp/evil.so')", id="load-code"),
    pytest.param("PRAGMA query_only = OFF", id="switch-the-guard-off"),
    pytest.param("PRAGMA journal_mode = WAL", id="files-beside"),
    pytest.param("CREATE VIRTUAL TABLE t USING fts5(a)", id="virtual-table"),
    pytest.param("SELECT zeroblob(500000000)", id="large-value"),
]


@pytest.mark.parametrize("sql", SNEAKY)
@pytest.mark.parametrize("read_only", [True, False])
async def test_sqlite_stays_in_its_database(sql, read_only):
    failed = await refusal(MEMORY, sql, read_only=read_only)
    assert failed.code in ("refused", "bad_input")


@pytest.fixture
def stored(tmp_path):
    path = tmp_path / "shop.db"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE tea (name TEXT, price NUMERIC)")
        connection.execute("INSERT INTO tea VALUES ('green', 2.5)")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return FakeFiles({"workspace://1": ("shop.db", "", path.read_bytes())})


async def test_sqlite_file_of_the_workspace_is_read(stored):
    address = DatabaseAddress(kind="sqlite", database="workspace://1")
    asked = [Statement(sql="SELECT * FROM tea WHERE price > :p", parameters={"p": 2})]
    (rows,) = await databases(stored).run(address, asked)
    assert rows.rows == [["green", 2.5]]


async def test_file_that_is_no_database_is_refused():
    files = FakeFiles({"workspace://1": ("a.txt", "", b"hello")})
    address = DatabaseAddress(kind="sqlite", database="workspace://1")
    with pytest.raises(BlockError, match="not an SQLite database"):
        await databases(files).run(address, [Statement(sql="SELECT 1")])


VALUES = [
    pytest.param(Decimal("3"), 3, id="whole-decimal"),
    pytest.param(Decimal("2.50"), 2.5, id="decimal-that-a-float-holds"),
    pytest.param(Decimal("0.1234567890123456789"), "0.1234567890123456789", id="exact"),
    pytest.param(Decimal("NaN"), None, id="no-number"),
    pytest.param(2**70, str(2**70), id="integer-beyond-json"),
    pytest.param(b"\x00\xff", "00ff", id="bytes"),
    pytest.param(float("inf"), None, id="infinity"),
    pytest.param({"a": (1, Decimal(2))}, {"a": [1, 2]}, id="nested"),
]


@pytest.mark.parametrize(("value", "wanted"), VALUES)
def test_values_become_json(value, wanted):
    assert json_value(value) == wanted
