"""What agents remember: the same rules in the database and in a dictionary."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from django.db import connection

from accounts.models import User
from accounts.services import workspace_ensure
from blocks.context import Caller, NodeIdentity
from blocks.errors import BlockError, BlockInputError
from blocks.world import Memory, MemoryScope
from core.ids import new_id
from core.limits import Limits
from executions.models import MemoryValue
from executions.world.memory import StoredMemory
from executions.world.passing_memory import passing_memory

pytestmark = pytest.mark.django_db(transaction=True)

OWN, SHARED = MemoryScope.WITHIN_AGENT, MemoryScope.ACROSS_AGENTS
LIMITS = Limits(memory_values=3, memory_bytes=100)

MemoryOf = Callable[[Caller], Memory]


@pytest.fixture(params=["stored", "passing"])
def memory_of(request: pytest.FixtureRequest) -> Iterator[MemoryOf]:
    if request.param == "passing":
        yield passing_memory(LIMITS)
        return
    with ThreadPoolExecutor(1) as lookers:
        yield lambda caller: StoredMemory(caller, LIMITS, lookers)
        lookers.submit(lambda: connection.close()).result()


@pytest.fixture
def caller(alice: User) -> NodeIdentity:
    return identity(alice)


def identity(user: User) -> NodeIdentity:
    return NodeIdentity(
        user_id=str(user.id),
        workspace_id=str(workspace_ensure(user).id),
        graph_id=str(new_id()),
    )


@pytest.mark.parametrize("value", [None, 0, "", "ü", [1, {"a": None}], 1.5, True])
async def test_value_comes_back_as_it_was(memory_of: MemoryOf, caller, value):
    memory = memory_of(caller)
    await memory.save(OWN, "key", {"an": "older one"})
    await memory.save(OWN, "key", value)
    found = await memory.load(OWN, "key")
    assert found == value
    assert type(found) is type(value)


async def test_missing_key_has_null(memory_of: MemoryOf, caller):
    assert await memory_of(caller).load(SHARED, "key") is None


async def test_another_agent_sees_only_what_is_shared(memory_of: MemoryOf, caller):
    await memory_of(caller).save(OWN, "key", "own")
    await memory_of(caller).save(SHARED, "key", "shared")
    other = memory_of(replace(caller, graph_id=str(new_id())))
    assert await other.load(OWN, "key") is None
    assert await other.load(SHARED, "key") == "shared"
    assert await memory_of(caller).load(OWN, "key") == "own"


async def test_nobody_else_sees_anything(memory_of: MemoryOf, caller, charlie: User):
    stranger = replace(caller, user_id=str(charlie.id))
    elsewhere = replace(caller, workspace_id=str(new_id()))
    for scope in MemoryScope:
        await memory_of(caller).save(scope, "key", "mine")
        assert await memory_of(stranger).load(scope, "key") is None
        assert await memory_of(elsewhere).load(scope, "key") is None


@pytest.mark.parametrize("key", ["", "a\0b", "k" * 501])
async def test_key_that_cannot_be_kept_is_refused(memory_of: MemoryOf, caller, key):
    with pytest.raises(BlockInputError, match="key"):
        await memory_of(caller).save(OWN, key, 1)
    with pytest.raises(BlockInputError, match="key"):
        await memory_of(caller).load(OWN, key)


async def test_longest_key_is_kept(memory_of: MemoryOf, caller):
    key = "北" * 500
    await memory_of(caller).save(OWN, key, 1)
    assert await memory_of(caller).load(OWN, key) == 1


async def test_large_value_is_refused_and_the_old_one_stays(memory_of, caller):
    memory = memory_of(caller)
    await memory.save(OWN, "key", "x" * 98)
    with pytest.raises(BlockError, match=r"101 bytes \(limit 100\)") as refusal:
        await memory.save(OWN, "key", "x" * 99)
    assert refusal.value.code == "too_large"
    assert await memory.load(OWN, "key") == "x" * 98


async def test_full_memory_takes_changes_but_no_new_key(memory_of, caller):
    memory = memory_of(caller)
    for key in "abc":
        await memory.save(OWN, key, 1)
    await memory.save(OWN, "a", 2)
    with pytest.raises(BlockError, match="remember 3 values") as refusal:
        await memory.save(OWN, "d", 1)
    assert refusal.value.code == "too_many"
    assert await memory.load(OWN, "a") == 2


async def test_two_that_keep_at_once_leave_one_value(caller, monkeypatch):
    """The other one's row comes between the look and the insert."""
    there = MemoryValue(
        workspace_id=caller.workspace_id,
        user_id=caller.user_id,
        agent=caller.graph_id,
        key="key",
        value="theirs",
    )
    monkeypatch.setattr(
        "executions.world.memory.check_count", lambda count, limits: there.save()
    )
    with ThreadPoolExecutor(1) as lookers:
        memory = StoredMemory(caller, LIMITS, lookers)
        await memory.save(OWN, "key", "ours")
        assert await memory.load(OWN, "key") == "ours"
        assert lookers.submit(MemoryValue.objects.count).result() == 1
        lookers.submit(lambda: connection.close()).result()
