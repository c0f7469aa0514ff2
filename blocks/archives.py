"""Archives from strangers: what is unpacked is counted while it is read, and a name
that leads elsewhere refuses the whole."""

import stat
import tarfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from gzip import GzipFile
from io import BytesIO
from pathlib import PurePosixPath, PureWindowsPath
from typing import IO, Any, Final, cast
from zipfile import ZIP_DEFLATED, BadZipFile, LargeZipFile, ZipFile, ZipInfo

from blocks.errors import BlockError, BlockInputError
from blocks.media_types import GZIP, ZIP, media_type_of

MOST_ENTRIES: Final = 1_000
_CHUNK: Final = 256 * 1024
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_ENCRYPTED: Final = 0x1


@dataclass(frozen=True, kw_only=True, slots=True)
class Bounds:
    entries: int = MOST_ENTRIES
    total_bytes: int = 50 * 1024 * 1024
    """Of everything in it, unpacked."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """A file in an archive; `read` gives its content while it is the current one."""

    name: str
    size: int
    read: Callable[[], bytes] = field(repr=False)


def entries(content: bytes, bounds: Bounds, name: str = "") -> Iterator[Entry]:
    """The files of a zip, tar, tar.gz or gz. Nothing is given before all of it was
    judged and counted.

    Raises:
        BlockInputError: it is none of these, is damaged, or is encrypted.
        BlockError: code `too_large`, `too_many` or `unsafe_archive`.
    """
    walk = _walk_for(content, name)
    try:
        for number, entry in enumerate(walk(content, bounds, False), 1):
            _check(entry, number, bounds)
        yield from walk(content, bounds, True)
    except (BadZipFile, LargeZipFile, tarfile.TarError, zlib.error, EOFError) as error:
        raise _damaged(error) from None
    except (OSError, NotImplementedError, RuntimeError, ValueError) as error:
        raise _damaged(error) from None


def _damaged(error: Exception) -> BlockInputError:
    return BlockInputError(f"the archive cannot be read: {str(error)[:200]}")


def _walk_for(content: bytes, name: str) -> Callable[..., Iterator[Entry]]:
    kind = media_type_of(content)
    if kind == ZIP:
        return _zip
    if kind == GZIP:
        is_tar = _is_tar(_head_of_gzip(content))
        inner = PurePosixPath(name).name.removesuffix(".gz") or "file"
        return _tar if is_tar else lambda *a: _gzip(inner, *a)
    if _is_tar(content[:512]):
        return _tar
    raise BlockInputError("this is not a zip, tar, tar.gz or gz archive")


def _is_tar(head: bytes) -> bool:
    return head[257:262] == b"ustar"


def _head_of_gzip(content: bytes) -> bytes:
    try:
        with GzipFile(fileobj=BytesIO(content)) as stream:
            return stream.read(512)
    except (OSError, EOFError, zlib.error) as error:
        raise _damaged(error) from None


def _check(entry: Entry, number: int, bounds: Bounds) -> None:
    if number > bounds.entries:
        raise BlockError(
            f"the archive has more than {bounds.entries:,} files", code="too_many"
        )
    if not is_safe_path(entry.name):
        raise _unsafe(f"{entry.name[:100]!r} would be outside the archive's folder")


def is_safe_path(name: str) -> bool:
    """It stays below the folder where the archive is unpacked, on any system."""
    posix, windows = PurePosixPath(name), PureWindowsPath(name)
    parts = {*posix.parts, *windows.parts}
    is_rooted = posix.is_absolute() or bool(windows.drive or windows.root)
    return bool(name) and not is_rooted and ".." not in parts and "\0" not in name


def _unsafe(text: str) -> BlockError:
    return BlockError(f"the archive is not safe: {text}", code="unsafe_archive")


class _Counter:
    """Passes on what is read until it is too much."""

    def __init__(self, source: IO[bytes], bounds: Bounds) -> None:
        self._source = source
        self._limit = bounds.total_bytes
        self._left = bounds.total_bytes

    def read(self, size: int = -1) -> bytes:
        wanted = min(size if size >= 0 else self._left + 1, self._left + 1)
        data = self._source.read(wanted)
        self._left -= len(data)
        if self._left < 0:
            raise too_large(self._limit)
        return data

    def drain(self) -> int:
        before = self._left
        while self.read(_CHUNK):
            pass
        return before - self._left


def too_large(limit: int) -> BlockError:
    return BlockError(
        f"the archive is too large: more than {limit:,} bytes when unpacked",
        code="too_large",
    )


def _zip(content: bytes, bounds: Bounds, is_judged: bool) -> Iterator[Entry]:
    """An entry gives no more bytes than it says, so what they say is what counts."""
    with ZipFile(BytesIO(content)) as archive:
        files = [info for info in archive.infolist() if not info.is_dir()]
        if not is_judged and sum(i.file_size for i in files) > bounds.total_bytes:
            raise too_large(bounds.total_bytes)
        for info in files:
            _check_zip_entry(info)
            yield Entry(
                name=info.filename,
                size=info.file_size,
                read=lambda info=info: archive.read(info),  # type: ignore[misc]
            )


def _check_zip_entry(info: ZipInfo) -> None:
    mode = info.external_attr >> 16
    if mode and stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        raise _unsafe(f"{info.filename[:100]!r} is a link or a device, not a file")
    if info.flag_bits & _ENCRYPTED:
        raise BlockInputError(f"{info.filename[:100]!r} is encrypted")


def _tar(content: bytes, bounds: Bounds, is_judged: bool) -> Iterator[Entry]:
    """Read as a stream, so that every byte passes the counter once."""
    raw: Any = BytesIO(content)
    source = GzipFile(fileobj=raw) if content[:2] == b"\x1f\x8b" else raw
    # The headers of a tar count as well; they are a share of what it may hold.
    room = Bounds(total_bytes=bounds.total_bytes + bounds.entries * 4096)
    counted = cast(Any, _Counter(cast(IO[bytes], source), room))
    with tarfile.open(fileobj=counted, mode="r|") as archive:
        for info in archive:
            if info.isdir():
                continue
            if not info.isreg():
                raise _unsafe(f"{info.name[:100]!r} is a link or a device, not a file")
            yield Entry(
                name=info.name,
                size=info.size,
                read=lambda info=info: _of_tar(archive, info),  # type: ignore[misc]
            )


def _of_tar(archive: tarfile.TarFile, info: tarfile.TarInfo) -> bytes:
    part = archive.extractfile(info)
    return part.read() if part is not None else b""


def _gzip(
    name: str, content: bytes, bounds: Bounds, is_judged: bool
) -> Iterator[Entry]:
    if not is_judged:
        with GzipFile(fileobj=BytesIO(content)) as stream:
            size = _Counter(cast(IO[bytes], stream), bounds).drain()
        yield Entry(name=name, size=size, read=bytes)
        return
    with GzipFile(fileobj=BytesIO(content)) as stream:
        whole = stream.read(bounds.total_bytes)
    yield Entry(name=name, size=len(whole), read=lambda: whole)


# --- Out ------------------------------------------------------------------------------


def make_zip(files: Sequence[tuple[str, bytes]]) -> bytes:
    """The same files are always the same bytes."""
    target = BytesIO()
    with ZipFile(target, "w", ZIP_DEFLATED) as archive:
        for name, content in files:
            info = ZipInfo(name, _EPOCH)
            info.compress_type, info.external_attr = ZIP_DEFLATED, 0o644 << 16
            archive.writestr(info, content)
    return target.getvalue()


def make_tar_gz(files: Sequence[tuple[str, bytes]]) -> bytes:
    """The same files are always the same bytes."""
    target = BytesIO()
    with (
        GzipFile(fileobj=target, mode="wb", mtime=0, filename="") as packed,
        tarfile.open(fileobj=packed, mode="w") as archive,
    ):
        for name, content in files:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, BytesIO(content))
    return target.getvalue()


def unique_names(names: Sequence[str]) -> list[str]:
    """`a.txt` for the second time is `a (2).txt`."""
    given: dict[str, int] = {}
    unique: list[str] = []
    for name in names:
        given[name] = count = given.get(name, 0) + 1
        path = PurePosixPath(name)
        numbered = f"{path.stem} ({count}){path.suffix}"
        unique.append(name if count == 1 else str(path.with_name(numbered)))
    return unique
