"""Blocks that tell the time and let it pass."""

import re
from datetime import datetime, timedelta
from typing import Annotated, Any, Final, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field

from blocks.base import Block, Pins, Steps, block, pin
from blocks.context import Context, Wait
from blocks.errors import BlockInputError
from blocks.spec import Category, Effect, Example

MAX_FORMAT_CHARACTERS: Final = 1_000
MAX_WAIT_S: Final = 7 * 24 * 3600


class StrftimeFormat(BaseModel):
    discriminator: Literal["strftime"] = "strftime"
    format: str = Field("%Y-%m-%d %H:%M:%S", max_length=MAX_FORMAT_CHARACTERS)
    timezone: str = "UTC"
    use_user_timezone: bool = False

    def text(self, moment: datetime) -> str:
        return moment.strftime(self.format)


class ISO8601Format(BaseModel):
    discriminator: Literal["iso8601"] = "iso8601"
    timezone: str = "UTC"
    use_user_timezone: bool = False
    include_microseconds: bool = False

    def text(self, moment: datetime) -> str:
        precision = "microseconds" if self.include_microseconds else "seconds"
        return moment.isoformat(timespec=precision)


TimeFormat = Annotated[
    StrftimeFormat | ISO8601Format, Field(discriminator="discriminator")
]


@block(
    id="716a67b3-6760-42e7-86dc-18645c6e00fc",
    name="GetCurrentDateAndTimeBlock",
    categories=(Category.TEXT,),
    effect=Effect.IDEMPOTENT,
    inline=True,
    examples=(
        Example(
            inputs={"trigger": "now"}, outputs=[("date_time", "2026-01-31 12:30:45")]
        ),
        Example(
            inputs={
                "trigger": "now",
                "format_type": {"discriminator": "iso8601", "timezone": "Asia/Tokyo"},
            },
            outputs=[("date_time", "2026-01-31T21:30:45+09:00")],
        ),
        Example(
            inputs={
                "trigger": "now",
                "format_type": {"discriminator": "strftime", "timezone": "Mars"},
            },
            error="time zone 'Mars'",
        ),
    ),
)
class GetCurrentDateAndTime(Block):
    """Tells the date and time, when it is triggered."""

    class Input(Pins):
        trigger: str = pin("Anything; it only starts the block.")
        format_type: TimeFormat = pin(
            "How to write it, and in which time zone.", default=StrftimeFormat()
        )

    class Output(Pins):
        date_time: str = pin("The date and time.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        yield "date_time", written(inputs.format_type, ctx)


def written(
    style: StrftimeFormat | ISO8601Format,
    ctx: Context,
    *,
    earlier: timedelta = timedelta(),
) -> str:
    """The time it is, or was earlier, in the style's own time zone.

    Raises:
        BlockInputError: the style cannot be used, or no calendar has the day.
    """
    zone = _zone(ctx.timezone if style.use_user_timezone else style.timezone)
    try:
        return style.text(ctx.now().astimezone(zone) - earlier)
    except ValueError as error:
        raise BlockInputError(f"pin 'format_type': {error}") from None
    except OverflowError:
        raise BlockInputError("pin 'offset': no calendar goes so far") from None


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        raise BlockInputError(
            f"there is no time zone {name[:80]!r}; use a name like Europe/Oslo"
        ) from None


@block(
    id="d67a9c52-5e4e-11e2-bcfd-0800200c9a71",
    name="CountdownTimerBlock",
    categories=(Category.TEXT,),
    incremental=True,
    examples=(
        Example(inputs={}, outputs=[("output_message", "timer finished")]),
        Example(
            inputs={"input_message": "tick", "seconds": 2, "repeat": 2},
            outputs=[("output_message", "tick"), ("output_message", "tick")],
        ),
        Example(inputs={"days": 1, "repeat": 10}, error="exceeds max"),
        Example(inputs={"seconds": "-1"}, error="non-negative"),
    ),
)
class CountdownTimer(Block):
    """Waits, then sends a message; as often as told."""

    class Input(Pins):
        input_message: Any = pin("What to send.", default="timer finished")
        seconds: int | str = pin("Seconds to wait.", default=0)
        minutes: int | str = pin("Minutes to wait.", default=0)
        hours: int | str = pin("Hours to wait.", default=0)
        days: int | str = pin("Days to wait.", default=0)
        repeat: int = pin("How often to wait and send.", default=1, ge=1, le=1000)

    class Output(Pins):
        output_message: Any = pin("The message, after each wait.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        seconds = _duration_s(inputs)
        for _ in range(inputs.repeat):
            if seconds:
                yield Wait(seconds=seconds)
            yield "output_message", inputs.input_message


_UNITS: Final = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86_400}
_WHOLE = re.compile(r"\s*[+-]?[0-9]{1,15}\s*")


def _duration_s(inputs: CountdownTimer.Input) -> int:
    seconds = sum(
        _whole(unit, getattr(inputs, unit)) * size for unit, size in _UNITS.items()
    )
    total = seconds * inputs.repeat
    if total > MAX_WAIT_S:
        raise BlockInputError(
            f"a wait of {total:,} s in all exceeds max of {MAX_WAIT_S:,} s (7 days)"
        )
    return seconds


def _whole(unit: str, value: int | str) -> int:
    if isinstance(value, str) and not _WHOLE.fullmatch(value):
        raise BlockInputError(f"pin {unit!r}: {value[:80]!r} is not a whole number")
    number = int(value)
    if number < 0:
        raise BlockInputError(f"pin {unit!r} must be non-negative, not {number}")
    return number
