"""How pins name files: a stored one, the content itself, or a web address."""

import re
from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from typing import Annotated, Final, TypeAlias
from urllib.parse import unquote, unquote_to_bytes, urlsplit

from pydantic import WithJsonSchema

from blocks.errors import BlockError
from blocks.media_types import HEAD_BYTES, extension_of, media_type_of

SCHEME: Final = "workspace://"
_NAME_CHARS: Final = 200
_BASE64: Final = ";base64"

_FILE_SCHEMA: Final = {"type": "string", "format": "file"}
FileText = Annotated[str, WithJsonSchema(_FILE_SCHEMA)]
"""A pin that takes or gives a file: `workspace://<id>`, a data URI or an address."""
MaybeFileText = Annotated[str | None, WithJsonSchema(_FILE_SCHEMA)]


@dataclass(frozen=True, slots=True)
class Reference:
    """A file of the workspace."""

    id: str


@dataclass(frozen=True, slots=True)
class Inline:
    """The content itself, as a data URI has it."""

    name: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Address:
    url: str


Source: TypeAlias = Reference | Inline | Address


def parse_source(source: str, *, max_bytes: int) -> Source:
    """
    Raises:
        BlockError: code `no_file`, it names none; `too_large`.
    """
    text = source.strip()
    if text.startswith(SCHEME):
        return Reference(text.removeprefix(SCHEME).partition("#")[0])
    if text[:5].lower() == "data:":
        return _inline(text[5:], max_bytes)
    if text[:8].lower().startswith(("http://", "https://")):
        return Address(text)
    raise no_file(source)


def no_file(source: str) -> BlockError:
    return BlockError(
        f"there is no file {source[:100]!r}: give {SCHEME}<id> of a file of this "
        "workspace, a data URI, or an http(s) address",
        code="no_file",
    )


def too_large(name: str, max_bytes: int) -> BlockError:
    text = f"{name[:100]!r} is too large: the limit is {max_bytes:,} bytes"
    return BlockError(text, code="too_large")


def data_uri(media_type: str, content: bytes) -> str:
    return f"data:{media_type}{_BASE64},{b64encode(content).decode()}"


def _inline(rest: str, max_bytes: int) -> Inline:
    head, comma, body = rest.partition(",")
    if not comma:
        raise BlockError("a data URI has a comma before its content", code="no_file")
    is_base64 = head.lower().endswith(_BASE64)
    # Percent-encoding takes three characters for a byte, base64 four for three.
    if len(body) > 3 * max_bytes:
        raise too_large("the data URI", max_bytes)
    content = _from_base64(body) if is_base64 else unquote_to_bytes(body)
    if len(content) > max_bytes:
        raise too_large("the data URI", max_bytes)
    kind = media_type_of(content[:HEAD_BYTES], f"file.{_claimed(head)}")
    return Inline(f"file{extension_of(kind)}", content)


def _claimed(head: str) -> str:
    """The part of the claimed type that could pass for the end of a name."""
    return head.partition(";")[0].rpartition("/")[2].rpartition(".")[2]


def _from_base64(text: str) -> bytes:
    plain = re.sub(r"\s+", "", unquote(text))
    try:
        return b64decode(plain, validate=True)
    except ValueError:
        message = "the data URI is not valid base64"
        raise BlockError(message, code="no_file") from None


_UNSAFE: Final = re.compile(r'[\x00-\x1f\x7f-\x9f/\\<>:"|?*\u2028-\u202e\u2066-\u2069]')


def safe_name(name: str, media_type: str = "") -> str:
    """`name` as it may be shown and offered for saving: no path, no control or
    direction characters, not too long. It is never where something is stored."""
    parts = re.split(r"[/\\]", _without_halves(name))
    last = next((part for part in reversed(parts) if part.strip(" .")), "")
    clean = _UNSAFE.sub("_", last).strip(" .")
    if not clean:
        return f"file{extension_of(media_type)}"
    stem, dot, end = clean.rpartition(".")
    if len(clean) <= _NAME_CHARS or not stem or len(end) > 20:
        return clean[:_NAME_CHARS]
    return stem[: _NAME_CHARS - len(end) - 1] + dot + end


def _without_halves(name: str) -> str:
    return name.encode("utf-8", "replace").decode()


def name_in_address(url: str) -> str:
    """The last part of the path; no name where there is none."""
    try:
        return unquote(urlsplit(url).path.rpartition("/")[2], errors="replace")
    except ValueError:
        return ""
