"""Files of the workspace: stored, read, brought in and processed."""

import asyncio
import re
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from hashlib import md5, sha1, sha256
from pathlib import Path
from typing import Any, Final

from blocks.base import Block, Pins, Steps, block, pin
from blocks.context import Context
from blocks.errors import BlockInputError
from blocks.file_sources import FileText, MaybeFileText, data_uri
from blocks.library.agent_io import InputPins
from blocks.spec import Category, CostHint, Effect, Example, Kind
from blocks.tabular import text_of
from blocks.world import MIB

_INLINE_BYTES: Final = 20 * MIB
"""What is given as text must still pass through links and records."""
_HELLO: Final = "data:text/plain;base64,SGVsbG8gV29ybGQ="
_SCHEME: Final = "workspace://"


async def stored_or_inline(source: str, as_text: bool, ctx: Context) -> str:
    """The reference of the file, which is stored if it is not yet; or a data URI."""
    most = _INLINE_BYTES if as_text else 100 * MIB
    file, content = await ctx.files.read(source, max_bytes=most)
    if as_text:
        return data_uri(file.media_type, content)
    if file.ref.startswith(_SCHEME):
        return file.ref
    return (await ctx.files.write(file.name, content)).ref


@block(
    id="cbb50872-625b-42f0-8203-a2ae78242d8a",
    name="FileStoreBlock",
    categories=(Category.BASIC, Category.MULTIMEDIA),
    effect=Effect.IDEMPOTENT,
    cost=CostHint.NETWORK,
    static_output=True,
    examples=(
        Example(inputs={"file_in": _HELLO}, outputs=[("file_out", "workspace://1")]),
        Example(
            inputs={"file_in": _HELLO, "base_64": True}, outputs=[("file_out", _HELLO)]
        ),
        Example(inputs={"file_in": "/etc/passwd"}, error="there is no file"),
    ),
)
class FileStore(Block):
    """Stores a file from a web address or a data URI in the workspace."""

    class Input(Pins):
        file_in: FileText = pin("A web address, a data URI or a stored file.")
        base_64: bool = pin(
            "Give the content as a data URI instead of storing it.",
            default=False,
            advanced=True,
        )

    class Output(Pins):
        file_out: FileText = pin("The stored file, or its content as a data URI.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        yield "file_out", await stored_or_inline(inputs.file_in, inputs.base_64, ctx)


@block(
    id="95ead23f-8283-4654-aef3-10c053b74a31",
    name="AgentFileInputBlock",
    categories=(Category.INPUT, Category.BASIC),
    kind=Kind.INPUT,
    effect=Effect.IDEMPOTENT,
    examples=(
        Example(
            inputs={"name": "letter", "value": _HELLO},
            outputs=[("result", "workspace://1")],
        ),
        Example(
            inputs={"name": "letter", "value": _HELLO, "base_64": True},
            outputs=[("result", _HELLO)],
        ),
        Example(inputs={"name": "letter"}),
    ),
)
class AgentFileInput(Block):
    """Brings a file into the agent."""

    class Input(InputPins):
        value: MaybeFileText = pin("A file.", default=None)
        base_64: bool = pin(
            "Give the content as a data URI instead of the stored file.",
            default=False,
            advanced=True,
        )

    class Output(Pins):
        result: str = pin("The file given to the run.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        if inputs.value:
            yield "result", await stored_or_inline(inputs.value, inputs.base_64, ctx)


@block(
    id="3735a31f-7e18-4aca-9e90-08a7120674bc",
    name="FileReadBlock",
    categories=(Category.TEXT, Category.DATA),
    effect=Effect.IDEMPOTENT,
    examples=(
        Example(inputs={"file_input": _HELLO}, outputs=[("content", "Hello World")]),
        Example(
            inputs={
                "file_input": "data:,a;b;c;d",
                "delimiter": ";",
                "skip_rows": 1,
                "row_limit": 2,
            },
            outputs=[("content", "b;c")],
        ),
        Example(
            inputs={"file_input": "data:,abcde", "size_limit": 2},
            outputs=[("content", "ab"), ("content", "cd"), ("content", "e")],
        ),
    ),
)
class FileRead(Block):
    """Reads a file as text: UTF-8, else Latin-1. Sizes are in characters. Rows are what
    the delimiter parts; without one, the text is one row."""

    class Input(Pins):
        file_input: FileText = pin("The file.")
        delimiter: str = pin(
            "What parts the rows; \\n for lines.", default="", advanced=True
        )
        size_limit: int = pin(
            "Give the text in pieces of this size; 0 for one piece.",
            default=0,
            ge=0,
            advanced=True,
        )
        row_limit: int = pin(
            "Give at most so many rows; 0 for all.", default=0, ge=0, advanced=True
        )
        skip_size: int = pin(
            "Leave out so much of the beginning.", default=0, ge=0, advanced=True
        )
        skip_rows: int = pin(
            "Leave out so many rows of the rest.", default=0, ge=0, advanced=True
        )

    class Output(Pins):
        content: str = pin("The text, or one piece of it.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        _, content = await ctx.files.read(inputs.file_input)
        text = _rows_of(text_of(content)[inputs.skip_size :], inputs)
        size = inputs.size_limit or max(1, len(text))
        for start in range(0, max(1, len(text)), size):
            yield "content", text[start : start + size]


_ESCAPES: Final = {"\\n": "\n", "\\r": "\r", "\\t": "\t"}


def _rows_of(text: str, inputs: FileRead.Input) -> str:
    delimiter = re.sub(r"\\[nrt]", lambda m: _ESCAPES[m[0]], inputs.delimiter)
    if not delimiter:
        return text
    last = inputs.skip_rows + inputs.row_limit if inputs.row_limit else None
    return delimiter.join(text.split(delimiter)[inputs.skip_rows : last])


class FileOperation(StrEnum):
    CHECKSUM = "checksum"
    COUNT = "count"
    UPPERCASE = "uppercase"
    LOWERCASE = "lowercase"
    SORT_LINES = "sort lines"
    UNIQUE_LINES = "unique lines"
    REPLACE = "replace"


@block(
    id="6d1f5b0e-52c1-4a6d-8a52-2f0d6f3f8a17",
    name="FileProcessorBlock",
    categories=(Category.DATA, Category.TEXT),
    effect=Effect.IDEMPOTENT,
    cost=CostHint.COMPUTE,
    examples=(
        Example(
            inputs={"file": _HELLO, "operation": "count"},
            outputs=[("result", {"bytes": 11, "lines": 1, "words": 2})],
        ),
        Example(
            inputs={"file": "data:,b%0Aa", "operation": "sort lines"},
            outputs=[("result", {"bytes": 4, "lines": 2}), ("file", "workspace://1")],
        ),
        Example(inputs={"file": _HELLO, "operation": "replace"}, error="pin 'find'"),
    ),
)
class FileProcessor(Block):
    """Works on a file in a private temporary folder, which is removed afterwards, also
    when the node fails or is cancelled."""

    class Input(Pins):
        file: FileText = pin("The file.")
        operation: FileOperation = pin("What to do.", default=FileOperation.CHECKSUM)
        find: str = pin("For replace: the text to look for.", default="")
        replacement: str = pin("For replace: what stands there then.", default="")

    class Output(Pins):
        result: dict[str, Any] = pin("What was found out.")
        file: FileText = pin("The changed file, where the operation changes it.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        if inputs.operation is FileOperation.REPLACE and not inputs.find:
            raise BlockInputError("pin 'find' must say what to replace")
        file, content = await ctx.files.read(inputs.file)
        async with ctx.files.scratch() as folder:
            path = folder / "work"
            await asyncio.to_thread(path.write_bytes, content)
            result, changed = await asyncio.to_thread(_process, path, inputs)
            yield "result", result
            if changed is not None:
                written = await asyncio.to_thread(changed.read_bytes)
                yield "file", (await ctx.files.write(file.name, written)).ref


Result = tuple[dict[str, Any], Path | None]


def _process(path: Path, inputs: FileProcessor.Input) -> Result:
    match inputs.operation:
        case FileOperation.CHECKSUM:
            return _checksums(path), None
        case FileOperation.COUNT:
            return _count(path), None
    return _changed(path, _CHANGES[inputs.operation], inputs)


def _checksums(path: Path) -> dict[str, Any]:
    """MD5 and SHA-1 too: much that is published still comes with them."""
    digests = {
        "md5": md5(usedforsecurity=False),
        "sha1": sha1(usedforsecurity=False),
        "sha256": sha256(),
    }
    with path.open("rb") as content:
        while data := content.read(MIB):
            for digest in digests.values():
                digest.update(data)
    return {name: digest.hexdigest() for name, digest in digests.items()}


def _count(path: Path) -> dict[str, Any]:
    text = text_of(path.read_bytes())
    size, lines, words = path.stat().st_size, len(text.splitlines()), len(text.split())
    return {"bytes": size, "lines": lines, "words": words}


Change = Callable[[Iterator[str], FileProcessor.Input], Iterator[str]]


def _replaced(lines: Iterator[str], inputs: FileProcessor.Input) -> Iterator[str]:
    return (line.replace(inputs.find, inputs.replacement) for line in lines)


_CHANGES: Final[Mapping[FileOperation, Change]] = {
    FileOperation.UPPERCASE: lambda lines, _: map(str.upper, lines),
    FileOperation.LOWERCASE: lambda lines, _: map(str.lower, lines),
    FileOperation.SORT_LINES: lambda lines, _: iter(sorted(lines)),
    FileOperation.UNIQUE_LINES: lambda lines, _: iter(dict.fromkeys(lines)),
    FileOperation.REPLACE: _replaced,
}


_AS_TEXT: Final[Any] = {"encoding": "utf-8", "errors": "surrogateescape"}
"""Bytes that are no text come out as they went in, and so do the ends of lines."""


def _changed(path: Path, change: Change, inputs: FileProcessor.Input) -> Result:
    """Line by line, so that only operations that need all lines hold them."""
    target = path.with_name("changed")
    lines = 0
    with (
        path.open(newline="\n", **_AS_TEXT) as source,
        target.open("w", newline="\n", **_AS_TEXT) as out,
    ):
        for line in change((line.rstrip("\n") for line in source), inputs):
            out.write(line + "\n")
            lines += 1
    return {"bytes": target.stat().st_size, "lines": lines}, target
