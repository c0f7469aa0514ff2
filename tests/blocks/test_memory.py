"""What blocks remember, by scope and key."""

import pytest

from blocks.testing import FakeContext
from blocks.world import MemoryScope
from tests.blocks.calls import called


async def test_kept_value_is_given_again():
    ctx = FakeContext()
    await called("PersistInformation", {"key": "a", "value": [1]}, ctx)
    result = await called("RetrieveInformation", {"key": "a", "default_value": 0}, ctx)
    assert result.outputs == [("value", [1])]


async def test_scopes_are_apart():
    ctx = FakeContext()
    for scope in MemoryScope:
        inputs = {"key": "a", "value": scope.value, "scope": scope.value}
        await called("PersistInformation", inputs, ctx)
    assert set(ctx.memory.values.values()) == {"within_agent", "across_agents"}


@pytest.mark.parametrize("value", [0, False, "", []])
async def test_falsy_value_is_one(value):
    ctx = FakeContext()
    await called("PersistInformation", {"key": "a", "value": value}, ctx)
    result = await called("RetrieveInformation", {"key": "a", "default_value": 1}, ctx)
    assert result.outputs == [("value", value)]
