"""Google Calendar: reading events."""

from datetime import timedelta
from typing import Any, Final

from pydantic import BaseModel

from blocks.base import Block, Pins, Steps, block, pin
from blocks.context import Context
from blocks.credentials import CredentialRef
from blocks.google import ACCOUNT, account_pin, example_call
from blocks.google_calendar import BASE, FOUND, calendar_of, moment
from blocks.rest import given, query_text, segment
from blocks.spec import Category, CostHint, Effect, Example
from blocks.values import JsonObject

_TOLD: Final[JsonObject] = {
    "id": "e1",
    "title": "Tea",
    "start_time": "2026-02-01T16:00:00Z",
    "end_time": "2026-02-01T17:00:00Z",
    "is_all_day": False,
    "location": None,
    "description": None,
    "organizer": None,
    "attendees": [],
    "has_video_call": False,
    "video_link": None,
    "calendar_link": "https://calendar.example/e1",
    "is_recurring": False,
}


class CalendarEvent(BaseModel):
    id: str
    title: str
    start_time: str
    end_time: str
    is_all_day: bool
    location: str | None
    description: str | None
    organizer: str | None
    attendees: list[str]
    has_video_call: bool
    video_link: str | None
    calendar_link: str
    is_recurring: bool


@block(
    id="80bc3ed1-e9a4-449e-8163-a8fc86f74f6a",
    name="GoogleCalendarReadEventsBlock",
    categories=(Category.PRODUCTIVITY, Category.DATA),
    effect=Effect.IDEMPOTENT,
    cost=CostHint.NETWORK,
    examples=(
        Example(
            inputs={"max_events": 5, "time_range_days": 7},
            credentials=(ACCOUNT,),
            calls=(
                example_call(
                    "GET",
                    f"{BASE}/calendars/primary/events?maxResults=5"
                    "&timeMin=2026-01-31T12%3A30%3A45%2B00%3A00"
                    "&timeMax=2026-02-07T12%3A30%3A45%2B00%3A00"
                    "&singleEvents=true&orderBy=startTime",
                    {"items": [FOUND], "nextPageToken": "more"},
                ),
            ),
            outputs=[
                ("event", _TOLD),
                ("events", [_TOLD]),
                ("next_page_token", "more"),
            ],
        ),
    ),
)
class GoogleCalendarReadEvents(Block):
    """Reads the events of a Google calendar, in the order of their beginnings."""

    class Input(Pins):
        credentials: CredentialRef | None = account_pin("calendar.readonly")
        calendar_id: str = pin("The calendar.", default="primary")
        max_events: int = pin("How many events at most.", default=10, ge=1, le=2500)
        start_time: str = pin("From when on, in ISO 8601; by default now.", default="")
        time_range_days: int = pin("How many days.", default=30, ge=1, le=3650)
        search_term: str | None = pin("Only events with this.", default=None)
        page_token: str | None = pin("Where to go on.", default=None, advanced=True)
        include_declined_events: bool = pin("Also those declined.", default=False)

    class Output(Pins):
        events: list[CalendarEvent] = pin("All events.")
        event: CalendarEvent = pin("Each event.")
        next_page_token: str = pin("Where to go on, if there are more.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        calendar = await calendar_of(inputs.credentials, ctx)
        path = f"/calendars/{segment('calendar_id', inputs.calendar_id)}/events"
        answer = await calendar.get(path + query_text(_search(inputs, ctx)))
        items = answer.get("items") or []
        if not inputs.include_declined_events:
            items = [each for each in items if not _is_declined(each)]
        events = [_told(each) for each in items]
        for event in events:
            yield "event", event
        yield "events", events
        if token := answer.get("nextPageToken"):
            yield "next_page_token", token


def _search(inputs: Any, ctx: Context) -> dict[str, Any]:
    start = moment(inputs.start_time, ctx) if inputs.start_time else ctx.now()
    end = start + timedelta(days=inputs.time_range_days)
    return given(
        maxResults=inputs.max_events,
        timeMin=start.isoformat(),
        timeMax=end.isoformat(),
        singleEvents=True,
        orderBy="startTime",
        q=inputs.search_term,
        pageToken=inputs.page_token,
    )


def _is_declined(event: Any) -> bool:
    people = event.get("attendees") or ()
    return any(p.get("self") and p.get("responseStatus") == "declined" for p in people)


def _told(event: Any) -> CalendarEvent:
    start, end = event.get("start") or {}, event.get("end") or {}
    people = event.get("attendees") or ()
    return CalendarEvent(
        id=event["id"],
        title=event.get("summary") or "",
        start_time=start.get("dateTime") or start.get("date") or "",
        end_time=end.get("dateTime") or end.get("date") or "",
        is_all_day="date" in start,
        location=event.get("location"),
        description=event.get("description"),
        organizer=(event.get("organizer") or {}).get("email"),
        attendees=[person["email"] for person in people if person.get("email")],
        has_video_call=bool(event.get("hangoutLink")),
        video_link=event.get("hangoutLink"),
        calendar_link=event.get("htmlLink") or "",
        is_recurring="recurringEventId" in event,
    )
