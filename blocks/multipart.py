"""Forms with files, as browsers send them."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """One file of a form, under the name of its field."""

    field_name: str
    file_name: str
    media_type: str
    content: bytes = field(repr=False)


def encode_form(fields: Mapping[str, str], parts: Sequence[Part]) -> tuple[str, bytes]:
    """The content type and the body. The same form is always the same bytes."""
    pieces = [*map(_field, fields.items()), *map(_file, parts)]
    boundary = hashlib.sha256(b"".join(pieces)).hexdigest()[:32]
    start = f"--{boundary}\r\n".encode()
    body = b"".join(start + piece + b"\r\n" for piece in pieces)
    end = f"--{boundary}--\r\n".encode()
    return f"multipart/form-data; boundary={boundary}", body + end


def _field(pair: tuple[str, str]) -> bytes:
    name, value = pair
    head = f'Content-Disposition: form-data; name="{_quoted(name)}"\r\n\r\n'
    return head.encode() + value.encode()


def _file(part: Part) -> bytes:
    head = (
        f'Content-Disposition: form-data; name="{_quoted(part.field_name)}"; '
        f'filename="{_quoted(part.file_name)}"\r\n'
        f"Content-Type: {_one_line(part.media_type)}\r\n\r\n"
    )
    return head.encode() + part.content


def _quoted(text: str) -> str:
    """As browsers do it: what would end the name is percent-encoded."""
    return "".join(quote(c) if c in '"\r\n' else c for c in text)


def _one_line(media_type: str) -> str:
    is_plain = media_type.isascii() and media_type.isprintable()
    return media_type if is_plain and media_type else "application/octet-stream"
