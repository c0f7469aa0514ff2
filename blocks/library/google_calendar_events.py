"""Google Calendar: making events."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from blocks.base import Block, Pins, Steps, block, pin
from blocks.context import Context
from blocks.credentials import CredentialRef
from blocks.errors import BlockInputError
from blocks.google import ACCOUNT, account_pin, example_call
from blocks.google_calendar import BASE, FOUND, calendar_of, moment, zone
from blocks.rest import given, query_text, segment
from blocks.spec import Category, CostHint, Effect, Example
from blocks.values import JsonObject


class SendUpdates(StrEnum):
    ALL = "all"
    EXTERNAL_ONLY = "externalOnly"
    NONE = "none"


class Frequency(StrEnum):
    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"
    YEARLY = "YEARLY"


class ExactTiming(BaseModel):
    discriminator: Literal["exact_timing"] = "exact_timing"
    start_datetime: str
    end_datetime: str


class DurationTiming(BaseModel):
    discriminator: Literal["duration_timing"] = "duration_timing"
    start_datetime: str
    duration_minutes: int = Field(default=60, ge=1, le=525_600)


class OneTime(BaseModel):
    discriminator: Literal["one_time"] = "one_time"


class Recurring(BaseModel):
    discriminator: Literal["recurring"] = "recurring"
    frequency: Frequency
    count: int = Field(default=10, ge=1, le=999)


@block(
    id="ed2ec950-fbff-4204-94c0-023fb1d625e0",
    name="GoogleCalendarCreateEventBlock",
    categories=(Category.PRODUCTIVITY,),
    effect=Effect.ONCE,
    cost=CostHint.NETWORK,
    examples=(
        Example(
            inputs={
                "event_title": "Tea",
                "timing": {
                    "discriminator": "duration_timing",
                    "start_datetime": "2026-02-01T16:00:00",
                    "duration_minutes": 30,
                },
            },
            credentials=(ACCOUNT,),
            calls=(
                example_call(
                    "POST", f"{BASE}/calendars/primary/events?sendUpdates=all", FOUND
                ),
            ),
            outputs=[
                ("event_id", "e1"),
                ("event_link", "https://calendar.example/e1"),
            ],
        ),
    ),
)
class GoogleCalendarCreateEvent(Block):
    """Makes an event in a Google calendar. Times without an offset are those of who
    runs the agent."""

    class Input(Pins):
        credentials: CredentialRef | None = account_pin("calendar")
        event_title: str = pin("The title.")
        location: str | None = pin("Where.", default=None)
        description: str | None = pin("More about it.", default=None)
        timing: Annotated[
            ExactTiming | DurationTiming, Field(discriminator="discriminator")
        ] = pin("From when, and until when or how long.")
        calendar_id: str = pin("The calendar.", default="primary")
        guest_emails: list[str] = pin("Who is invited.", default=[])
        send_notifications: SendUpdates = pin(
            "Which guests are told.", default=SendUpdates.ALL
        )
        add_google_meet: bool = pin("With a video call.", default=False)
        recurrence: Annotated[
            OneTime | Recurring, Field(discriminator="discriminator")
        ] = pin("Whether it comes again.", default=OneTime())
        reminder_minutes: list[int] = pin(
            "How many minutes before to remind.", default=[], advanced=True
        )

    class Output(Pins):
        event_id: str = pin("The id of the event.")
        event_link: str = pin("The address of the event.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        calendar = await calendar_of(inputs.credentials, ctx)
        query = given(
            sendUpdates=inputs.send_notifications.value,
            conferenceDataVersion=1 if inputs.add_google_meet else None,
        )
        path = f"/calendars/{segment('calendar_id', inputs.calendar_id)}/events"
        made = await calendar.post(path + query_text(query), _event(inputs, ctx))
        yield "event_id", made["id"]
        yield "event_link", made.get("htmlLink") or ""


def _event(inputs: Any, ctx: Context) -> JsonObject:
    start = moment(inputs.timing.start_datetime, ctx)
    event: JsonObject = {
        "summary": inputs.event_title,
        "start": _point(start, ctx),
        "end": _point(_end(inputs.timing, start, ctx), ctx),
    }
    event |= given(location=inputs.location, description=inputs.description)
    if inputs.guest_emails:
        event["attendees"] = [{"email": email} for email in inputs.guest_emails]
    if inputs.add_google_meet:
        event["conferenceData"] = {"createRequest": {"requestId": ctx.idempotency_key}}
    if isinstance(inputs.recurrence, Recurring):
        rule = inputs.recurrence
        event["recurrence"] = [f"RRULE:FREQ={rule.frequency};COUNT={rule.count}"]
    if inputs.reminder_minutes:
        event["reminders"] = {
            "useDefault": False,
            "overrides": [
                {"method": "popup", "minutes": each} for each in inputs.reminder_minutes
            ],
        }
    return event


def _end(
    timing: ExactTiming | DurationTiming, start: datetime, ctx: Context
) -> datetime:
    if isinstance(timing, DurationTiming):
        return start + timedelta(minutes=timing.duration_minutes)
    end = moment(timing.end_datetime, ctx)
    if end <= start:
        raise BlockInputError("pin 'timing': the event ends before it begins")
    return end


def _point(moment: datetime, ctx: Context) -> JsonObject:
    # Events that come again need the name of a zone, not an offset alone.
    return {"dateTime": moment.isoformat(), "timeZone": zone(ctx.timezone).key}
