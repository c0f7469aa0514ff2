"""The block to read first: what a block of your own looks like."""

from logging import getLogger
from typing import Any

import orjson

from blocks.base import Block, Pins, Steps, block, pin
from blocks.context import Context
from blocks.errors import BlockInputError
from blocks.spec import Category, Effect, Example

logger = getLogger(__name__)


@block(
    id="63029f98-c2c6-4b80-921c-bf6e821b732e",
    name="ExampleBlock",
    categories=(Category.DEVELOPER_TOOLS,),
    # It says how long it took, which is different at each attempt.
    effect=Effect.IDEMPOTENT,
    inline=True,
    examples=(
        Example(
            inputs={"required_field": "test data", "config": {"uppercase": True}},
            outputs=[
                ("result", "TEST DATA"),
                (
                    "metadata",
                    {
                        "processing_time": 0.0,
                        "input_length": 9,
                        "timestamp": "2026-01-31T12:30:45+00:00",
                    },
                ),
                ("stats", {"success": True, "error_count": 0}),
            ],
        ),
        Example(inputs={"required_field": ""}, error="at least 1 character"),
        Example(
            inputs={"required_field": "a", "config": {"size": 1}},
            error="'size' is no setting",
        ),
    ),
)
class ExampleOfABlock(Block):
    """Shows how a block is written: typed pins with limits, a clear failure, a log line
    with sizes and no content, and results apart from figures about them."""

    class Input(Pins):
        required_field: str = pin("The text to work on.", min_length=1, max_length=1000)
        optional_field: str | None = pin("A text to put behind it.", default=None)
        config: dict[str, Any] = pin("`uppercase`: in capital letters.", default={})

    class Output(Pins):
        result: Any = pin("The text.")
        metadata: dict[str, Any] = pin(
            "`processing_time` in seconds, `input_length`, and a `timestamp`."
        )
        stats: dict[str, Any] = pin("`success` and `error_count`.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        started = ctx.now()
        result = _processed(inputs)
        took = (ctx.now() - started).total_seconds()
        logger.info("Example block ran.", extra=_sizes(inputs, result, ctx))
        yield "result", result
        yield (
            "metadata",
            {
                "processing_time": took,
                "input_length": len(inputs.required_field),
                "timestamp": started.isoformat(),
            },
        )
        yield "stats", {"success": True, "error_count": 0}


def _processed(inputs: Any) -> str:
    unknown = sorted(set(inputs.config) - {"uppercase"})
    if unknown:
        raise BlockInputError(f"pin 'config': {unknown[0]!r} is no setting of it")
    text = inputs.required_field + (inputs.optional_field or "")
    return str(text.upper() if inputs.config.get("uppercase") else text)


def _sizes(inputs: Any, result: str, ctx: Context) -> dict[str, Any]:
    return {
        "user_id": ctx.user_id,
        "execution_id": ctx.execution_id,
        "input_size": len(inputs.required_field),
        "output_size": len(orjson.dumps(result)),
    }
