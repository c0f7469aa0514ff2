"""Databases of users: one query, or statements that succeed or fail together."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any, Final

from blocks.base import Block, Pins, Steps, block, pin
from blocks.context import Context
from blocks.credentials import (
    Credential,
    CredentialKind,
    CredentialRef,
    credentials_pin,
)
from blocks.errors import BlockInputError
from blocks.secret import Secret
from blocks.spec import Category, CostHint, Effect, Example
from blocks.values import JsonObject, JsonValue
from blocks.world import DatabaseAddress, Rows, Statement

_PROVIDER: Final = "database"
_ACCOUNT: Final = Credential(
    id="key",
    provider=_PROVIDER,
    kind=CredentialKind.USER_PASSWORD,
    secrets={"username": Secret("reader"), "password": Secret("tea")},
)
_TEA: Final = Rows(columns=["name", "price"], rows=[["green", 2.5], ["black", 2]])
_WHERE: Final[JsonObject] = {"host": "db.example", "database": "shop"}


class DatabaseType(StrEnum):
    POSTGRES = "postgres"
    MYSQL = "mysql"
    MSSQL = "mssql"
    SQLITE = "sqlite"


_KINDS: Final = {
    DatabaseType.POSTGRES: "postgresql",
    DatabaseType.MYSQL: "mysql",
    DatabaseType.SQLITE: "sqlite",
}


class _Where(Pins):
    """Which database, and as whom."""

    database_type: DatabaseType = pin(
        "The kind of database.", default=DatabaseType.POSTGRES
    )
    host: str = pin("The host name of the server.", secret=True)
    port: int | None = pin("The port; by default the usual one.", default=None)
    database: str = pin(
        "The name of the database; for SQLite a file of the workspace, or :memory:."
    )


def _account_pin() -> Any:
    return credentials_pin(
        _PROVIDER,
        "postgres",
        "mysql",
        kinds=(CredentialKind.USER_PASSWORD,),
        description="Who signs in to the database.",
    )


@block(
    id="4dc35c0f-4fd8-465e-9616-5a216f1ba2bc",
    name="SQLQueryBlock",
    categories=(Category.DATA,),
    effect=Effect.ONCE,
    cost=CostHint.NETWORK,
    examples=(
        Example(
            inputs={**_WHERE, "query": "SELECT name, price FROM tea"},
            credentials=(_ACCOUNT,),
            rows=([_TEA],),
            outputs=[
                (
                    "results",
                    [{"name": "green", "price": 2.5}, {"name": "black", "price": 2}],
                ),
                ("columns", ["name", "price"]),
                ("row_count", 2),
                ("truncated", False),
            ],
        ),
        Example(
            inputs={
                **_WHERE,
                "query": "UPDATE tea SET price = 3",
                "read_only": False,
            },
            credentials=(_ACCOUNT,),
            rows=([Rows(columns=[], rows=[], affected=2)],),
            outputs=[
                ("results", []),
                ("columns", []),
                ("row_count", 0),
                ("truncated", False),
                ("affected_rows", 2),
            ],
        ),
        Example(
            inputs={**_WHERE, "database_type": "mssql", "query": "SELECT 1"},
            error="SQL Server is not supported",
        ),
    ),
)
class SQLQuery(Block):
    """Runs one SQL statement on a database of yours: PostgreSQL, MySQL, MariaDB, or
    SQLite (a file of the workspace, which stays as it is). Reading is all it may do
    unless that is switched off."""

    class Input(_Where):
        query: str = pin("The statement.", max_length=100_000)
        read_only: bool = pin("Only read.", default=True)
        timeout: int = pin("The most seconds it may take.", default=30, ge=1, le=120)
        max_rows: int = pin("The most rows to take.", default=1_000, ge=1, le=10_000)
        credentials: CredentialRef | None = _account_pin()

    class Output(Pins):
        results: list[dict[str, Any]] = pin("The rows, each an object by column.")
        columns: list[str] = pin("The names of the columns, in order.")
        row_count: int = pin("How many rows there are in the results.")
        truncated: bool = pin("Whether there are more rows than were taken.")
        affected_rows: int = pin("How many rows a change touched.")

    def effect(self, inputs: Any) -> Effect:
        return Effect.IDEMPOTENT if inputs.read_only else Effect.ONCE

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        (rows,) = await ctx.databases.run(
            await _address(inputs, ctx),
            [Statement(sql=inputs.query)],
            read_only=inputs.read_only,
            timeout_s=float(inputs.timeout),
            max_rows=inputs.max_rows,
        )
        results = _objects(rows)
        yield "results", results
        yield "columns", _unique(rows.columns)
        yield "row_count", len(results)
        yield "truncated", rows.is_cut
        if not inputs.read_only and rows.affected >= 0:
            yield "affected_rows", rows.affected


@block(
    id="2f0a7d4e-9b61-4c38-8e57-d3a1f6b0c924",
    name="DatabaseBlock",
    categories=(Category.DATA,),
    effect=Effect.ONCE,
    cost=CostHint.NETWORK,
    examples=(
        Example(
            inputs={
                **_WHERE,
                "statements": [
                    {
                        "sql": "UPDATE tea SET price = %s WHERE name = %s",
                        "parameters": [3, "black"],
                    },
                    "SELECT name, price FROM tea",
                ],
            },
            credentials=(_ACCOUNT,),
            rows=([Rows(columns=[], rows=[], affected=1), _TEA],),
            outputs=[
                (
                    "result",
                    [{"name": "green", "price": 2.5}, {"name": "black", "price": 2}],
                ),
                (
                    "results",
                    [
                        {"rows": [], "affected": 1, "truncated": False},
                        {
                            "rows": [
                                {"name": "green", "price": 2.5},
                                {"name": "black", "price": 2},
                            ],
                            "affected": -1,
                            "truncated": False,
                        },
                    ],
                ),
            ],
        ),
        Example(inputs={**_WHERE, "statements": []}, error="no statement"),
    ),
)
class DatabaseTransaction(Block):
    """Runs SQL statements on a database of yours as one transaction: if one fails,
    all are undone. Values go apart from the text, as parameters, which stand in it as
    %s or %(name)s (in SQLite as ? or :name)."""

    class Input(_Where):
        statements: list[Any] = pin(
            "The statements: each a text, or an object with sql and parameters.",
            max_length=100,
        )
        read_only: bool = pin("Only read.", default=False)
        timeout: int = pin("The most seconds it may take.", default=30, ge=1, le=120)
        max_rows: int = pin(
            "The most rows to take of each.", default=1_000, ge=1, le=10_000
        )
        credentials: CredentialRef | None = _account_pin()

    class Output(Pins):
        result: list[dict[str, Any]] = pin("The rows of the last statement.")
        results: list[dict[str, Any]] = pin(
            "Of each statement: rows, affected, truncated."
        )

    def effect(self, inputs: Any) -> Effect:
        return Effect.IDEMPOTENT if inputs.read_only else Effect.ONCE

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        statements = [_statement(each) for each in inputs.statements]
        if not statements:
            raise BlockInputError("pin 'statements': there is no statement to run")
        answers = await ctx.databases.run(
            await _address(inputs, ctx),
            statements,
            read_only=inputs.read_only,
            timeout_s=float(inputs.timeout),
            max_rows=inputs.max_rows,
        )
        yield "result", _objects(answers[-1])
        yield (
            "results",
            [
                {
                    "rows": _objects(rows),
                    "affected": rows.affected,
                    "truncated": rows.is_cut,
                }
                for rows in answers
            ],
        )


async def _address(inputs: Any, ctx: Context) -> DatabaseAddress:
    kind = _KINDS.get(inputs.database_type)
    if kind is None:
        raise BlockInputError("pin 'database_type': SQL Server is not supported yet")
    if kind == "sqlite":
        return DatabaseAddress(kind=kind, database=inputs.database)
    credential = await ctx.credentials.get(
        inputs.credentials, _PROVIDER, inputs.database_type.value
    )
    return DatabaseAddress(
        kind=kind,
        host=inputs.host,
        port=inputs.port or 0,
        database=inputs.database,
        username=credential.secret("username"),
        password=credential.secret("password"),
    )


def _statement(value: Any) -> Statement:
    if isinstance(value, str):
        return Statement(sql=value)
    if isinstance(value, dict) and isinstance(value.get("sql"), str):
        parameters = value.get("parameters") or ()
        if isinstance(parameters, list | dict | tuple):
            return Statement(sql=value["sql"], parameters=parameters)
    raise BlockInputError(
        "pin 'statements': each is a text, or an object with sql and parameters"
    )


def _objects(rows: Rows) -> list[dict[str, JsonValue]]:
    names = _unique(rows.columns)
    return [dict(zip(names, row, strict=True)) for row in rows.rows]


def _unique(columns: Sequence[str]) -> list[str]:
    """Two columns of one name are both kept: the second is `name_2`."""
    names: list[str] = []
    for column in columns:
        name, number = column, 1
        while name in names:
            number += 1
            name = f"{column}_{number}"
        names.append(name)
    return names
