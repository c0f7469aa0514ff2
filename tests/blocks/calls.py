"""Short ways to call a block in tests."""

from typing import Any

from blocks.registry import registry
from blocks.spec import BlockSpec
from blocks.testing import FakeContext, Result, run_block


def named(name: str) -> BlockSpec:
    return next(spec for spec in registry if spec.name == name + "Block")


async def emitted(name: str, inputs: dict[str, Any]) -> list[tuple[str, Any]]:
    """What the block emits; its failure counts as an emission on `error`."""
    result = await called(name, inputs)
    failure = [] if result.error is None else [("error", str(result.error))]
    return result.outputs + failure


async def called(
    name: str, inputs: dict[str, Any], ctx: FakeContext | None = None
) -> Result:
    return await run_block(named(name), inputs, ctx or FakeContext())


async def failure(name: str, inputs: dict[str, Any]) -> str:
    result = await called(name, inputs)
    assert result.error is not None, result.outputs
    return str(result.error)
