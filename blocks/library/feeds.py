"""What feeds and encyclopaedias say."""

import asyncio
from datetime import datetime, timedelta
from typing import Any, Final

from pydantic import BaseModel, Field

from blocks.base import Block, Pins, Steps, block, pin
from blocks.context import Context, Wait
from blocks.errors import BlockError
from blocks.feeds import FeedEntry, read_feed
from blocks.rest import Rest, failure_code, segment
from blocks.spec import Category, CostHint, Effect, Example
from blocks.world import MIB

_MAX_FEED: Final = 4 * MIB
_SHORTEST_PAUSE_S: Final = 10
_REMEMBERED: Final = 5_000
_MOST_MINUTES: Final = 10 * 365 * 24 * 60
_XML: Final = {"content-type": "application/rss+xml"}
_JSON: Final = {"content-type": "application/json"}
_FEED: Final = b"""<rss version="2.0"><channel>
<item><title>Tea is up</title><link>https://news.example/2</link>
<description>By a third.</description><author>Ada</author>
<pubDate>Sat, 31 Jan 2026 12:00:00 GMT</pubDate><category>drinks</category></item>
<item><title>Old tea</title><link>https://news.example/1</link>
<pubDate>Fri, 02 Jan 2026 12:00:00 GMT</pubDate></item>
</channel></rss>"""
_ENTRY: Final = {
    "title": "Tea is up",
    "link": "https://news.example/2",
    "description": "By a third.",
    "pub_date": "2026-01-31T12:00:00Z",
    "author": "Ada",
    "categories": ["drinks"],
}


class RSSEntry(BaseModel):
    title: str
    link: str
    description: str
    pub_date: datetime | None = Field(description="When it was published, in UTC.")
    author: str
    categories: list[str]


@block(
    id="5ebe6768-8e5d-41e3-9134-1c7bd89a8d52",
    name="ReadRSSFeedBlock",
    categories=(Category.INPUT,),
    effect=Effect.IDEMPOTENT,
    cost=CostHint.NETWORK,
    incremental=True,
    examples=(
        Example(
            inputs={
                "rss_url": "https://news.example/feed",
                "time_period": 1440,
                "polling_rate": 300,
                "run_continuously": False,
            },
            calls=(("GET", "https://news.example/feed", 200, _XML, _FEED),),
            outputs=[("entry", _ENTRY), ("entries", [_ENTRY])],
        ),
        Example(
            inputs={"rss_url": "https://news.example/", "polling_rate": 300},
            calls=(("GET", "https://news.example/", 200, {}, b"<html></html>"),),
            error="not an RSS or Atom feed",
        ),
    ),
)
class ReadRSSFeed(Block):
    """Reads an RSS or Atom feed, again and again until the run ends if that is asked
    for. Each entry is told once; those without a date count as new when first seen."""

    class Input(Pins):
        rss_url: str = pin("The address of the feed.")
        time_period: int = pin(
            "How many minutes to look back at first.",
            default=1440,
            ge=0,
            le=_MOST_MINUTES,
        )
        polling_rate: int = pin("Seconds between two looks, at least 10.")
        run_continuously: bool = pin("Whether to go on looking.", default=True)

    class Output(Pins):
        entry: RSSEntry = pin("Each new entry.")
        entries: list[RSSEntry] = pin("The new entries of each look.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        since = ctx.now() - timedelta(minutes=inputs.time_period)
        seen: dict[str, None] = {}
        while True:
            new = _new(await _fetched(inputs.rss_url, ctx), since, seen)
            for entry in new:
                yield "entry", entry
            yield "entries", new
            if not inputs.run_continuously:
                return
            yield Wait(seconds=max(inputs.polling_rate, _SHORTEST_PAUSE_S))


async def _fetched(url: str, ctx: Context) -> list[FeedEntry]:
    answer = await ctx.http.request("GET", url, max_bytes=_MAX_FEED)
    if not 200 <= answer.status < 300:
        raise BlockError(
            f"the feed answered with {answer.status}", code=failure_code(answer.status)
        )
    return await asyncio.to_thread(read_feed, answer.body)


def _new(
    entries: list[FeedEntry], since: datetime, seen: dict[str, None]
) -> list[RSSEntry]:
    """Those not seen and not too old; they are remembered, the last few thousand."""
    new = []
    for entry in entries:
        is_old = entry.published is not None and entry.published < since
        if not is_old and entry.id not in seen:
            seen[entry.id] = None
            new.append(_told(entry))
    while len(seen) > _REMEMBERED:
        del seen[next(iter(seen))]
    return new


def _told(entry: FeedEntry) -> RSSEntry:
    return RSSEntry(
        title=entry.title,
        link=entry.link,
        description=entry.description,
        pub_date=entry.published,
        author=entry.author,
        categories=entry.categories,
    )


_SUMMARY: Final = "https://en.wikipedia.org/api/rest_v1/page/summary/"


@block(
    id="f5b0f5d0-1862-4d61-94be-3ad0fa772760",
    name="GetWikipediaSummaryBlock",
    categories=(Category.SEARCH,),
    effect=Effect.IDEMPOTENT,
    cost=CostHint.NETWORK,
    examples=(
        Example(
            inputs={"topic": "Green tea"},
            calls=(
                (
                    "GET",
                    f"{_SUMMARY}Green_tea",
                    200,
                    _JSON,
                    b'{"extract": "Green tea is a tea."}',
                ),
            ),
            outputs=[("summary", "Green tea is a tea.")],
        ),
        Example(
            inputs={"topic": "Grene tee"},
            calls=(("GET", f"{_SUMMARY}Grene_tee", 404, _JSON, b"{}"),),
            error="has no page 'Grene tee'",
        ),
    ),
)
class GetWikipediaSummary(Block):
    """Gives the summary of a page of Wikipedia."""

    class Input(Pins):
        topic: str = pin("The title of the page.")
        language: str = pin(
            "The language of the Wikipedia, by its code.",
            default="en",
            pattern=r"^[a-z]{2,3}(-[a-z]{2,10})?$",
            advanced=True,
        )

    class Output(Pins):
        summary: str = pin("The summary.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        wikipedia = Rest(
            name="Wikipedia",
            http=ctx.http,
            base_url=f"https://{inputs.language}.wikipedia.org/api/rest_v1",
        )
        title = segment("topic", inputs.topic.strip().replace(" ", "_"))
        try:
            page = await wikipedia.get(f"/page/summary/{title}")
        except BlockError as error:
            if error.code != "not_found":
                raise
            message = f"Wikipedia has no page {inputs.topic!r}"
            raise BlockError(message, code="not_found") from None
        yield "summary", page.get("extract") or ""
