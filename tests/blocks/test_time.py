"""Clock and timer at their edges."""

from datetime import UTC, datetime

import pytest

from blocks.context import NodeIdentity
from blocks.testing import FakeContext
from tests.blocks.calls import called, failure

MOMENT = datetime(2026, 7, 1, 23, 59, 58, 123456, tzinfo=UTC)

FORMATS = [
    pytest.param({}, "2026-07-01 23:59:58", id="default"),
    pytest.param({"discriminator": "strftime", "format": "%d.%m."}, "01.07.", id="own"),
    pytest.param({"discriminator": "strftime", "format": ""}, "", id="empty"),
    pytest.param({"discriminator": "strftime", "timezone": "Asia/Kolkata"},
                 "2026-07-02 05:29:58", id="zone"),
    pytest.param({"discriminator": "strftime", "use_user_timezone": True},
                 "2026-07-02 01:59:58", id="zone-of-the-user"),
    pytest.param({"discriminator": "iso8601"}, "2026-07-01T23:59:58+00:00", id="iso"),
    pytest.param({"discriminator": "iso8601", "include_microseconds": True,
                  "use_user_timezone": True, "timezone": "Mars"},
                 "2026-07-02T01:59:58.123456+02:00", id="iso-zone-of-the-user"),
]  # fmt: skip


@pytest.mark.parametrize(("style", "text"), FORMATS)
async def test_time_is_told(style, text):
    ctx = FakeContext(identity=NodeIdentity(timezone="Europe/Oslo"), time=MOMENT)
    inputs = {"trigger": "x"} | ({"format_type": style} if style else {})
    result = await called("GetCurrentDateAndTime", inputs, ctx)
    assert result.outputs == [("date_time", text)]


BAD_FORMATS = [
    pytest.param({"discriminator": "strftime", "timezone": "../etc"}, "time zone",
                 id="path-as-zone"),
    pytest.param({"discriminator": "strftime", "timezone": "Europe"}, "time zone",
                 id="folder-as-zone"),
    pytest.param({"discriminator": "strftime", "timezone": ""}, "time zone",
                 id="no-zone"),
    pytest.param({"discriminator": "strftime", "format": "%Y" * 501}, "1000",
                 id="too-long"),
    pytest.param({"discriminator": "sundial"}, "format_type", id="unknown-kind"),
]  # fmt: skip


@pytest.mark.parametrize(("style", "part"), BAD_FORMATS)
async def test_bad_format_is_refused(style, part):
    inputs = {"trigger": "x", "format_type": style}
    assert part in await failure("GetCurrentDateAndTime", inputs)


WAITS = [
    pytest.param({}, [], id="no-wait"),
    pytest.param({"seconds": 5}, [5], id="seconds"),
    pytest.param({"seconds": " 5 ", "minutes": "1"}, [65], id="numeric-text"),
    pytest.param({"hours": 1, "days": 1}, [90_000], id="hours-and-days"),
    pytest.param({"seconds": 1, "repeat": 3}, [1, 1, 1], id="repeated"),
    pytest.param({"days": 7}, [604_800], id="as-long-as-allowed"),
]


@pytest.mark.parametrize(("inputs", "waits"), WAITS)
async def test_timer_waits_before_each_message(inputs, waits):
    result = await called("CountdownTimer", {"input_message": "m", **inputs})
    assert result.waits == waits
    assert result.outputs == [("output_message", "m")] * max(1, len(waits))


BAD_TIMES = [
    pytest.param({"seconds": -1}, "non-negative", id="negative"),
    pytest.param({"minutes": "-1", "hours": 5}, "non-negative", id="negative-part"),
    pytest.param({"seconds": "soon"}, "'soon' is not a whole number", id="word"),
    pytest.param({"seconds": "1.5"}, "not a whole number", id="fraction"),
    pytest.param({"days": 8}, "exceeds max", id="too-long"),
    pytest.param({"days": 1, "repeat": 8}, "exceeds max", id="too-long-in-all"),
    pytest.param({"repeat": 0}, "repeat", id="never"),
    pytest.param({"repeat": 1001}, "repeat", id="too-often"),
]


@pytest.mark.parametrize(("inputs", "part"), BAD_TIMES)
async def test_bad_time_is_refused(inputs, part):
    assert part in await failure("CountdownTimer", inputs)
