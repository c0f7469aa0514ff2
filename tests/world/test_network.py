"""Mail and databases are there wherever blocks run, and find files as blocks do."""

import pytest

from blocks.context import NodeIdentity
from blocks.errors import BlockError
from blocks.testing.fakes import FakeFiles
from blocks.world import DatabaseAddress, MailServer, Message, Statement
from core.egress import EgressClient
from core.limits import Limits
from executions.engine.egress_http import EgressHttp
from executions.engine.world import World
from executions.world.local import local_world
from executions.world.network import with_network

CALLER = NodeIdentity()


@pytest.fixture
async def client():
    made = EgressClient()
    yield made
    await made.aclose()


async def test_runs_without_a_server_have_databases(client):
    databases = local_world(client, Limits()).databases(CALLER)
    memory = DatabaseAddress(kind="sqlite", database=":memory:")
    (rows,) = await databases.run(memory, [Statement(sql="SELECT 7 AS n")])
    assert rows.rows == [[7]]


async def test_runs_without_a_server_have_guarded_mail(client):
    mail = local_world(client, Limits()).mail(CALLER)
    message = Message(sender="a@x.example", to=["b@x.example"], subject="s", text="t")
    with pytest.raises(BlockError) as caught:
        await mail.send(message, MailServer(host="127.0.0.1", port=25))
    assert caught.value.code == "egress_blocked"


async def test_databases_read_the_files_of_the_world(client):
    files = FakeFiles({"workspace://1": ("a.txt", "text/plain", b"no database")})
    world = World(http=EgressHttp(client), files=lambda caller: files)
    databases = with_network(world, client.connector).databases(CALLER)
    stored = DatabaseAddress(kind="sqlite", database="workspace://1")
    with pytest.raises(BlockError, match="not an SQLite database"):
        await databases.run(stored, [Statement(sql="SELECT 1")])


async def test_what_is_kept_open_is_closed_with_the_client():
    closed = []

    async def close():
        closed.append(True)

    client = EgressClient()
    client.connector.before_closing(close)
    await client.aclose()
    assert closed == [True]
