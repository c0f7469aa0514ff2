"""The contract: a class with `Input`, `Output` and `run`, made a block by `@block`."""

from collections.abc import AsyncIterator, Callable
from typing import Any, ClassVar, TypeAlias, TypeVar

from blocks.context import Context, Spend, Wait
from blocks.pins import Pins, pin
from blocks.registry import Registry, registry
from blocks.schema import pins_of
from blocks.spec import BlockSpec, Category, CostHint, Effect, Example, Kind

__all__ = ["Block", "Pins", "Step", "Steps", "block", "pin"]

Step: TypeAlias = tuple[str, object] | Wait | Spend
"""What `run` yields: `(pin, value)`, a wait that the engine keeps, or a cost."""

Steps: TypeAlias = AsyncIterator[Step]


class Block:
    """One kind of node.

    `run` gets validated inputs and yields steps in order. It fails by raising
    `BlockError` (expected; the text is for the user) or anything else (unexpected).
    It reaches the world only through its context and keeps nothing between runs.
    """

    spec: ClassVar[BlockSpec]
    Input: ClassVar[type[Pins]] = Pins
    Output: ClassVar[type[Pins]] = Pins

    def run(self, inputs: Any, ctx: Context) -> Steps:
        raise NotImplementedError

    def effect(self, inputs: Any) -> Effect:
        """What repeating a run with these inputs would do."""
        return self.spec.effect


B = TypeVar("B", bound=type[Block])


def block(
    *,
    id: str,
    name: str,
    categories: tuple[Category, ...],
    examples: tuple[Example, ...],
    kind: Kind = Kind.STANDARD,
    effect: Effect = Effect.PURE,
    cost: CostHint = CostHint.FREE,
    static_output: bool = False,
    inline: bool = False,
    cpu: bool = False,
    incremental: bool = False,
    into: Registry = registry,
) -> Callable[[B], B]:
    """Register the class as a block. Its docstring is the description users read.

    Raises:
        ValueError: the id is taken or malformed, or the declaration contradicts itself.
    """

    # Long because every fact of a block stands here once, by its name.
    def register(cls: B) -> B:
        cls.spec = BlockSpec(
            id=id,
            name=name,
            description=" ".join((cls.__doc__ or "").split()),
            categories=categories,
            kind=kind,
            effect=effect,
            cost=cost,
            static_output=static_output or kind in (Kind.INPUT, Kind.OUTPUT),
            inline=inline,
            cpu=cpu,
            incremental=incremental,
            inputs=pins_of(cls.Input),
            outputs=pins_of(cls.Output),
            examples=examples,
            block=cls(),
        )
        _check(cls.spec)
        into.add(cls.spec)
        return cls

    return register


def _check(spec: BlockSpec) -> None:
    if spec.inline and spec.cpu:
        raise ValueError(f"{spec.name}: a block is inline or burns CPU, not both")
    if spec.inline and spec.effect is Effect.ONCE:
        raise ValueError(f"{spec.name}: what must not be repeated cannot be inline")
