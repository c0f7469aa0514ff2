"""Blocks that make text."""

from typing import Any, Final

from blocks.base import Block, Pins, Steps, block, pin
from blocks.context import Context
from blocks.errors import BlockError
from blocks.spec import Category, Example
from blocks.templates import render

MAX_CHARACTERS: Final = 10 * 1024 * 1024


@block(
    id="db7d8f02-2f44-4c55-ab7a-eae0941f0c30",
    name="FillTextTemplateBlock",
    categories=(Category.TEXT,),
    inline=True,
    examples=(
        Example(
            inputs={"values": {"name": "Ann"}, "format": "Hello, {{ name }}!"},
            outputs=[("output", "Hello, Ann!")],
        ),
        Example(
            inputs={
                "values_#_items": ["a", "b"],
                "format": "{% for item in items %}{{ item }};{% endfor %}",
            },
            outputs=[("output", "a;b;")],
        ),
        Example(
            inputs={"values": {"x": "<b>"}, "format": "{{ x }}", "escape_html": True},
            outputs=[("output", "&lt;b&gt;")],
        ),
        Example(inputs={"values": {}, "format": "{{ 1 / 0 }}"}, error="line 1"),
    ),
)
class FillTextTemplate(Block):
    """Puts values into a text with places for them, written in Jinja."""

    class Input(Pins):
        values: dict[str, Any] = pin("The values, by the name of their place.")
        format: str = pin(
            "The text; {{ name }} is a place, {% for %} and {% if %} work too.",
            placeholder="Dear {{ name }}, …",
        )
        escape_html: bool = pin(
            "Make the values safe for HTML.", default=False, advanced=True
        )

    class Output(Pins):
        output: str = pin("The text with the values in their places.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        values = inputs.values
        yield "output", render(inputs.format, values, escape_html=inputs.escape_html)


@block(
    id="e30a4d42-7b7d-4e6a-b36e-1f9b8e3b7d85",
    name="CombineTextsBlock",
    categories=(Category.TEXT,),
    inline=True,
    examples=(
        Example(
            inputs={"input": ["tea", "milk"], "delimiter": ", "},
            outputs=[("output", "tea, milk")],
        ),
        Example(
            inputs={"input_$_0": "a", "input_$_1": "b"}, outputs=[("output", "ab")]
        ),
        Example(inputs={"input": []}, outputs=[("output", "")]),
    ),
)
class CombineTexts(Block):
    """Joins texts into one."""

    class Input(Pins):
        input: list[str] = pin("The texts, in order.")
        delimiter: str = pin("What to put between them.", default="")

    class Output(Pins):
        output: str = pin("The joined text.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        texts: list[str] = inputs.input
        size = sum(map(len, texts)) + len(inputs.delimiter) * max(len(texts) - 1, 0)
        if size > MAX_CHARACTERS:
            raise BlockError(
                f"the joined text would have {size:,} characters "
                f"(limit {MAX_CHARACTERS:,})"
            )
        yield "output", inputs.delimiter.join(texts)
