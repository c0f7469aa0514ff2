"""Files that are not stored: those in a data URI, and those at a web address."""

from email.message import Message
from typing import TypeAlias

from blocks.errors import BlockError
from blocks.file_sources import (
    Address,
    Inline,
    Reference,
    name_in_address,
    parse_source,
    safe_name,
)
from blocks.media_types import media_type_of
from blocks.world import HttpClient, HttpResponse, StoredFile

Found: TypeAlias = tuple[StoredFile, bytes]


async def read_or_refer(
    http: HttpClient, source: str, max_bytes: int
) -> Found | Reference:
    """What `source` names, unless that is a stored file.

    Raises:
        BlockError: code `no_file`, `too_large`, or as for HTTP.
    """
    parsed = parse_source(source, max_bytes=max_bytes)
    match parsed:
        case Inline(name, content):
            return described(source, name, content), content
        case Address(url):
            answer = await _fetched(http, url, max_bytes)
            return described(source, _name_of(url, answer), answer.body), answer.body
    return parsed


async def _fetched(http: HttpClient, url: str, max_bytes: int) -> HttpResponse:
    answer = await http.request("GET", url, timeout_s=120.0, max_bytes=max_bytes)
    if not 200 <= answer.status < 300:
        text = f"the address of the file answered with status {answer.status}"
        raise BlockError(text, code="no_file")
    return answer


def described(ref: str, name: str, content: bytes) -> StoredFile:
    kind = media_type_of(content, name)
    return StoredFile(
        ref=ref, name=safe_name(name, kind), media_type=kind, size=len(content)
    )


def _name_of(url: str, answer: HttpResponse) -> str:
    header = Message()
    header["Content-Disposition"] = answer.headers.get("content-disposition", "")
    return header.get_filename() or name_in_address(url)
