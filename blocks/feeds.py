"""Reading RSS 2.0, RSS 1.0 and Atom, as they come."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

from blocks.errors import BlockError

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

MAX_ENTRIES: Final = 1_000
_ROOTS: Final = frozenset({"rss", "RDF", "feed"})
_TEXT: Final = {
    "title": ("title",),
    "description": ("description", "summary", "encoded", "content"),
    "author": ("author", "creator"),
    "id": ("guid", "id"),
}
_DATES: Final = ("pubDate", "published", "updated", "date")


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedEntry:
    id: str
    title: str
    link: str
    description: str
    published: datetime | None
    author: str
    categories: list[str]


def read_feed(content: bytes) -> list[FeedEntry]:
    """The entries in the order of the feed, at most 1,000.

    Raises:
        BlockError: code `bad_feed`: it is no feed, or not safe to read.
    """
    entries = []
    for element in _elements(_root(content)):
        entries.append(_entry(element))
        if len(entries) == MAX_ENTRIES:
            break
    return entries


def _root(content: bytes) -> "Element":
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import ParseError, fromstring

    try:
        root = fromstring(content.strip(), forbid_dtd=True)
    except DefusedXmlException:
        message = "the feed declares a document type, which is not read"
        raise BlockError(message, code="bad_feed") from None
    except (ParseError, ValueError, LookupError):
        raise BlockError("the answer is not XML", code="bad_feed") from None
    if _name(root) not in _ROOTS:
        raise BlockError("the answer is not an RSS or Atom feed", code="bad_feed")
    found: Element = root
    return found


def _elements(root: "Element") -> Iterator["Element"]:
    return (each for each in root.iter() if _name(each) in ("item", "entry"))


def _entry(element: "Element") -> FeedEntry:
    texts = {key: _first(element, names) for key, names in _TEXT.items()}
    link = _link(element)
    return FeedEntry(
        id=texts["id"] or link or texts["title"],
        title=texts["title"],
        link=link,
        description=texts["description"],
        published=_date(_first(element, _DATES)),
        author=texts["author"],
        categories=list(_categories(element)),
    )


def _name(element: "Element") -> str:
    """Without its namespace, which feeds get wrong."""
    return str(element.tag).rpartition("}")[2]


def _first(element: "Element", names: tuple[str, ...]) -> str:
    for name in names:
        for child in element:
            if _name(child) == name:
                text = " ".join("".join(child.itertext()).split())
                if text:
                    return text
    return ""


def _link(element: "Element") -> str:
    """The text of RSS, or the address of Atom's link to the page itself."""
    links = [child for child in element if _name(child) == "link"]
    for child in links:
        if child.get("rel", "alternate") == "alternate" and child.get("href"):
            return child.get("href", "")
    return next((c.text.strip() for c in links if c.text and c.text.strip()), "")


def _categories(element: "Element") -> Iterator[str]:
    for child in element:
        if _name(child) in ("category", "subject"):
            text = child.get("term") or (child.text or "").strip()
            if text:
                yield text


def _date(text: str) -> datetime | None:
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            found = read(text)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    return None
