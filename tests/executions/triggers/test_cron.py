"""When schedules are due: expressions, time zones, clocks that change, missed times."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executions.triggers.cron import (
    CronError,
    Misfire,
    Timetable,
    in_words,
    step,
    timezone_names,
)

BERLIN = "Europe/Berlin"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def upcoming(cron: str, zone: str, start: str, count: int = 3) -> list[str]:
    found = Timetable.parse(cron, zone).upcoming(at(start), count)
    return [f"{moment:%m-%d %H:%M}" for moment in found]


# --- Expressions ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cron", "field", "said"),
    [
        pytest.param("", "cron", "five fields", id="nothing"),
        pytest.param("* * * *", "cron", "It has 4", id="four fields"),
        pytest.param("* * * * * *", "cron", "It has 6", id="with seconds"),
        pytest.param("60 * * * *", "cron", "minute", id="no such minute"),
        pytest.param("* 24 * * *", "cron", "hour", id="no such hour"),
        pytest.param("* * 0 * *", "cron", "day-of-month", id="no such day"),
        pytest.param("* * * 13 *", "cron", "month", id="no such month"),
        pytest.param("* * * * 8", "cron", "day-of-week", id="no such weekday"),
        pytest.param("*/0 * * * *", "cron", "minute", id="no step at all"),
        pytest.param("@daily x x x x", "cron", "minute", id="a nickname"),
        pytest.param("0 0 30 2 *", "cron", "day-of-month", id="never"),
        pytest.param("0 0 29 2 3#1", "cron", "", id="an odd one that exists"),
    ],
)
def test_what_is_no_expression_is_refused_by_its_field(cron, field, said):
    if not said:
        assert Timetable.parse(cron, "UTC").after(at("2026-01-01"))
        return
    with pytest.raises(CronError, match=said) as refused:
        Timetable.parse(cron, "UTC")
    assert refused.value.field == field


@pytest.mark.parametrize("zone", ["", "Mars/Phobos", "../etc/passwd", "europe/berlin "])
def test_what_is_no_time_zone_is_refused(zone):
    with pytest.raises(CronError, match="Not a time zone") as refused:
        Timetable.parse("* * * * *", zone)
    assert refused.value.field == "timezone"


def test_spaces_between_fields_do_not_matter():
    assert Timetable.parse(" 0\t9  * *\n1-5 ", "UTC").cron == "0 9 * * 1-5"


@given(st.text(st.characters(codec="utf-8"), max_size=40))
def test_no_text_breaks_it(text):
    with pytest.raises(CronError):
        Timetable.parse(f"{text} x", "UTC")


FIELD = st.text(st.sampled_from("0123456789*/,-L#WMONJAul"), min_size=1, max_size=5)


@given(st.lists(FIELD, min_size=5, max_size=5), st.sampled_from(["UTC", BERLIN]))
def test_what_is_taken_has_times_and_words(fields, zone):
    try:
        table = Timetable.parse(" ".join(fields), zone)
    except CronError:
        return
    start = at("2026-03-28T12:00:30")
    times = [start, *table.upcoming(start, 3)]
    assert len(times) > 1
    assert all(a < b for a, b in pairwise(times))
    assert in_words(table.cron)


def test_it_says_itself_in_words():
    table = Timetable.parse("0 9 * * 1-5", "UTC")
    assert in_words(table.cron) == "At 09:00 on Monday through Friday"


# --- Clocks that change ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("cron", "zone", "start", "expected"),
    [
        # In Berlin 2026-03-29 has no hour from 02:00, and 2026-10-25 has it twice.
        pytest.param(
            "30 2 * * *", BERLIN, "2026-03-28T00:00",
            ["03-28 01:30", "03-29 01:00", "03-30 00:30"],
            id="a time that is jumped over is due right after",
        ),
        pytest.param(
            "30 2 * * *", BERLIN, "2026-10-24T00:00",
            ["10-24 00:30", "10-25 00:30", "10-26 01:30"],
            id="a time that is repeated is due once",
        ),
        pytest.param(
            "0 9 * * *", BERLIN, "2026-03-28T00:00",
            ["03-28 08:00", "03-29 07:00", "03-30 07:00"],
            id="nine stays nine on the clock",
        ),
        pytest.param(
            "*/30 * * * *", BERLIN, "2026-03-29T00:15",
            ["03-29 00:30", "03-29 01:00", "03-29 01:30"],
            id="every half hour of time that passes, in spring",
        ),
        pytest.param(
            "*/30 * * * *", BERLIN, "2026-10-24T23:45",
            ["10-25 00:00", "10-25 00:30", "10-25 01:00"],
            id="and in autumn",
        ),
        pytest.param(
            # 00:45 UTC is 02:45 the first time, 01:45 UTC the second.
            "50 2 * * *", BERLIN, "2026-10-25T01:45",
            ["10-26 01:50", "10-27 01:50", "10-28 01:50"],
            id="in the second of the repeated hours nothing lies in the past",
        ),
        pytest.param(
            "0 0 * * *", "Africa/Cairo", "2026-04-23T00:00",
            ["04-23 22:00", "04-24 21:00", "04-25 21:00"],
            id="a midnight that is jumped over",
        ),
        pytest.param(
            "0 12 * * *", "Asia/Kathmandu", "2026-01-01T00:00",
            ["01-01 06:15", "01-02 06:15", "01-03 06:15"],
            id="a zone off the full hour",
        ),
    ],
)  # fmt: skip
def test_clocks_that_change(cron, zone, start, expected):
    assert upcoming(cron, zone, start) == expected


@given(
    st.sampled_from(["30 2 * * *", "*/20 * * * *", "0 */3 * * *", "5,50 1-3 * * *"]),
    st.sampled_from([BERLIN, "America/New_York", "Australia/Lord_Howe", "UTC"]),
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),
)
def test_the_next_time_is_always_later(cron, zone, moment):
    table = Timetable.parse(cron, zone)
    found = table.after(moment)
    assert found is not None
    assert found > moment
    assert found - moment < timedelta(hours=26)


def test_the_names_of_time_zones_are_those_of_iana():
    assert {"UTC", BERLIN, "America/Argentina/Buenos_Aires"} <= timezone_names()


# --- Times that were missed -----------------------------------------------------------

HOURLY = Timetable.parse("0 * * * *", "UTC")
NEVER_AGAIN = Timetable.parse("0 0 1 1 *", "UTC")


@pytest.mark.parametrize(
    ("misfire", "now", "due", "then"),
    [
        # next_at is 09:00; what is done at `now`, and what is looked at next.
        (Misfire.SKIP, "09:00:00.4", "09:00", "10:00"),
        (Misfire.SKIP, "09:00:59", "09:00", "10:00"),
        (Misfire.SKIP, "09:01:00", None, "10:00"),
        (Misfire.SKIP, "12:30:00", None, "13:00"),
        (Misfire.SKIP, "12:00:30", "12:00", "13:00"),
        (Misfire.ONCE, "09:00:00.4", "09:00", "10:00"),
        (Misfire.ONCE, "12:30:00", "09:00", "13:00"),
        (Misfire.ONCE, "12:00:00", "09:00", "13:00"),
        (Misfire.ALL, "09:00:00.4", "09:00", "10:00"),
        (Misfire.ALL, "12:30:00", "09:00", "10:00"),
    ],
)
def test_missed_times(misfire, now, due, then):
    done = step(HOURLY, at("2026-05-05T09:00"), at(f"2026-05-05T{now}"), misfire)
    assert done.due == (at(f"2026-05-05T{due}") if due else None)
    assert done.then == at(f"2026-05-05T{then}")
