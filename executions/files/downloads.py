"""Answers that give out a file. It came from a stranger, so a browser saves it and does
not run what is in it."""

import re
from collections.abc import Iterator
from typing import IO, Final

from django.http import FileResponse, Http404

from core.http import Problem
from executions.files.storage import storage
from executions.models import StoredFile

CHUNK_BYTES: Final = 256 * 1024
_HEADERS: Final = {
    "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Accept-Ranges": "bytes",
    "Cache-Control": "private, no-store",
}
_RANGE: Final = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)


def download(file: StoredFile, wanted: str) -> FileResponse:
    """
    Raises:
        Http404: its content is not there.
        Problem: 416, the range lies outside the file.
    """
    part = _part(wanted, file.size)
    try:
        content = storage().open(file.key)
    except FileNotFoundError:
        raise Http404 from None
    if part is None:
        answer = FileResponse(content, as_attachment=True, filename=file.name)
        answer.headers["Content-Length"] = str(file.size)
    else:
        answer = _partial(file, content, *part)
    answer.headers["Content-Type"] = file.media_type
    for name, value in _HEADERS.items():
        answer.headers[name] = value
    return answer


def _partial(
    file: StoredFile, content: IO[bytes], first: int, last: int
) -> FileResponse:
    content.seek(first)
    answer = FileResponse(
        _Part(content, last - first + 1), as_attachment=True, filename=file.name
    )
    answer.status_code = 206
    answer.headers["Content-Range"] = f"bytes {first}-{last}/{file.size}"
    answer.headers["Content-Length"] = str(last - first + 1)
    return answer


class _Part:
    """So many bytes of a file, from where it stands."""

    def __init__(self, content: IO[bytes], size: int) -> None:
        self._content = content
        self._left = size

    def __iter__(self) -> Iterator[bytes]:
        while data := self._content.read(min(CHUNK_BYTES, self._left)):
            self._left -= len(data)
            yield data

    def close(self) -> None:
        self._content.close()


def _part(wanted: str, size: int) -> tuple[int, int] | None:
    """First and last byte of the range; None: all of it, as for several ranges."""
    found = _RANGE.fullmatch(wanted.strip())
    if found is None or not (found[1] or found[2]):
        return None
    if not found[1]:
        first, last = max(0, size - int(found[2])), size - 1
    else:
        first, last = int(found[1]), min(int(found[2] or size), size - 1)
    if first > last:
        raise Problem(
            416,
            "Range outside the file",
            f"The file has {size:,} bytes. Ask for a range within it.",
            headers={"Content-Range": f"bytes */{size}"},
        )
    return first, last
