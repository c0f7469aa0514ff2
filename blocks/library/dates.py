"""Blocks that tell the time of day, and the date of a day before or after today."""

import re
from datetime import datetime, timedelta
from typing import Annotated, Any, Final

from pydantic import Field

from blocks.base import Block, Pins, Steps, block, pin
from blocks.context import Context
from blocks.errors import BlockInputError
from blocks.library.time import (
    MAX_FORMAT_CHARACTERS,
    ISO8601Format,
    StrftimeFormat,
    written,
)
from blocks.spec import Category, Effect, Example


class TimeStrftimeFormat(StrftimeFormat):
    format: str = Field("%H:%M:%S", max_length=MAX_FORMAT_CHARACTERS)


class TimeISO8601Format(ISO8601Format):
    def text(self, moment: datetime) -> str:
        return "T" + super().text(moment).partition("T")[2]


class DateStrftimeFormat(StrftimeFormat):
    format: str = Field("%Y-%m-%d", max_length=MAX_FORMAT_CHARACTERS)


class DateISO8601Format(ISO8601Format):
    def text(self, moment: datetime) -> str:
        return moment.date().isoformat()


TimeFormat = Annotated[
    TimeStrftimeFormat | TimeISO8601Format, Field(discriminator="discriminator")
]
DateFormat = Annotated[
    DateStrftimeFormat | DateISO8601Format, Field(discriminator="discriminator")
]


@block(
    id="a892b8d9-3e4e-4e9c-9c1e-75f8efcf1bfa",
    name="GetCurrentTimeBlock",
    categories=(Category.TEXT,),
    effect=Effect.IDEMPOTENT,
    inline=True,
    examples=(
        Example(inputs={"trigger": "now"}, outputs=[("time", "12:30:45")]),
        Example(
            inputs={
                "trigger": "now",
                "format_type": {"discriminator": "iso8601", "timezone": "Asia/Tokyo"},
            },
            outputs=[("time", "T21:30:45+09:00")],
        ),
    ),
)
class GetCurrentTime(Block):
    """Tells the time of day, when it is triggered."""

    class Input(Pins):
        trigger: str = pin("Anything; it only starts the block.")
        format_type: TimeFormat = pin(
            "How to write it, and in which time zone.", default=TimeStrftimeFormat()
        )

    class Output(Pins):
        time: str = pin("The time of day.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        yield "time", written(inputs.format_type, ctx)


@block(
    id="b29c1b50-5d0e-4d9f-8f9d-1b0e6fcbf0b1",
    name="GetCurrentDateBlock",
    categories=(Category.TEXT,),
    effect=Effect.IDEMPOTENT,
    inline=True,
    examples=(
        Example(inputs={"trigger": "now"}, outputs=[("date", "2026-01-31")]),
        Example(
            inputs={
                "trigger": "now",
                "offset": "-1",
                "format_type": {"discriminator": "iso8601"},
            },
            outputs=[("date", "2026-02-01")],
        ),
        Example(
            inputs={"trigger": "now", "offset": "a week"},
            outputs=[("date", "2026-01-31")],
        ),
        Example(inputs={"trigger": "now", "offset": 10**9}, error="offset"),
    ),
)
class GetCurrentDate(Block):
    """Tells the date, or that of so many days ago, when it is triggered."""

    class Input(Pins):
        trigger: str = pin("Anything; it only starts the block.")
        offset: int | str = pin(
            "Days to go back; below 0 to go on. What is no whole number counts as 0.",
            default=0,
        )
        format_type: DateFormat = pin(
            "How to write it, and in which time zone.", default=DateStrftimeFormat()
        )

    class Output(Pins):
        date: str = pin("The date.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        earlier = _days(inputs.offset)
        yield "date", written(inputs.format_type, ctx, earlier=earlier)


_WHOLE: Final = re.compile(r"\s*[+-]?[0-9]{1,15}\s*")


def _days(offset: int | str) -> timedelta:
    if isinstance(offset, str) and not _WHOLE.fullmatch(offset):
        return timedelta()
    try:
        return timedelta(days=int(offset))
    except OverflowError:
        raise BlockInputError("pin 'offset': no calendar goes so far") from None
