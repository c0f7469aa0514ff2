"""Blocks that take apart what a search for keywords found."""

from collections.abc import Iterator
from typing import Any, Final, TypeAlias

from blocks.base import Block, Pins, Steps, block, pin
from blocks.context import Context
from blocks.spec import Category, Example

Keyword: TypeAlias = dict[str, Any]

_FACTS: Final = (
    "keyword", "search_volume", "competition", "cpc", "keyword_difficulty",
    "serp_info", "clickstream_data",
)  # fmt: skip
_TEA: Final[Keyword] = {"keyword": "tea", "search_volume": 90, "cpc": 0.5}
_TEA_TOLD: Final[list[tuple[str, object]]] = [
    ("keyword", "tea"),
    ("search_volume", 90),
    ("competition", None),
    ("cpc", 0.5),
    ("keyword_difficulty", None),
    ("serp_info", None),
    ("clickstream_data", None),
]


class KeywordFacts(Pins):
    keyword: str = pin("The keyword.")
    search_volume: int | None = pin("How often it is searched for in a month.")
    competition: float | None = pin("How much others advertise with it, 0 to 1.")
    cpc: float | None = pin("What a click on an advertisement costs.")
    keyword_difficulty: int | None = pin("How hard it is to rank with it, 0 to 100.")
    serp_info: dict[str, Any] | None = pin("What a search for it shows.")
    clickstream_data: dict[str, Any] | None = pin("What searchers click on.")


def _told(found: Keyword) -> Iterator[tuple[str, Any]]:
    """All facts in their order; null is one that the search does not tell."""
    for fact in _FACTS:
        yield fact, found.get(fact, "" if fact == "keyword" else None)


@block(
    id="4193cb94-677c-48b0-9eec-6ac72fffd0f2",
    name="KeywordSuggestionExtractorBlock",
    categories=(Category.DATA,),
    inline=True,
    examples=(Example(inputs={"suggestion": _TEA}, outputs=_TEA_TOLD),),
)
class KeywordSuggestionExtractor(Block):
    """Takes a suggested keyword apart."""

    class Input(Pins):
        suggestion: Keyword = pin("One suggestion.")

    Output = KeywordFacts

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        for step in _told(inputs.suggestion):
            yield step


@block(
    id="98342061-09d2-4952-bf77-0761fc8cc9a8",
    name="RelatedKeywordExtractorBlock",
    categories=(Category.DATA,),
    inline=True,
    examples=(Example(inputs={"related_keyword": _TEA}, outputs=_TEA_TOLD),),
)
class RelatedKeywordExtractor(Block):
    """Takes a related keyword apart."""

    class Input(Pins):
        related_keyword: Keyword = pin("One related keyword.")

    Output = KeywordFacts

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        for step in _told(inputs.related_keyword):
            yield step
