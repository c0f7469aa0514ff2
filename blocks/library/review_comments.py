"""The block that makes a comment for a review on GitHub."""

from typing import Any, Final

from blocks.base import Block, Pins, Steps, block, pin
from blocks.context import Context
from blocks.spec import Category, Example

_PLACES: Final = ("position", "line", "side", "start_line", "start_side")


@block(
    id="b7d5e4f2-8c3a-4e6b-9f1d-7a8b9c5e4d3f",
    name="GithubCreateCommentObjectBlock",
    categories=(Category.DEVELOPER_TOOLS,),
    inline=True,
    examples=(
        Example(
            inputs={"path": "src/tea.py", "body": "Why?", "line": 15},
            outputs=[
                (
                    "comment_object",
                    {"path": "src/tea.py", "body": "Why?", "line": 15, "side": "RIGHT"},
                )
            ],
        ),
        Example(
            inputs={"path": "a", "body": "b", "start_line": 1, "line": 2, "side": ""},
            outputs=[
                (
                    "comment_object",
                    {"path": "a", "body": "b", "line": 2, "start_line": 1},
                )
            ],
        ),
    ),
)
class GithubCreateCommentObject(Block):
    """Makes a comment on lines of a file, for a review of a pull request."""

    class Input(Pins):
        path: str = pin("The file, by its path in the repository.")
        body: str = pin("The comment.")
        position: int | None = pin(
            "Its place in the diff; `line` is the newer way.",
            default=None,
            advanced=True,
        )
        line: int | None = pin(
            "The line, or the last one.", default=None, advanced=True
        )
        side: str | None = pin(
            "RIGHT for the new state of the file, LEFT for the old one.",
            default="RIGHT",
            advanced=True,
        )
        start_line: int | None = pin(
            "The first of several lines.", default=None, advanced=True
        )
        start_side: str | None = pin(
            "The side of the first line.", default=None, advanced=True
        )

    class Output(Pins):
        comment_object: dict[str, Any] = pin("The comment, as a review takes it.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        comment = {"path": inputs.path, "body": inputs.body}
        places = {name: getattr(inputs, name) for name in _PLACES}
        given = {
            name: value for name, value in places.items() if value not in (None, "")
        }
        yield "comment_object", comment | given
