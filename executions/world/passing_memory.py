"""What agents remember where nothing is stored, and what may be remembered at all."""

from collections.abc import Callable
from typing import TypeAlias

import orjson

from blocks.context import Caller
from blocks.errors import BlockError, BlockInputError
from blocks.values import JsonValue
from blocks.world import Memory, MemoryScope
from core.limits import MEMORY_KEY_CHARS, Limits

Place: TypeAlias = tuple[str, str, str, str]
"""Workspace, user, agent (empty: all of them) and key."""


class PassingMemory:
    """Implements `blocks.world.Memory` in a dictionary that callers share."""

    def __init__(
        self, caller: Caller, limits: Limits, values: dict[Place, JsonValue]
    ) -> None:
        self._caller = caller
        self._limits = limits
        self._values = values

    async def load(self, scope: MemoryScope, key: str) -> JsonValue:
        return self._values.get(place_of(self._caller, scope, key))

    async def save(self, scope: MemoryScope, key: str, value: JsonValue) -> None:
        place = place_of(self._caller, scope, key)
        check_size(key, value, self._limits)
        if place not in self._values:
            check_count(len(self._values), self._limits)
        self._values[place] = value


def passing_memory(limits: Limits) -> Callable[[Caller], Memory]:
    """Makes the memory of each caller of one run, which is gone with it."""
    values: dict[Place, JsonValue] = {}
    return lambda caller: PassingMemory(caller, limits, values)


def place_of(caller: Caller, scope: MemoryScope, key: str) -> Place:
    """
    Raises:
        BlockInputError: no value can be kept under this key.
    """
    if not key or "\0" in key:
        raise BlockInputError("a key has at least one character, and none is U+0000")
    if len(key) > MEMORY_KEY_CHARS:
        text = (
            f"a key of {len(key):,} characters is over the limit of {MEMORY_KEY_CHARS}"
        )
        raise BlockInputError(text)
    agent = caller.graph_id if scope is MemoryScope.WITHIN_AGENT else ""
    return caller.workspace_id, caller.user_id, agent, key


def check_size(key: str, value: JsonValue, limits: Limits) -> None:
    """
    Raises:
        BlockError: code `too_large`.
    """
    size = len(orjson.dumps(value))
    if size > limits.memory_bytes:
        raise BlockError(
            f"the value for {key[:80]!r} has {size:,} bytes "
            f"(limit {limits.memory_bytes:,})",
            code="too_large",
        )


def check_count(count: int, limits: Limits) -> None:
    """
    Raises:
        BlockError: code `too_many`, there is no room for one more.
    """
    if count >= limits.memory_values:
        raise BlockError(
            f"the agents of this workspace remember {count:,} values, which is the "
            "limit: use the keys they have",
            code="too_many",
        )
