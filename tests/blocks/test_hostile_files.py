"""Tables, archives and pictures that reach out or use the machine up."""

import gzip
import struct
import tarfile
import zlib
from io import BytesIO
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZipFile, ZipInfo

import pytest

from blocks.tabular import safe_cell
from tests.blocks.hostile import inline, played, refusal
from tests.security.corpus.block_targets import Outcome

# --- Tables ---------------------------------------------------------------------------


@pytest.mark.parametrize("sign", list("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20\ufeff"))
def test_cell_that_begins_like_a_formula_is_text(sign: str):
    assert safe_cell(f"{sign}1") == f"'{sign}1"


def workbook(sheet: str, before: str = "") -> bytes:
    """A workbook with these rows in its sheet, and this before it."""
    from openpyxl import Workbook

    plain = BytesIO()
    Workbook().save(plain)
    namespace = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    page = f'<worksheet xmlns="{namespace}"><sheetData>{sheet}</sheetData></worksheet>'
    with ZipFile(plain) as parts:
        found = {name: parts.read(name) for name in parts.namelist()}
    return packed(list((found | {"xl/worksheets/sheet1.xml": before + page}).items()))


TEXT_CELL = '<row r="1"><c r="A1" t="inlineStr"><is><t>%s</t></is></c></row>'


def read_sheet(sheet: str, before: str = "") -> Outcome:
    content = inline(workbook(sheet, before))
    return played("ReadSpreadsheet", {"file_input": content})


def test_workbook_of_these_tests_can_be_read():
    second = '<row r="2"><c r="A2"><v>1</v></c></row>'
    assert read_sheet(TEXT_CELL % "h" + second).outputs == [("rows", [{"h": "1"}])]


@pytest.mark.parametrize(
    ("sheet", "before"),
    [
        pytest.param(
            TEXT_CELL % "&x;",
            '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
            id="entity",
        ),
        pytest.param(
            '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>', "", id="far-cell"
        ),
        # they are never given out, but each is read
        pytest.param(
            '<row r="1"><c r="A1"><v>1</v></c></row>' * 1_400_000, "", id="same-row"
        ),
    ],
)
def test_sheet_is_refused(sheet: str, before: str):
    outcome = read_sheet(sheet, before)
    assert outcome.error is not None
    assert outcome.error.code in ("bad_input", "too_large", "too_many")
    assert "root:" not in outcome.text


# --- Archives and pictures ------------------------------------------------------------


def packed(
    entries: list[tuple[str, str | bytes]], mode: int = 0, method: int = ZIP_DEFLATED
) -> bytes:
    target = BytesIO()
    with ZipFile(target, "w") as archive:
        for name, content in entries:
            entry = ZipInfo(name)
            entry.compress_type = method
            entry.create_system, entry.external_attr = 3, mode << 16
            archive.writestr(entry, content)
    return target.getvalue()


def tarred(name: str, kind: bytes, link: str = "", content: bytes = b"") -> bytes:
    target = BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        entry = tarfile.TarInfo(name)
        entry.type, entry.linkname, entry.size = kind, link, len(content)
        archive.addfile(entry, BytesIO(content))
    return target.getvalue()


def overlapping(times: int) -> bytes:
    """The directory names one packed file many times."""
    one = packed([("a", bytes(1_000_000))])
    end, start = one.rindex(b"PK\x05\x06"), one.rindex(b"PK\x01\x02")
    directory = one[start:end] * times
    tail = struct.pack(
        "<4s4H2LH", b"PK\x05\x06", 0, 0, times, times, len(directory), start, 0
    )
    return one[:start] + directory + tail


@pytest.mark.parametrize(
    ("archive", "code"),
    [
        pytest.param(packed([("..\\..\\x", "a")]), "unsafe_archive", id="windows-slip"),
        pytest.param(packed([("C:\\x", "a")]), "unsafe_archive", id="drive"),
        pytest.param(packed([("\\\\h\\s", "a")]), "unsafe_archive", id="share"),
        pytest.param(packed([("a/../../x", "a")]), "unsafe_archive", id="inner-slip"),
        pytest.param(packed([("..", "a")]), "unsafe_archive", id="dots"),
        pytest.param(
            packed([("l", "/etc")], mode=0o120777), "unsafe_archive", id="link"
        ),
        pytest.param(packed([("d", "")], mode=0o020666), "unsafe_archive", id="device"),
        pytest.param(
            tarred("l", tarfile.SYMTYPE, "/etc"), "unsafe_archive", id="tar-link"
        ),
        pytest.param(
            tarred("l", tarfile.LNKTYPE, "../x"), "unsafe_archive", id="tar-hard-link"
        ),
        pytest.param(tarred("f", tarfile.FIFOTYPE), "unsafe_archive", id="tar-fifo"),
        pytest.param(
            gzip.compress(tarred("../x", tarfile.REGTYPE)),
            "unsafe_archive",
            id="tgz-slip",
        ),
        pytest.param(
            packed([("b", bytes(60_000_000))], method=ZIP_BZIP2), "too_large", id="bz2"
        ),
        pytest.param(gzip.compress(bytes(60_000_000)), "too_large", id="gz"),
        pytest.param(overlapping(100), "too_large", id="overlapping"),
        pytest.param(
            packed([(str(n), "") for n in range(2_000)]), "too_many", id="many"
        ),
        pytest.param(b"GIF89a" + packed([("a", "x")]), "bad_input", id="two-in-one"),
        pytest.param(packed([("a", "x" * 1_000)])[:60], "bad_input", id="cut-off"),
        pytest.param(gzip.compress(b"a") + b"junk", "bad_input", id="junk-behind"),
    ],
)
def test_archive_is_refused(archive: bytes, code: str):
    assert refusal("ExtractArchive", {"archive": inline(archive)}) == code


def png(width: int, height: int, *more: bytes) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = [b"IHDR" + head, *more, b"IDAT" + zlib.compress(bytes(100)), b"IEND"]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(part) - 4) + part + struct.pack(">I", zlib.crc32(part))
        for part in parts
    )


GIF_HEAD = (
    b"GIF89a\xff\xff\xff\xff\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\xff\xff\xff\xff\0\x02"
)


@pytest.mark.parametrize(
    ("picture", "code"),
    [
        pytest.param(png(2**31 - 1, 1), "too_large", id="wide"),
        pytest.param(png(0, 0), "bad_input", id="empty"),
        pytest.param(png(100, 100), "bad_input", id="cut-off"),
        pytest.param(
            png(1, 1, b"zTXta\0\0" + zlib.compress(bytes(100_000_000))),
            "bad_input",
            id="packed-text",
        ),
        pytest.param(GIF_HEAD + bytes(20), "too_large", id="gif"),
        pytest.param(b"%!PS-Adobe-3.0\n(/etc/passwd)(r)file", "bad_input", id="ps"),
        pytest.param(b"<svg><image href='/etc/passwd'/></svg>", "bad_input", id="svg"),
        pytest.param(b"BM" + bytes(60), "bad_input", id="bmp"),
    ],
)  # fmt: skip
def test_picture_is_refused(picture: bytes, code: str):
    assert refusal("ResizeImage", {"image": inline(picture), "width": 10}) == code
