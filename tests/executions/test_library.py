"""Which agents a run may list."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from accounts.models import User
from accounts.services import workspace_ensure
from blocks.context import NodeIdentity
from blocks.world import LibraryPage
from executions.world.library import StoredLibrary
from graphs.services import graph_delete
from tests.factories import document, make_graph

pytestmark = pytest.mark.django_db(transaction=True)


async def listed(caller: NodeIdentity, words: str = "", **page: int) -> LibraryPage:
    with ThreadPoolExecutor(1) as lookers:
        library = StoredLibrary(caller, lookers)
        found = await library.find(words, **{"start": 0, "limit": 10} | page)
        lookers.submit(lambda: connection.close()).result()
    return found


@pytest.fixture
def caller(alice: User, charlie: User) -> NodeIdentity:
    make_graph(charlie, document() | {"name": "Charlie's"})
    for name in ("Tea", "Milk", "Old"):
        graph = make_graph(alice, document() | {"name": name})
    graph_delete(user=alice, graph=graph)
    return NodeIdentity(
        user_id=str(alice.id), workspace_id=str(workspace_ensure(alice).id)
    )


async def test_agents_of_the_workspace_are_listed_newest_first(caller):
    found = await listed(caller)
    assert [agent.name for agent in found.agents] == ["Milk", "Tea"]
    assert found.total == 2


async def test_a_page_is_cut_out_of_all(caller):
    found = await listed(caller, start=1, limit=1)
    assert ([agent.name for agent in found.agents], found.total) == (["Tea"], 2)


async def test_words_choose_in_any_case(caller):
    assert [agent.name for agent in (await listed(caller, "TEA")).agents] == ["Tea"]
    assert (await listed(caller, "adds.")).total == 2
    assert (await listed(caller, "%")).total == 0


async def test_a_user_who_left_the_workspace_sees_nothing(caller, charlie: User):
    stranger = NodeIdentity(user_id=str(charlie.id), workspace_id=caller.workspace_id)
    assert (await listed(stranger)).total == 0
