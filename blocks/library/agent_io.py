"""The inputs and outputs of an agent: where values enter and leave a run."""

from datetime import date, time
from typing import Annotated, Any

from pydantic import AfterValidator, WithJsonSchema

from blocks.base import Block, Pins, Steps, block, pin
from blocks.context import Context
from blocks.errors import BlockError
from blocks.spec import Category, Example, Kind
from blocks.templates import render

_INPUT = (Category.INPUT, Category.BASIC)


def _iso_date(value: str | None) -> str | None:
    if value is None:
        return None
    try:
        return date.fromisoformat(value.strip()).isoformat()
    except ValueError:
        raise ValueError("a date is written like 2026-01-31") from None


def _iso_time(value: str | None) -> str | None:
    if value is None:
        return None
    try:
        return time.fromisoformat(value.strip()).isoformat()
    except ValueError:
        raise ValueError("a time is written like 09:30 or 09:30:00") from None


# A missing value is dropped before validation, so the schemas leave null out: that
# keeps them simple for forms and for the check of a link's two ends.
ShortText = Annotated[
    str | None, WithJsonSchema({"type": "string", "format": "short-text"})
]
LongText = Annotated[
    str | None, WithJsonSchema({"type": "string", "format": "long-text"})
]
Number = Annotated[int | None, WithJsonSchema({"type": "integer"})]
Date = Annotated[
    str | None,
    AfterValidator(_iso_date),
    WithJsonSchema({"type": "string", "format": "date"}),
]
Time = Annotated[
    str | None,
    AfterValidator(_iso_time),
    WithJsonSchema({"type": "string", "format": "time"}),
]
Choice = Annotated[str | None, WithJsonSchema({"type": "string"})]
Table = Annotated[
    list[dict[str, Any]] | None,
    WithJsonSchema({"type": "array", "items": {"type": "object"}, "format": "table"}),
]


class InputPins(Pins):
    """What every input asks for; the kinds of input differ in `value`."""

    name: str = pin("The name under which a run gets the value.")
    value: Any = pin("The value, or what is used when a run gives none.", default=None)
    title: str | None = pin("What the form shows.", default=None, advanced=True)
    description: str | None = pin("Help for the form.", default=None, advanced=True)
    advanced: bool = pin(
        "Hide it among the advanced inputs.", default=False, advanced=True
    )


class AnyResult(Pins):
    result: Any = pin("The value given to the run.")


class TextResult(Pins):
    result: str = pin("The text given to the run.")


class _InputBlock(Block):
    Input = InputPins

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        if inputs.value is not None:
            yield "result", inputs.value


@block(
    id="c0a8e994-ebf1-4a9c-a4d8-89d09c86741b",
    name="AgentInputBlock",
    categories=_INPUT,
    kind=Kind.INPUT,
    inline=True,
    examples=(
        Example(inputs={"name": "city", "value": "Oslo"}, outputs=[("result", "Oslo")]),
        Example(inputs={"name": "count", "value": 0}, outputs=[("result", 0)]),
        Example(inputs={"name": "city"}),
    ),
)
class AgentInput(_InputBlock):
    """Brings a value of any kind into the agent."""

    Output = AnyResult


@block(
    id="7fcd3bcb-8e1b-4e69-903d-32d3d4a92158",
    name="AgentShortTextInputBlock",
    categories=_INPUT,
    kind=Kind.INPUT,
    inline=True,
    examples=(
        Example(inputs={"name": "city", "value": "Oslo"}, outputs=[("result", "Oslo")]),
    ),
)
class AgentShortTextInput(_InputBlock):
    """Brings a line of text into the agent."""

    class Input(InputPins):
        value: ShortText = pin("A line of text.", default=None)

    Output = TextResult


@block(
    id="90a56ffb-7024-4b2b-ab50-e26c5e5ab8ba",
    name="AgentLongTextInputBlock",
    categories=_INPUT,
    kind=Kind.INPUT,
    inline=True,
    examples=(
        Example(
            inputs={"name": "letter", "value": "Dear\nall"},
            outputs=[("result", "Dear\nall")],
        ),
    ),
)
class AgentLongTextInput(_InputBlock):
    """Brings text of several lines into the agent."""

    class Input(InputPins):
        value: LongText = pin("Text of any length.", default=None)

    Output = TextResult


@block(
    id="96dae2bb-97a2-41c2-bd2f-13a3b5a8ea98",
    name="AgentNumberInputBlock",
    categories=_INPUT,
    kind=Kind.INPUT,
    inline=True,
    examples=(
        Example(inputs={"name": "count", "value": 42}, outputs=[("result", 42)]),
        Example(inputs={"name": "count", "value": 1.5}, error="not a whole number"),
    ),
)
class AgentNumberInput(_InputBlock):
    """Brings a whole number into the agent."""

    class Input(InputPins):
        value: Number = pin("A whole number.", default=None)

    class Output(Pins):
        result: int = pin("The number given to the run.")


@block(
    id="7e198b09-4994-47db-8b4d-952d98241817",
    name="AgentDateInputBlock",
    categories=_INPUT,
    kind=Kind.INPUT,
    inline=True,
    examples=(
        Example(
            inputs={"name": "day", "value": "2026-01-31"},
            outputs=[("result", "2026-01-31")],
        ),
        Example(
            inputs={"name": "day", "value": "tomorrow"}, error="written like 2026-01-31"
        ),
    ),
)
class AgentDateInput(_InputBlock):
    """Brings a date into the agent."""

    class Input(InputPins):
        value: Date = pin("A date, like 2026-01-31.", default=None)

    class Output(Pins):
        result: str = pin("The date.", json_schema_extra={"format": "date"})


@block(
    id="2a1c757e-86cf-4c7e-aacf-060dc382e434",
    name="AgentTimeInputBlock",
    categories=_INPUT,
    kind=Kind.INPUT,
    inline=True,
    examples=(
        Example(
            inputs={"name": "at", "value": "09:30"}, outputs=[("result", "09:30:00")]
        ),
        Example(inputs={"name": "at", "value": "noon"}, error="written like 09:30"),
    ),
)
class AgentTimeInput(_InputBlock):
    """Brings a time of day into the agent."""

    class Input(InputPins):
        value: Time = pin("A time of day, like 09:30.", default=None)

    class Output(Pins):
        result: str = pin("The time.", json_schema_extra={"format": "time"})


@block(
    id="655d6fdf-a334-421c-b733-520549c07cd1",
    name="AgentDropdownInputBlock",
    categories=_INPUT,
    kind=Kind.INPUT,
    inline=True,
    examples=(
        Example(
            inputs={"name": "size", "value": "M", "options": ["S", "M"]},
            outputs=[("result", "M")],
        ),
    ),
)
class AgentDropdownInput(_InputBlock):
    """Brings one of several given texts into the agent."""

    class Input(InputPins):
        value: Choice = pin("The text that was chosen.", default=None)
        options: list[Any] = pin("The texts to choose from.", default=[])

    Output = TextResult


@block(
    id="cbf36ab5-df4a-43b6-8a7f-f7ed8652116e",
    name="AgentToggleInputBlock",
    categories=_INPUT,
    kind=Kind.INPUT,
    inline=True,
    examples=(
        Example(inputs={"name": "loud", "value": True}, outputs=[("result", True)]),
        Example(inputs={"name": "loud"}, outputs=[("result", False)]),
    ),
)
class AgentToggleInput(_InputBlock):
    """Brings a yes or a no into the agent."""

    class Input(InputPins):
        value: bool = pin("On or off.", default=False)

    class Output(Pins):
        result: bool = pin("Whether it is on.")


@block(
    id="5603b273-f41e-4020-af7d-fbc9c6a8d928",
    name="AgentTableInputBlock",
    categories=_INPUT,
    kind=Kind.INPUT,
    inline=True,
    examples=(
        Example(
            inputs={"name": "people", "value": [{"Name": "Ann", "Age": "30"}]},
            outputs=[("result", [{"Name": "Ann", "Age": "30"}])],
        ),
        Example(inputs={"name": "people"}, outputs=[("result", [])]),
    ),
)
class AgentTableInput(Block):
    """Brings rows with named columns into the agent."""

    class Input(InputPins):
        value: Table = pin("The rows; each maps column names to values.", default=None)
        column_headers: list[str] = pin(
            "The names of the columns.", default=["Column 1", "Column 2", "Column 3"]
        )

    class Output(Pins):
        result: list[dict[str, Any]] = pin("The rows given to the run.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        yield "result", inputs.value or []


@block(
    id="363ae599-353e-4804-937e-b2ee3cef3da4",
    name="AgentOutputBlock",
    categories=(Category.OUTPUT, Category.BASIC),
    kind=Kind.OUTPUT,
    inline=True,
    examples=(
        Example(
            inputs={"name": "answer", "value": 7},
            outputs=[("output", 7), ("name", "answer")],
        ),
        Example(
            inputs={"name": "answer", "value": 7, "format": "It is {{ answer }}."},
            outputs=[("output", "It is 7.")],
        ),
        Example(
            inputs={"name": "answer", "value": 7, "format": "{{ answer.x.y }}"},
            outputs=[("output", lambda text: "has no attribute 'x'" in text)],
        ),
    ),
)
class AgentOutput(Block):
    """Hands a value out of the agent, as it is or put into a text."""

    class Input(Pins):
        value: Any = pin("The value to hand out.", default=None)
        name: str = pin("The name of this output.")
        title: str | None = pin("What the page shows.", default=None, advanced=True)
        description: str | None = pin("What it is.", default=None, advanced=True)
        format: str = pin(
            "A template for the text to hand out; the variable has the output's name.",
            default="",
            advanced=True,
        )
        escape_html: bool = pin(
            "Make the value safe for HTML.", default=False, advanced=True
        )
        advanced: bool = pin(
            "Hide it among the advanced outputs.", default=False, advanced=True
        )

    class Output(Pins):
        output: Any = pin("The value handed out.")
        name: Any = pin("The name of this output.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        if inputs.format:
            yield "output", _formatted(inputs)
        else:
            yield "output", inputs.value
            yield "name", inputs.name


def _formatted(inputs: AgentOutput.Input) -> str:
    """The filled-in format; what is wrong with it is text for the reader too."""
    try:
        return render(
            inputs.format,
            {inputs.name: inputs.value},
            escape_html=inputs.escape_html,
        )
    except BlockError as error:
        return str(error)
