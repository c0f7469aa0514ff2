"""When a schedule is due: a cron expression of five fields in a time zone."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cache
from itertools import islice
from typing import Final, Self
from zoneinfo import ZoneInfo, available_timezones

from cronsim import CronSim, CronSimError

MISFIRE_GRACE: Final = timedelta(seconds=60)
"""So late a start is still in time for those who skip what they missed."""

_FIELDS: Final = 5
_ANY_TIME: Final = datetime(2024, 1, 1, tzinfo=UTC)


class Misfire(StrEnum):
    """What becomes of due times that passed while nobody could start them."""

    SKIP = "skip"
    ONCE = "once"
    ALL = "all"


class CronError(ValueError):
    """No schedule can follow this; `field` says which part of it is wrong."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class Timetable:
    """Moments in UTC, none twice. As in Debian's cron, a time of day that the clocks
    jump over is due right after the jump, one that they repeat is due the first time;
    what is due every so many minutes or hours follows the time that really passes."""

    cron: str
    zone: ZoneInfo

    @classmethod
    def parse(cls, cron: str, timezone: str) -> Self:
        """
        Raises:
            CronError: there is no such time zone, or the expression names no time.
        """
        if timezone not in timezone_names():
            message = "Not a time zone. Use a name such as Europe/Berlin, or UTC."
            raise CronError("timezone", message)
        table = cls(_normal(cron), ZoneInfo(timezone))
        if table.after(_ANY_TIME) is None:
            raise CronError("cron", "It names no time in the next 50 years.")
        return table

    def after(self, moment: datetime) -> datetime | None:
        """The first time later than `moment`, None if there is none in 50 years."""
        for local in CronSim(self.cron, moment.astimezone(self.zone)):
            found = local.astimezone(UTC)
            # In the hour that the clocks repeat, the first candidate has passed.
            if found > moment:
                return found
        return None

    def upcoming(self, moment: datetime, count: int) -> list[datetime]:
        return list(islice(self._all_after(moment), count))

    def _all_after(self, moment: datetime) -> Iterator[datetime]:
        found = self.after(moment)
        while found is not None:
            yield found
            found = self.after(found)


def in_words(cron: str) -> str:
    """What an expression that was parsed before says, without its time zone."""
    return CronSim(cron, _ANY_TIME).explain()


@cache
def timezone_names() -> frozenset[str]:
    """Reads a directory tree, hence once."""
    return frozenset(available_timezones())


def _normal(cron: str) -> str:
    """
    Raises:
        CronError: it is no expression of five fields.
    """
    parts = cron.split()
    if len(parts) != _FIELDS:
        message = (
            "Must have five fields: minute, hour, day of month, month, day of week. "
            f"It has {len(parts)}."
        )
        raise CronError("cron", message)
    text = " ".join(parts)
    try:
        CronSim(text, _ANY_TIME)
    except CronSimError as error:
        raise CronError("cron", f"{error}. Correct this field.") from None
    return text


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """`due` is the time to start an execution for, None if none is; `then` is the next
    one to look at, which may have passed, too."""

    due: datetime | None
    then: datetime | None


def step(table: Timetable, next_at: datetime, now: datetime, misfire: Misfire) -> Step:
    """What to do at `now` about `next_at`, which has passed, and the times since."""
    if misfire is Misfire.ALL:
        return Step(due=next_at, then=table.after(next_at))
    if misfire is Misfire.ONCE:
        return Step(due=next_at, then=table.after(now))
    return Step(due=_in_time(table, next_at, now), then=table.after(now))


def _in_time(table: Timetable, next_at: datetime, now: datetime) -> datetime | None:
    """The first time since `next_at` that has not been missed by too much."""
    earliest = now - MISFIRE_GRACE
    due = next_at if next_at > earliest else table.after(earliest)
    return due if due is not None and due <= now else None
