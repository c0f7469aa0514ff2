"""The text of a new block."""

from string import Template
from typing import Final

_SOURCE: Final = Template('''"""$title, a block of our own."""

from typing import Any

from blocks.base import Block, Pins, Steps, block, pin
from blocks.context import Context
from blocks.spec import Category, Example


@block(
    id="$id",
    name="${name}Block",
    categories=(Category.BASIC,),
    inline=True,
    examples=(
        Example(inputs={"text": "hello"}, outputs=[("result", "HELLO")]),
        Example(inputs={}, error="text"),
    ),
)
class $name(Block):
    """Writes a text in capital letters."""

    class Input(Pins):
        text: str = pin("The text.")

    class Output(Pins):
        result: str = pin("The text in capital letters.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        yield "result", inputs.text.upper()
''')


def block_source(name: str, id: str) -> str:
    return _SOURCE.substitute(name=name, id=id, title=name)
