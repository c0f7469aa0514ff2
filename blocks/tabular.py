"""Tables in text and in spreadsheet files, as rows of text."""

import csv
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from io import BytesIO, StringIO
from itertools import islice
from typing import Any, Final, TypeAlias
from zipfile import BadZipFile, ZipFile, ZipInfo

import orjson

from blocks.errors import BlockError, BlockInputError

MOST_ROWS: Final = 200_000
MOST_CELLS: Final = 2_000_000
MOST_EXPANDED: Final = 200 * 1024 * 1024
MOST_TAGS: Final = 4 * MOST_CELLS
"""Each takes three microseconds to read, also in a row that is never given out."""
_AT_A_TIME: Final = 1024 * 1024
# Wide forms count for some programs as well, and what follows a byte order mark.
_FORMULA_STARTS: Final = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20\ufeff")

Row: TypeAlias = list[str]
Cells: TypeAlias = Mapping[str, Any] | Sequence[Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Dialect:
    delimiter: str = ","
    quotechar: str = '"'
    escapechar: str = "\\"


def text_of(content: bytes) -> str:
    """UTF-8, with or without its mark; else Latin-1, which reads any bytes."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def csv_rows(text: str, dialect: Dialect) -> Iterator[Row]:
    """
    Raises:
        BlockInputError: the signs are no single characters, or a line is malformed.
    """
    try:
        reader = csv.reader(
            StringIO(text, newline=""),
            delimiter=_sign(dialect.delimiter),
            quotechar=_sign(dialect.quotechar) or None,
            escapechar=_sign(dialect.escapechar) or None,
        )
        yield from reader
    except (csv.Error, TypeError, ValueError) as error:
        raise BlockInputError(f"the table cannot be read: {error}") from None


def _sign(text: str) -> str:
    return {"\\t": "\t", "\\n": "\n"}.get(text, text)


def xlsx_rows(content: bytes, sheet: str = "") -> Iterator[Row]:
    """The rows of one sheet, the first if none is named.

    Raises:
        BlockInputError: it is no such file, or has no such sheet.
        BlockError: code `too_large`.
    """
    from openpyxl import load_workbook

    _check_expanded(content)
    try:
        book = load_workbook(BytesIO(content), read_only=True, data_only=True)
    # It raises what its many parsers raise.
    except Exception as error:
        message = f"the spreadsheet cannot be read ({type(error).__name__})"
        raise BlockInputError(message) from None
    try:
        if sheet and sheet not in book.sheetnames:
            names = ", ".join(map(repr, book.sheetnames[:20]))
            raise BlockInputError(f"there is no sheet {sheet!r}; there are {names}")
        yield from _cells(book[sheet or book.sheetnames[0]])
    finally:
        book.close()


def _cells(page: Any) -> Iterator[Row]:
    """Rows are as long as the first one, or longer."""
    # What a sheet says of its size is not believed: rows would be as long as it claims.
    page.reset_dimensions()
    width = count = 0
    for values in page.iter_rows(values_only=True):
        width = width or len(values)
        count += len(values)
        if count > MOST_CELLS:
            raise BlockError(f"more than {MOST_CELLS:,} cells", code="too_many")
        cells = [_cell(value) for value in values]
        yield cells + [""] * (width - len(cells)) if any(cells) else []


def _check_expanded(content: bytes) -> None:
    """What an entry says of its size is all that is read of it."""
    try:
        with ZipFile(BytesIO(content)) as parts:
            total = sum(entry.file_size for entry in parts.infolist())
            if total > MOST_EXPANDED:
                raise _too_large(f"{total:,} bytes when unpacked", MOST_EXPANDED)
            tags = sum(_tags(parts, entry) for entry in parts.infolist())
    except (BadZipFile, EOFError, NotImplementedError, RuntimeError, zlib.error):
        raise BlockInputError("the spreadsheet is not an .xlsx file") from None
    if tags > MOST_TAGS:
        raise _too_large(f"{tags:,} tags", MOST_TAGS)


def _tags(parts: ZipFile, entry: ZipInfo) -> int:
    with parts.open(entry) as part:
        return sum(
            piece.count(b"<") for piece in iter(lambda: part.read(_AT_A_TIME), b"")
        )


def _too_large(size: str, limit: int) -> BlockError:
    return BlockError(
        f"the spreadsheet is too large: {size} (limit {limit:,})", code="too_large"
    )


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "TRUE" if value else "FALSE"
        case float() if value.is_integer() and abs(value) < 2**53:
            return str(int(value))
        case datetime() if value.time() == time():
            return value.date().isoformat()
        case datetime() | date() | time():
            return value.isoformat()
    return str(value)


@dataclass(frozen=True, kw_only=True, slots=True)
class Shape:
    """`skipped` columns are named by their header, or by their place from 0."""

    has_header: bool = True
    skip_rows: int = 0
    strip: bool = True
    skipped: frozenset[str] = frozenset()


def records(rows: Iterable[Row], shape: Shape) -> Iterator[dict[str, str]]:
    """Each row by column. Without a header the columns are `0`, `1`, …; so are those
    that a row has beyond the header. Rows without a cell are left out.

    Raises:
        BlockError: code `too_many`, there are more rows than are read.
    """
    lines = iter(rows)
    header = (
        [_clean(name, shape) for name in next(lines, [])] if shape.has_header else []
    )
    for number, row in enumerate(islice(lines, shape.skip_rows, None)):
        if number >= MOST_ROWS:
            raise BlockError(f"more than {MOST_ROWS:,} rows", code="too_many")
        if row:
            yield _record(header, row, shape)


def _record(header: Row, row: Row, shape: Shape) -> dict[str, str]:
    record: dict[str, str] = {}
    for place, cell in enumerate(row):
        name = header[place] if place < len(header) else str(place)
        if name not in shape.skipped and str(place) not in shape.skipped:
            record[name] = _clean(cell, shape)
    return record


def _clean(cell: str, shape: Shape) -> str:
    return cell.strip() if shape.strip else cell


# --- Out ------------------------------------------------------------------------------


def write_csv(
    rows: Sequence[Cells],
    *,
    delimiter: str = ",",
    escape_formulas: bool = True,
) -> str:
    """Rows as CSV with CRLF; objects come under a header of all their keys.

    Raises:
        BlockInputError: the delimiter is no single character.
    """
    text = StringIO(newline="")
    try:
        writer = csv.writer(text, delimiter=_sign(delimiter))
    except (TypeError, ValueError) as error:
        raise BlockInputError(f"pin 'delimiter': {error}") from None
    for row in _table(rows):
        cells = map(_written, row)
        writer.writerow(map(safe_cell, cells) if escape_formulas else cells)
    return text.getvalue()


def _table(
    rows: Sequence[Cells],
) -> Iterator[Iterable[Any]]:
    header = dict.fromkeys(
        key for row in rows if isinstance(row, Mapping) for key in row
    )
    if header:
        yield header
    for row in rows:
        if isinstance(row, Mapping):
            yield (row.get(key) for key in header)
        else:
            yield row


def _written(value: Any) -> Any:
    """Numbers stay numbers: a minus before digits is no formula."""
    if value is None:
        return ""
    if isinstance(value, dict | list | bool):
        return orjson.dumps(value).decode()
    return value


def safe_cell(value: Any) -> Any:
    """Text that a spreadsheet would take for a formula, as the text it is."""
    if isinstance(value, str) and value.startswith(_FORMULA_STARTS):
        return f"'{value}"
    return value
