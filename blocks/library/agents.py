"""Blocks that the engine carries out itself: other agents, and questions to people."""

from typing import Any, Final

from blocks.base import Block, Pins, Steps, block, pin
from blocks.context import Context
from blocks.errors import BlockError
from blocks.spec import Category, CostHint, Effect, Example, Kind

AUTO_APPROVED: Final = "Auto-approved (safe mode disabled)"
"""What agents in use expect where nobody is asked."""


@block(
    id="e189baac-8c20-45a1-94a7-55177ea42565",
    name="AgentExecutorBlock",
    categories=(Category.AGENT,),
    kind=Kind.AGENT,
    effect=Effect.IDEMPOTENT,
    cost=CostHint.COMPUTE,
    examples=(
        Example(
            inputs={"graph_id": "0192f0c1-0000-7000-8000-000000000000"},
            error="only in a run",
        ),
    ),
)
class AgentExecutor(Block):
    """Runs another agent of the workspace. Its inputs and outputs are the pins of this
    node; if it ends in failure, the reason comes out of `error`."""

    class Input(Pins):
        user_id: str = pin("Not used here: it runs as whoever runs this.", default="")
        graph_id: str = pin("The agent to run.", title="Agent")
        graph_version: int = pin(
            "Its published version; 0 or one that is not there means the latest.",
            default=0,
            advanced=True,
        )
        agent_name: str | None = pin("Its name, for people.", default=None)
        inputs: dict[str, Any] = pin(
            "Values for its inputs that no link feeds.", default_factory=dict
        )
        input_schema: dict[str, Any] = pin(
            "Its inputs.", default_factory=dict, hidden=True
        )
        output_schema: dict[str, Any] = pin(
            "Its outputs.", default_factory=dict, hidden=True
        )
        nodes_input_masks: dict[str, Any] | None = pin(
            "Kept as imported; not used.", default=None, hidden=True
        )

    class Output(Pins):
        error: str = pin("Why the agent did not complete.")

    def run(self, inputs: Any, ctx: Context) -> Steps:
        raise BlockError("an agent runs another one only in a run", code="no_engine")


@block(
    id="8b2a7b3c-6e9d-4a5f-8c1b-2e3f4a5b6c7d",
    name="HumanInTheLoopBlock",
    categories=(Category.BASIC,),
    kind=Kind.REVIEW,
    effect=Effect.IDEMPOTENT,
    examples=(
        Example(
            inputs={"data": {"to": "ann"}, "name": "Mail"},
            outputs=[
                ("approved_data", {"to": "ann"}),
                ("review_message", AUTO_APPROVED),
            ],
        ),
    ),
)
class HumanInTheLoop(Block):
    """Asks a person to approve, edit or reject data before the run goes on. Called
    alone, outside a run, it approves."""

    class Input(Pins):
        data: Any = pin("What is to be reviewed.")
        name: str = pin("What it is, for the person who reviews it.")
        editable: bool = pin(
            "Whether that person may change it.", default=True, advanced=True
        )

    class Output(Pins):
        approved_data: Any = pin("The data, as approved.")
        rejected_data: Any = pin("The data, if it was rejected.")
        review_message: str = pin("What the person wrote, if anything.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        yield "approved_data", inputs.data
        yield "review_message", AUTO_APPROVED
