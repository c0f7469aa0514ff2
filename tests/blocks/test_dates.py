"""The date and the time of day at the edges."""

from datetime import UTC, datetime

import pytest

from blocks.context import NodeIdentity
from blocks.testing import FakeContext
from tests.blocks.calls import called, failure

MOMENT = datetime(2026, 3, 1, 23, 59, 58, 123456, tzinfo=UTC)
OSLO = FakeContext(identity=NodeIdentity(timezone="Europe/Oslo"), time=MOMENT)

TIMES = [
    pytest.param({}, "23:59:58", id="default"),
    pytest.param({"discriminator": "iso8601"}, "T23:59:58+00:00", id="iso"),
    pytest.param({"discriminator": "iso8601", "include_microseconds": True},
                 "T23:59:58.123456+00:00", id="iso-to-the-microsecond"),
    pytest.param({"discriminator": "strftime", "format": "%H", "use_user_timezone": 1},
                 "00", id="zone-of-the-user"),
]  # fmt: skip


@pytest.mark.parametrize(("style", "text"), TIMES)
async def test_time_of_day_is_told(style, text):
    inputs = {"trigger": "x"} | ({"format_type": style} if style else {})
    result = await called("GetCurrentTime", inputs, OSLO)
    assert result.outputs == [("time", text)]


DATES = [
    pytest.param({}, "2026-03-01", id="today"),
    pytest.param({"offset": 1}, "2026-02-28", id="days-are-taken-off"),
    pytest.param({"offset": " -2 "}, "2026-03-03", id="days-to-come"),
    pytest.param({"offset": "soon"}, "2026-03-01", id="bad-offset-is-0"),
    pytest.param({"offset": ""}, "2026-03-01", id="empty-offset-is-0"),
    pytest.param({"offset": "1.5"}, "2026-03-01", id="half-a-day-is-0"),
    pytest.param({"format_type": {"discriminator": "iso8601",
                                  "timezone": "Europe/Oslo"}}, "2026-03-02", id="zone"),
    pytest.param({"format_type": {"discriminator": "strftime", "format": "%d/%m"}},
                 "01/03", id="own-format"),
]  # fmt: skip


@pytest.mark.parametrize(("inputs", "text"), DATES)
async def test_date_is_told(inputs, text):
    result = await called("GetCurrentDate", {"trigger": "x", **inputs}, OSLO)
    assert result.outputs == [("date", text)]


@pytest.mark.parametrize("offset", [10**6, -(10**7), 10**14, "9" * 15])
async def test_day_of_no_calendar_is_refused(offset):
    inputs = {"trigger": "x", "offset": offset}
    assert "no calendar" in await failure("GetCurrentDate", inputs)
