"""Feeds: what is read of them, and what is told once."""

from datetime import UTC, datetime

import pytest

from blocks.context import Wait
from blocks.errors import BlockError
from blocks.feeds import read_feed
from blocks.invoke import prepare
from blocks.testing import FakeContext, FakeHttp
from tests.blocks.calls import called, named

URL = "https://news.example/feed"
ATOM = b"""<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom"><title>News</title>
<entry><title type="html">Caf\xc3\xa9 &amp; tea</title><id>urn:1</id>
<link rel="self" href="https://x.example/self"/><link href="https://x.example/1"/>
<updated>2026-01-30T10:00:00+02:00</updated><summary>One <b>two</b></summary>
<author><name>Ada</name></author><category term="drinks"/></entry></feed>"""
RDF = b"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel><title>News</title></channel>
<item><title>Tea</title><link> https://x.example/2 </link><dc:creator>Bo</dc:creator>
<dc:date>2026-01-29</dc:date><dc:subject>hot</dc:subject></item></rdf:RDF>"""


def test_atom_is_read():
    (entry,) = read_feed(ATOM)
    assert (entry.id, entry.title, entry.link) == (
        "urn:1",
        "Café & tea",
        "https://x.example/1",
    )
    assert entry.published == datetime(2026, 1, 30, 8, tzinfo=UTC)
    assert (entry.author, entry.categories) == ("Ada", ["drinks"])
    assert entry.description == "One two"


def test_older_rss_is_read():
    (entry,) = read_feed(RDF)
    assert (entry.id, entry.link) == ("https://x.example/2", "https://x.example/2")
    assert (entry.author, entry.categories) == ("Bo", ["hot"])
    assert entry.published == datetime(2026, 1, 29, tzinfo=UTC)


DATES = [
    pytest.param("Sat, 31 Jan 2026 12:00:00 +0100", 11, id="mail"),
    pytest.param("2026-01-31T12:00:00Z", 12, id="iso"),
    pytest.param("2026-01-31T12:00:00", 12, id="iso-without-a-zone"),
]


def item(date: str, guid: str = "1") -> bytes:
    text = f"<item><title>T</title><guid>{guid}</guid><pubDate>{date}</pubDate></item>"
    return text.encode()


def feed(*items: bytes) -> bytes:
    return b"<rss><channel>" + b"".join(items) + b"</channel></rss>"


@pytest.mark.parametrize(("text", "hour"), DATES)
def test_dates_are_read(text, hour):
    (entry,) = read_feed(feed(item(text)))
    assert entry.published == datetime(2026, 1, 31, hour, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "yesterday", "31/01/2026", "2026-99-99"])
def test_date_that_is_none_is_none(text):
    assert read_feed(feed(item(text)))[0].published is None


BAD = [
    pytest.param(b"", "not XML", id="empty"),
    pytest.param(b"<html></html>", "not an RSS", id="page"),
    pytest.param(b"<rss>", "not XML", id="cut"),
    pytest.param(b"\xff\xfe\xff", "not XML", id="noise"),
    pytest.param(
        b'<!DOCTYPE r [<!ENTITY a "b">]><rss>&a;</rss>', "document type", id="entity"
    ),
    pytest.param(
        b'<!DOCTYPE r SYSTEM "file:///etc/passwd"><rss/>', "document type", id="file"
    ),
    pytest.param(
        b'<?xml version="1.0" encoding="no-such"?><rss/>',
        "not XML",
        id="unknown-encoding",
    ),
]


@pytest.mark.parametrize(("content", "reason"), BAD)
def test_what_is_no_feed_is_refused(content, reason):
    with pytest.raises(BlockError, match=reason) as caught:
        read_feed(content)
    assert caught.value.code == "bad_feed"


def test_no_more_entries_than_the_limit():
    assert len(read_feed(feed(*[item("", str(n)) for n in range(1_100)]))) == 1_000


async def test_old_entries_are_not_told_and_those_without_a_date_are():
    content = feed(
        item("2026-01-31T12:00:00Z", "new"),
        item("2026-01-01T12:00:00Z", "old"),
        item("", "undated"),
    )
    http = FakeHttp([("GET", URL, 200, {}, content)])
    asked = {"rss_url": URL, "polling_rate": 60, "run_continuously": False}
    result = await called("ReadRSSFeed", asked, FakeContext(http))
    assert [pin for pin, _ in result.outputs] == ["entry", "entry", "entries"]


async def test_each_entry_is_told_once_over_many_looks():
    first, second = item("", "1"), item("", "2")
    http = FakeHttp(
        [
            ("GET", URL, 200, {}, feed(first)),
            ("GET", URL, 200, {}, feed(second, first)),
        ]
    )
    spec = named("ReadRSSFeed")
    inputs = prepare(spec, {"rss_url": URL, "polling_rate": 1}, {})
    steps = []
    async for step in spec.block.run(inputs, FakeContext(http)):
        steps.append(step if isinstance(step, Wait) else step[0])
        if steps.count(Wait(seconds=10)) == 2:
            break
    assert steps == ["entry", "entries", Wait(seconds=10)] * 2


async def test_failure_of_the_server_is_told():
    http = FakeHttp([("GET", URL, 503, {}, b"")])
    asked = {"rss_url": URL, "polling_rate": 60}
    result = await called("ReadRSSFeed", asked, FakeContext(http))
    assert result.error.code == "server_error"


async def test_wikipedia_is_asked_in_the_language_that_is_wanted():
    url = "https://de.wikipedia.org/api/rest_v1/page/summary/A%2FB_%26_C"
    http = FakeHttp([("GET", url, 200, {}, b'{"extract": "Tee"}')])
    asked = {"topic": "A/B & C", "language": "de"}
    result = await called("GetWikipediaSummary", asked, FakeContext(http))
    assert result.outputs == [("summary", "Tee")]


@pytest.mark.parametrize("language", ["en.evil.example/", "EN", "", "e"])
async def test_language_cannot_name_another_host(language):
    asked = {"topic": "Tea", "language": language}
    result = await called("GetWikipediaSummary", asked)
    assert "'language'" in str(result.error)
