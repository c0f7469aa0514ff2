"""The input that is a file of Google Drive."""

from typing import Annotated, Any, Final

from pydantic import WithJsonSchema

from blocks.base import Block, Pins, Steps, block, pin
from blocks.context import Context
from blocks.library.agent_io import InputPins
from blocks.spec import Category, Example, Kind

_VIEWS: Final = ["DOCS", "SPREADSHEETS", "PRESENTATIONS"]

DriveFile = Annotated[
    dict[str, Any] | None,
    WithJsonSchema({"type": "object", "format": "google-drive-file"}),
]


@block(
    id="d3b32f15-6fd7-40e3-be52-e083f51b19a2",
    name="AgentGoogleDriveFileInputBlock",
    categories=(Category.INPUT, Category.BASIC),
    kind=Kind.INPUT,
    inline=True,
    examples=(
        Example(
            inputs={"name": "list", "value": {"id": "f1", "name": "Tea"}},
            outputs=[("result", {"id": "f1", "name": "Tea"})],
        ),
        Example(inputs={"name": "list"}),
    ),
)
class AgentGoogleDriveFileInput(Block):
    """Brings a file of Google Drive into the agent: its id, and what else is known of
    it. The file itself is read by the blocks that it is given to."""

    class Input(InputPins):
        value: DriveFile = pin(
            "The file: its `id`, perhaps `name`, `mimeType` and `url`.", default=None
        )
        allowed_views: list[str] = pin(
            "What kinds of files may be chosen.", default=_VIEWS
        )
        allow_folder_selection: bool = pin(
            "Let folders be chosen, too.", default=False, advanced=True
        )

    class Output(Pins):
        result: dict[str, Any] = pin("The file given to the run.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        if inputs.value is not None:
            yield "result", inputs.value
