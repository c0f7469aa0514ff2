"""Archives: what is in them, unpacking and packing."""

import asyncio
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any, Final

from blocks.archives import (
    MOST_ENTRIES,
    Bounds,
    Entry,
    entries,
    is_safe_path,
    make_tar_gz,
    make_zip,
    unique_names,
)
from blocks.base import Block, Pins, Steps, block, pin
from blocks.context import Context
from blocks.errors import BlockError, BlockInputError
from blocks.file_sources import FileText, data_uri
from blocks.spec import Category, CostHint, Effect, Example
from blocks.world import MIB

_MOST_FILES: Final = 1_000
_PACKED_BYTES: Final = 100 * MIB
_ZIP: Final = data_uri("application/zip", make_zip([("a.txt", b"A"), ("b/c.md", b"C")]))
_EVIL: Final = data_uri("application/zip", make_zip([("../a.txt", b"A")]))


class ArchivePins(Pins):
    archive: FileText = pin("A zip, tar, tar.gz or gz file.")
    max_files: int = pin(
        "Refuse an archive of more files.",
        default=MOST_ENTRIES,
        ge=1,
        le=10_000,
        advanced=True,
    )
    max_total_mb: int = pin(
        "Refuse an archive that is larger when unpacked, in MiB.",
        default=50,
        ge=1,
        le=500,
        advanced=True,
    )


async def _judged(inputs: Any, ctx: Context) -> tuple[bytes, Bounds, str]:
    file, content = await ctx.files.read(inputs.archive)
    bounds = Bounds(entries=inputs.max_files, total_bytes=inputs.max_total_mb * MIB)
    return content, bounds, file.name


@block(
    id="e7a5f1d2-0c0b-4b7f-9a57-2a1b0fb3a6d4",
    name="ListArchiveBlock",
    categories=(Category.DATA,),
    effect=Effect.IDEMPOTENT,
    cost=CostHint.COMPUTE,
    examples=(
        Example(
            inputs={"archive": _ZIP},
            outputs=[
                (
                    "entries",
                    [{"name": "a.txt", "size": 1}, {"name": "b/c.md", "size": 1}],
                ),
                ("count", 2),
            ],
        ),
        Example(inputs={"archive": "data:,hello"}, error="not a zip"),
    ),
)
class ListArchive(Block):
    """Tells what is in an archive, without unpacking it."""

    Input = ArchivePins

    class Output(Pins):
        entries: list[dict[str, Any]] = pin("Name and size of each file.")
        count: int = pin("How many files there are.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        listed = await asyncio.to_thread(_listed, *await _judged(inputs, ctx))
        yield "entries", listed
        yield "count", len(listed)


def _listed(content: bytes, bounds: Bounds, name: str) -> list[dict[str, Any]]:
    found = entries(content, bounds, name)
    return [{"name": entry.name, "size": entry.size} for entry in found]


@block(
    id="9b0c4a3e-7e0d-4f0e-8f5b-61d1c9e4a2b8",
    name="ExtractArchiveBlock",
    categories=(Category.DATA,),
    effect=Effect.IDEMPOTENT,
    cost=CostHint.COMPUTE,
    examples=(
        Example(
            inputs={"archive": _ZIP, "pattern": "*.md"},
            outputs=[
                ("file", "workspace://1"),
                ("files", ["workspace://1"]),
                ("names", ["b/c.md"]),
            ],
        ),
        Example(inputs={"archive": _EVIL}, error="not safe"),
    ),
)
class ExtractArchive(Block):
    """Unpacks an archive into files of the workspace. One that is too large, leads
    outside its folder or holds links is refused as a whole."""

    class Input(ArchivePins):
        pattern: str = pin("Which files to unpack, like *.csv.", default="*")

    class Output(Pins):
        file: FileText = pin("Each file.")
        files: list[FileText] = pin("All files.")
        names: list[str] = pin("Their paths in the archive.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        found = entries(*await _judged(inputs, ctx))
        refs: list[str] = []
        names: list[str] = []
        while unpacked := await asyncio.to_thread(_next, found, inputs.pattern):
            entry, content = unpacked
            stored = await ctx.files.write(entry.name, content)
            refs.append(stored.ref)
            names.append(entry.name)
            yield "file", stored.ref
        yield "files", refs
        yield "names", names


def _next(found: Any, pattern: str) -> tuple[Entry, bytes] | None:
    """The next file of the pattern, one at a time in memory."""
    for entry in found:
        if fnmatchcase(entry.name, pattern):
            return entry, entry.read()
    return None


class ArchiveFormat(StrEnum):
    ZIP = "zip"
    TAR_GZ = "tar.gz"


_MAKERS: Final = {ArchiveFormat.ZIP: make_zip, ArchiveFormat.TAR_GZ: make_tar_gz}


@block(
    id="4f2d9c6b-1b58-47e6-9a3c-0e8d7b5f6c21",
    name="CreateArchiveBlock",
    categories=(Category.DATA,),
    effect=Effect.IDEMPOTENT,
    cost=CostHint.COMPUTE,
    examples=(
        Example(
            inputs={"files": ["data:,a", "data:,b"], "names": ["a.txt"]},
            outputs=[("archive", "workspace://1"), ("names", ["a.txt", "file.txt"])],
        ),
        Example(
            inputs={"files": ["data:,a"], "names": ["../a"]}, error="cannot be a name"
        ),
    ),
)
class CreateArchive(Block):
    """Packs files into one archive."""

    class Input(Pins):
        files: list[FileText] = pin("The files.")
        names: list[str] = pin(
            "Their paths in the archive; those left out are called as the files are.",
            default=[],
        )
        format: ArchiveFormat = pin("The kind.", default=ArchiveFormat.ZIP)
        name: str = pin("The name of the archive, without its end.", default="files")

    class Output(Pins):
        archive: FileText = pin("The archive.")
        names: list[str] = pin("The paths in it.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        files = await _gathered(inputs, ctx)
        content = await asyncio.to_thread(_MAKERS[inputs.format], files)
        name = f"{inputs.name}.{inputs.format.value}"
        yield "archive", (await ctx.files.write(name, content)).ref
        yield "names", [name for name, _ in files]


async def _gathered(
    inputs: CreateArchive.Input, ctx: Context
) -> list[tuple[str, bytes]]:
    if len(inputs.files) > _MOST_FILES:
        text = f"{len(inputs.files):,} files are too many: at most {_MOST_FILES:,}"
        raise BlockError(text, code="too_many")
    names: list[str] = []
    contents: list[bytes] = []
    left = _PACKED_BYTES
    for place, source in enumerate(inputs.files):
        file, content = await ctx.files.read(source, max_bytes=left)
        left -= len(content)
        contents.append(content)
        names.append(inputs.names[place] if place < len(inputs.names) else file.name)
    for name in names:
        if not is_safe_path(name):
            raise BlockInputError(f"{name[:100]!r} cannot be a name in an archive")
    return list(zip(unique_names(names), contents, strict=True))
