"""Databases: what the blocks ask of them."""

import pytest

from blocks.credentials import Credential, CredentialKind
from blocks.errors import BlockError
from blocks.invoke import prepare
from blocks.secret import Secret
from blocks.spec import Effect
from blocks.testing import FakeContext
from blocks.testing.fakes import FakeCredentials, FakeDatabases
from blocks.world import Rows
from tests.blocks.calls import called, named

ACCOUNT = Credential(
    id="key",
    provider="database",
    kind=CredentialKind.USER_PASSWORD,
    secrets={"username": Secret("u"), "password": Secret("hush")},
)
QUERY = {"host": "db.example", "database": "shop", "query": "SELECT 1"}
ROWS = Rows(columns=["a"], rows=[[1]])


def context(*answers) -> FakeContext:
    return FakeContext(
        credentials=FakeCredentials([ACCOUNT]), databases=FakeDatabases(answers)
    )


KINDS = [
    pytest.param({}, "postgresql", 0, id="default"),
    pytest.param({"database_type": "mysql", "port": 3307}, "mysql", 3307, id="port"),
]


@pytest.mark.parametrize(("change", "kind", "port"), KINDS)
async def test_query_goes_to_the_database_it_names(change, kind, port):
    ctx = context([ROWS])
    result = await called("SQLQuery", QUERY | change, ctx)
    assert result.error is None
    ((address, statements, read_only),) = ctx.databases.ran
    assert (address.kind, address.host, address.port) == (kind, "db.example", port)
    assert address.password == Secret("hush")
    assert statements[0].sql == "SELECT 1"
    assert read_only is True


async def test_file_of_the_workspace_needs_no_account():
    ctx = FakeContext(databases=FakeDatabases([[ROWS]]))
    asked = QUERY | {"database_type": "sqlite", "database": "workspace://1"}
    assert (await called("SQLQuery", asked, ctx)).error is None
    assert ctx.databases.ran[0][0].database == "workspace://1"


async def test_columns_of_one_name_are_all_kept():
    rows = Rows(columns=["id", "id", "id_2"], rows=[[1, 2, 3]])
    outputs = dict((await called("SQLQuery", QUERY, context([rows]))).outputs)
    assert outputs["columns"] == ["id", "id_2", "id_2_2"]
    assert outputs["results"] == [{"id": 1, "id_2": 2, "id_2_2": 3}]


async def test_more_rows_than_taken_are_told():
    rows = Rows(columns=["a"], rows=[[1]], is_cut=True)
    outputs = dict((await called("SQLQuery", QUERY, context([rows]))).outputs)
    assert (outputs["truncated"], outputs["row_count"]) == (True, 1)


async def test_refusal_of_the_database_fails_the_node():
    refused = BlockError("no such table", code="refused")
    result = await called("SQLQuery", QUERY, context(refused))
    assert (result.error.code, result.outputs) == ("refused", [])


@pytest.mark.parametrize(
    ("read_only", "effect"), [(True, Effect.IDEMPOTENT), (False, Effect.ONCE)]
)
@pytest.mark.parametrize("name", ["SQLQuery", "Database"])
def test_only_reading_may_be_repeated(name, read_only, effect):
    spec = named(name)
    asked = {"host": "h", "database": "d", "query": "q", "statements": []}
    inputs = prepare(spec, asked | {"read_only": read_only}, {})
    assert spec.block.effect(inputs) is effect


LIMITS = [
    pytest.param({"max_rows": 10_001}, "max_rows", id="rows"),
    pytest.param({"timeout": 121}, "timeout", id="seconds"),
    pytest.param({"query": "x" * 100_001}, "query", id="text"),
]


@pytest.mark.parametrize(("change", "pin"), LIMITS)
async def test_limits_are_told(change, pin):
    result = await called("SQLQuery", QUERY | change, context([ROWS]))
    assert f"'{pin}'" in str(result.error)


BAD = [
    pytest.param([7], id="number"),
    pytest.param([{"parameters": []}], id="object-without-text"),
    pytest.param([{"sql": "SELECT 1", "parameters": "x"}], id="parameters-as-text"),
    pytest.param([], id="nothing"),
]


@pytest.mark.parametrize("statements", BAD)
async def test_statements_of_another_shape_are_refused(statements):
    asked = {"host": "h", "database": "d", "statements": statements}
    result = await called("Database", asked, context())
    assert result.error.code == "bad_input"


async def test_parameters_go_apart_from_the_text():
    ctx = context([ROWS])
    statement = {"sql": "SELECT %(a)s", "parameters": {"a": "' OR 1=1"}}
    asked = {"host": "h", "database": "d", "statements": [statement]}
    await called("Database", asked, ctx)
    ((_, statements, _),) = ctx.databases.ran
    assert statements[0].sql == "SELECT %(a)s"
    assert statements[0].parameters == {"a": "' OR 1=1"}
