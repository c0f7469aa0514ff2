"""What kind of thing bytes are, told by themselves; a name only tells kin apart."""

import codecs
from pathlib import PurePosixPath
from typing import Final

HEAD_BYTES: Final = 8192
"""So much of the beginning is looked at."""

BINARY: Final = "application/octet-stream"
TEXT: Final = "text/plain"
ZIP: Final = "application/zip"
GZIP: Final = "application/gzip"
OLD_OFFICE: Final = "application/x-ole-storage"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_STARTS: Final = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", ZIP),
    (b"PK\x05\x06", ZIP),
    (b"\x1f\x8b", GZIP),
    (b"BZh", "application/x-bzip2"),
    (b"\xfd7zXZ\0", "application/x-xz"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", OLD_OFFICE),
    (b"SQLite format 3\0", "application/vnd.sqlite3"),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"fLaC", "audio/flac"),
    (b"OggS", "audio/ogg"),
    (b"\x1aE\xdf\xa3", "video/webm"),
    (b"{\\rtf", "application/rtf"),
    (b"wOF2", "font/woff2"),
)
_RIFF: Final = {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}
_ISO_MEDIA: Final = {
    b"M4A ": "audio/mp4",
    b"qt  ": "video/quicktime",
    b"avif": "image/avif",
    b"heic": "image/heic",
}
_IN_ZIP: Final = {
    ".xlsx": XLSX,
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".pptx": (
        "application/vnd.openxmlformats-officedocument.presentationml.presentation"
    ),
    ".odt": "application/vnd.oasis.opendocument.text",
    ".ods": "application/vnd.oasis.opendocument.spreadsheet",
    ".epub": "application/epub+zip",
}
_OFFICE_SIGNS: Final = (b"[Content_Types].xml", b"mimetype", b"_rels/")
_OF_TEXT: Final = {
    ".csv": "text/csv",
    ".tsv": "text/tab-separated-values",
    ".md": "text/markdown",
    ".json": "application/json",
    ".xml": "application/xml",
    ".yaml": "application/yaml",
    ".yml": "application/yaml",
    ".ics": "text/calendar",
}
_MARKUP: Final = (
    (b"<svg", "image/svg+xml"),
    (b"<!doctype html", "text/html"),
    (b"<html", "text/html"),
)

_END_OF: Final = {
    **{kind: end for end, kind in (_IN_ZIP | _OF_TEXT).items()},
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/gif": ".gif",
    "image/webp": ".webp",
    "image/svg+xml": ".svg",
    "application/pdf": ".pdf",
    ZIP: ".zip",
    GZIP: ".gz",
    "audio/mpeg": ".mp3",
    "audio/wav": ".wav",
    "video/mp4": ".mp4",
    "video/webm": ".webm",
    "text/html": ".html",
    TEXT: ".txt",
}


def media_type_of(head: bytes, name: str = "") -> str:
    """The type of what begins with `head`. It never is one that the bytes contradict,
    whatever the name claims."""
    head = head[:HEAD_BYTES]
    found = next((kind for start, kind in _STARTS if head.startswith(start)), None)
    if found == ZIP:
        return _in_zip(head, name)
    return found or _container(head) or _text(head, name)


def extension_of(media_type: str) -> str:
    """A fitting end for a name, with its dot; empty where none is known."""
    return _END_OF.get(media_type, "")


def _in_zip(head: bytes, name: str) -> str:
    is_office = any(sign in head for sign in _OFFICE_SIGNS)
    return _IN_ZIP.get(_end(name), ZIP) if is_office else ZIP


def _container(head: bytes) -> str | None:
    if head[:4] == b"RIFF":
        return _RIFF.get(head[8:12])
    if head[4:8] == b"ftyp":
        return _ISO_MEDIA.get(head[8:12], "video/mp4")
    return None


def _text(head: bytes, name: str) -> str:
    if not _is_text(head):
        return BINARY
    start = head.lstrip(codecs.BOM_UTF8 + b" \t\r\n").lower()
    for sign, kind in _MARKUP:
        if start.startswith(sign) or (start.startswith(b"<?xml") and sign in start):
            return kind
    return _OF_TEXT.get(_end(name), TEXT)


def _is_text(head: bytes) -> bool:
    """UTF-8 without control characters; the last character may be cut off."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return not any(byte < 32 and byte not in b"\t\n\r\f\x1b" for byte in head)


def _end(name: str) -> str:
    return PurePosixPath(name).suffix.lower()
