"""The block that a webhook of the platform starts."""

from typing import Any

from blocks.base import Block, Pins, Steps, block, pin
from blocks.context import Context
from blocks.spec import Category, Example, Kind


@block(
    id="8fa8c167-2002-47ce-aba8-97572fc5d387",
    name="GenericWebhookTriggerBlock",
    categories=(Category.INPUT,),
    kind=Kind.TRIGGER,
    inline=True,
    examples=(
        Example(
            inputs={"payload": {"order": 7}, "constants": {"shop": "Oslo"}},
            outputs=[("constants", {"shop": "Oslo"}), ("payload", {"order": 7})],
        ),
        Example(inputs={}, outputs=[("constants", {}), ("payload", {})]),
    ),
)
class GenericWebhookTrigger(Block):
    """Brings what a webhook sent into the agent. Make the webhook's address, and say
    who may call it, at the agent's triggers; a run that is started by hand gives it as
    the input `payload`."""

    class Input(Pins):
        payload: dict[str, Any] = pin("What was sent.", default={}, hidden=True)
        constants: dict[str, Any] = pin("Values of your own to send along.", default={})
        secret_token: str | None = pin(
            "Of agents from elsewhere; here the webhook itself has the secret.",
            default=None,
            secret=True,
        )

    class Output(Pins):
        payload: dict[str, Any] = pin("What was sent.")
        constants: dict[str, Any] = pin("The values of your own.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        yield "constants", inputs.constants
        yield "payload", inputs.payload
