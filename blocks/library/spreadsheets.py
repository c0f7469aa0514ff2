"""Tables: read from CSV and spreadsheets, written as CSV."""

import asyncio
from collections.abc import Iterator
from typing import Any, Final

from blocks.base import Block, Pins, Steps, block, pin
from blocks.context import Context
from blocks.errors import BlockInputError
from blocks.file_sources import FileText, MaybeFileText
from blocks.media_types import OLD_OFFICE, ZIP
from blocks.spec import Category, Effect, Example
from blocks.tabular import (
    Dialect,
    Row,
    Shape,
    csv_rows,
    records,
    text_of,
    write_csv,
    xlsx_rows,
)

_TABLE: Final = "a, b, c\n1,2,3\n4,5,6"
_FIRST: Final = {"a": "1", "b": "2", "c": "3"}
_SECOND: Final = {"a": "4", "b": "5", "c": "6"}


@block(
    id="acf7625e-d2cb-4941-bfeb-2819fc6fc015",
    name="ReadSpreadsheetBlock",
    categories=(Category.TEXT, Category.DATA),
    effect=Effect.IDEMPOTENT,
    examples=(
        Example(
            inputs={"contents": _TABLE, "produce_singular_result": True},
            outputs=[("row", _FIRST), ("row", _SECOND)],
        ),
        Example(
            inputs={"file_input": "data:text/csv,a;b%0A1;2", "delimiter": ";"},
            outputs=[("rows", [{"a": "1", "b": "2"}])],
        ),
        Example(
            inputs={"contents": "1,2\n3,4", "has_header": False},
            outputs=[("rows", [{"0": "1", "1": "2"}, {"0": "3", "1": "4"}])],
        ),
        Example(inputs={}, error="contents"),
    ),
)
class ReadSpreadsheet(Block):
    """Reads a table from CSV text, a CSV file or an .xlsx file. All cells are text.
    Rows are skipped after the header. Columns to skip are named by their header, or by
    their place, counted from 0."""

    class Input(Pins):
        contents: str | None = pin("CSV as text.", default=None)
        file_input: MaybeFileText = pin("A CSV or .xlsx file.", default=None)
        delimiter: str = pin("What parts the columns.", default=",")
        quotechar: str = pin("What stands around a cell.", default='"')
        escapechar: str = pin("What makes the next sign plain.", default="\\")
        has_header: bool = pin("The first row names the columns.", default=True)
        skip_rows: int = pin("Leave out so many rows.", default=0, ge=0)
        strip: bool = pin("Leave out spaces around cells.", default=True)
        skip_columns: list[str] = pin("Columns to leave out.", default=[])
        produce_singular_result: bool = pin(
            "Give the rows one by one on `row`, instead of all on `rows`.",
            default=False,
        )
        sheet: str = pin(
            "The sheet of a spreadsheet; empty for the first.",
            default="",
            advanced=True,
        )

    class Output(Pins):
        row: dict[str, str] = pin("One row, by column.")
        rows: list[dict[str, str]] = pin("All rows, by column.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        content = await _content(inputs, ctx)
        rows = await asyncio.to_thread(_records, content, inputs)
        if not inputs.produce_singular_result:
            yield "rows", rows
            return
        for row in rows:
            yield "row", row


async def _content(inputs: ReadSpreadsheet.Input, ctx: Context) -> str | bytes:
    """Text is CSV, bytes are a spreadsheet."""
    if inputs.file_input is None:
        if inputs.contents is None:
            raise BlockInputError("give pin 'contents' or pin 'file_input' a table")
        return inputs.contents
    file, content = await ctx.files.read(inputs.file_input)
    if file.media_type == OLD_OFFICE:
        raise BlockInputError(
            f"{file.name!r} is an old .xls file, which is not read: save it as .xlsx "
            "or as CSV"
        )
    is_packed = file.media_type == ZIP or content[:4] == b"PK\x03\x04"
    return content if is_packed else text_of(content)


def _records(
    content: str | bytes, inputs: ReadSpreadsheet.Input
) -> list[dict[str, str]]:
    shape = Shape(
        has_header=inputs.has_header,
        skip_rows=inputs.skip_rows,
        strip=inputs.strip,
        skipped=frozenset(inputs.skip_columns),
    )
    return list(records(_rows(content, inputs), shape))


def _rows(content: str | bytes, inputs: ReadSpreadsheet.Input) -> Iterator[Row]:
    if isinstance(content, bytes):
        return xlsx_rows(content, inputs.sheet)
    dialect = Dialect(
        delimiter=inputs.delimiter,
        quotechar=inputs.quotechar,
        escapechar=inputs.escapechar,
    )
    return csv_rows(content, dialect)


@block(
    id="1c7e8f1a-93b4-4a0e-b7c6-5d1b64c0e2a9",
    name="CreateCSVBlock",
    categories=(Category.DATA, Category.TEXT),
    effect=Effect.IDEMPOTENT,
    examples=(
        Example(
            inputs={"rows": [{"a": "1", "b": "=1+1"}, {"a": -2}]},
            outputs=[
                ("csv", "a,b\r\n1,'=1+1\r\n-2,\r\n"),
                ("file", "workspace://1"),
            ],
        ),
        Example(
            inputs={"rows": [["x", True], ["y", None]], "store": False},
            outputs=[("csv", "x,true\r\ny,\r\n")],
        ),
    ),
)
class CreateCSV(Block):
    """Writes rows as CSV. Text that a spreadsheet would run as a formula gets a ' in
    front, unless that is switched off."""

    class Input(Pins):
        rows: list[dict[str, Any] | list[Any]] = pin(
            "The rows: lists of cells, or objects, whose keys make the header."
        )
        delimiter: str = pin("What parts the columns.", default=",")
        name: str = pin("The name of the file.", default="table.csv")
        store: bool = pin("Store it as a file of the workspace, too.", default=True)
        escape_formulas: bool = pin(
            "Keep spreadsheets from running text as formulas.",
            default=True,
            advanced=True,
        )

    class Output(Pins):
        csv: str = pin("The table as CSV.")
        file: FileText = pin("The stored file.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        text = await asyncio.to_thread(
            write_csv,
            inputs.rows,
            delimiter=inputs.delimiter,
            escape_formulas=inputs.escape_formulas,
        )
        yield "csv", text
        if inputs.store:
            yield "file", (await ctx.files.write(inputs.name, text.encode())).ref
