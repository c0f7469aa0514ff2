"""What the blocks of Google Calendar share: the account, and reading times."""

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from blocks.context import Context
from blocks.credentials import CredentialRef
from blocks.errors import BlockInputError
from blocks.google import google_of
from blocks.rest import Rest
from blocks.values import JsonObject

BASE: Final = "https://www.googleapis.com/calendar/v3"
FOUND: Final[JsonObject] = {
    "id": "e1",
    "summary": "Tea",
    "htmlLink": "https://calendar.example/e1",
    "start": {"dateTime": "2026-02-01T16:00:00Z"},
    "end": {"dateTime": "2026-02-01T17:00:00Z"},
}


async def calendar_of(ref: CredentialRef | None, ctx: Context) -> Rest:
    return await google_of(ref, ctx, "Google Calendar", BASE)


def moment(text: str, ctx: Context) -> datetime:
    """Without an offset, the time is that of who runs the agent."""
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        raise BlockInputError(
            f"{text[:40]!r} is not a time in ISO 8601, like 2026-01-31T12:00:00"
        ) from None
    return found if found.tzinfo else found.replace(tzinfo=zone(ctx.timezone))


def zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")
