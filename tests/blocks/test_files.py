"""Files, tables and web requests with files: edges beyond the examples."""

import asyncio
from io import BytesIO
from urllib.parse import quote

import pytest

from blocks.multipart import Part, encode_form
from blocks.registry import registry
from blocks.testing import FakeContext, FakeHttp, run_block
from blocks.testing.fakes import FakeFiles

SPECS = {spec.name: spec for spec in registry}
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def uri(text: str, kind: str = "text/plain") -> str:
    return f"data:{kind},{quote(text)}"


async def ran(name: str, inputs, ctx: FakeContext | None = None):
    return await run_block(SPECS[name], inputs, ctx or FakeContext())


async def outputs(name: str, inputs, ctx: FakeContext | None = None):
    result = await ran(name, inputs, ctx)
    assert result.error is None, result.error
    return result.outputs


async def failure(name: str, inputs, ctx: FakeContext | None = None) -> str:
    result = await ran(name, inputs, ctx)
    assert result.error is not None
    return result.error.code


# --- Storing --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "given", "taken"),
    [
        ("FileStoreBlock", {"file_in": "workspace://9"}, "file_out"),
        ("AgentFileInputBlock", {"name": "n", "value": "workspace://9"}, "result"),
    ],
)
async def test_stored_file_is_not_stored_again(name: str, given, taken: str):
    files = FakeFiles({"workspace://9": ("a.txt", "text/plain", b"hi")})
    found = await outputs(name, given, FakeContext(files=files))
    assert found == [(taken, "workspace://9")]
    assert files.written == []


async def test_too_large_a_file_is_not_given_as_text():
    files = FakeFiles({"workspace://9": ("a", "", b"n" * (20 * 1024 * 1024 + 1))})
    given = {"file_in": "workspace://9", "base_64": True}
    assert await failure("FileStoreBlock", given, FakeContext(files=files)) == (
        "too_large"
    )


# --- Reading --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "more", "pieces"),
    [
        pytest.param(uri("Grüße"), {}, ["Grüße"], id="UTF-8"),
        pytest.param("data:,Gr%FC%DFe", {}, ["Grüße"], id="Latin-1"),
        pytest.param("data:,%EF%BB%BFa", {}, ["a"], id="with-a-mark"),
        pytest.param("data:,", {}, [""], id="empty"),
        pytest.param("data:,abc", {"skip_size": 1}, ["bc"], id="skip"),
        pytest.param("data:,abc", {"skip_size": 9}, [""], id="skip-all"),
        pytest.param("data:,abc", {"size_limit": 3}, ["abc"], id="fits"),
        # Without a delimiter there is one row.
        pytest.param("data:,abc", {"skip_rows": 1}, ["abc"], id="no-rows"),
        pytest.param(
            uri("a\nb\nc"), {"delimiter": "\\n", "skip_rows": 1}, ["b\nc"], id="lines"
        ),
        pytest.param(
            uri("a\nb\nc"), {"delimiter": "\n", "row_limit": 2}, ["a\nb"], id="rows"
        ),
        pytest.param(
            "data:,xa;b;c;d",
            {"skip_size": 1, "delimiter": ";", "skip_rows": 1}
            | {"row_limit": 2, "size_limit": 2},
            ["b;", "c"],
            id="all-in-order",
        ),
    ],
)
async def test_reading(source: str, more, pieces: list[str]):
    found = await outputs("FileReadBlock", {"file_input": source, **more})
    assert found == [("content", piece) for piece in pieces]


# --- Working in a temporary folder ----------------------------------------------------


@pytest.mark.parametrize(
    ("operation", "text", "changed"),
    [
        ("uppercase", "aé\nb", "AÉ\nB\n"),
        ("lowercase", "A", "a\n"),
        ("lowercase", "A\r\nB\r\n", "a\r\nb\r\n"),
        ("sort lines", "b\na\nb", "a\nb\nb\n"),
        ("unique lines", "b\na\nb", "b\na\n"),
        ("uppercase", "", ""),
    ],
)
async def test_changing_a_file(operation: str, text: str, changed: str):
    ctx = FakeContext()
    given = {"file": uri(text), "operation": operation}
    found = dict(await outputs("FileProcessorBlock", given, ctx))
    assert ctx.files.files[found["file"]][2].decode() == changed
    assert found["result"]["lines"] == changed.count("\n")


async def test_replacing_and_bytes_that_are_no_text():
    ctx = FakeContext()
    given = {"file": "data:,a%FFa", "operation": "replace", "find": "a"}
    found = dict(
        await outputs("FileProcessorBlock", {**given, "replacement": "b"}, ctx)
    )
    assert ctx.files.files[found["file"]][2] == b"b\xffb\n"


async def test_checksums():
    given = {"file": "data:,hello", "operation": "checksum"}
    ((_, found),) = await outputs("FileProcessorBlock", given)
    assert found["md5"] == "5d41402abc4b2a76b9719d911017c592"
    assert found["sha256"].startswith("2cf24dba5fb0a30e")


async def test_temporary_files_go_when_it_is_cancelled():
    """While the changed file is being written, which is as late as can be."""
    folders = []

    class Slow(FakeFiles):
        def scratch(self):
            outer = super().scratch()

            class Seen:
                async def __aenter__(self):
                    folders.append(await outer.__aenter__())
                    return folders[0]

                async def __aexit__(self, *error):
                    return await outer.__aexit__(*error)

            return Seen()

        async def write(self, name, content, *, media_type=None):
            assert (folders[0] / "changed").exists()
            await asyncio.sleep(600)

    given = {"file": "data:,a", "operation": "uppercase"}
    task = asyncio.create_task(
        ran("FileProcessorBlock", given, FakeContext(files=Slow()))
    )
    while not folders:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not folders[0].exists()


# --- Tables ---------------------------------------------------------------------------

READ = "ReadSpreadsheetBlock"


@pytest.mark.parametrize(
    ("given", "rows"),
    [
        pytest.param(
            {"contents": 'a,b\n"x, ""y""",z'}, [{"a": 'x, "y"', "b": "z"}], id="quotes"
        ),
        pytest.param(
            {"contents": "a,b\nx\\,y,z"}, [{"a": "x,y", "b": "z"}], id="escaped"
        ),
        pytest.param({"contents": "a\n\nb\n"}, [{"a": "b"}], id="empty-lines"),
        pytest.param({"contents": "a,b\n1"}, [{"a": "1"}], id="short-row"),
        pytest.param({"contents": "a\n1,2"}, [{"a": "1", "1": "2"}], id="long-row"),
        pytest.param(
            {"contents": "a\tb\n1\t2", "delimiter": "\\t"},
            [{"a": "1", "b": "2"}],
            id="tabs",
        ),
        pytest.param(
            {"contents": " a \n 1 ", "strip": False}, [{" a ": " 1 "}], id="unstripped"
        ),
        pytest.param(
            {"contents": "a\n1\n2\n3", "skip_rows": 2}, [{"a": "3"}], id="skip-rows"
        ),
        pytest.param(
            {"contents": "a,b,c\n1,2,3", "skip_columns": ["b", "2"]},
            [{"a": "1"}],
            id="skip-columns-by-name-and-place",
        ),
        pytest.param(
            {"contents": "1,2", "has_header": False, "skip_columns": ["0"]},
            [{"1": "2"}],
            id="skip-columns-without-header",
        ),
        pytest.param({"contents": ""}, [], id="nothing"),
        pytest.param({"contents": "a,b"}, [], id="header-alone"),
        pytest.param(
            {"file_input": "data:text/csv,%EF%BB%BFa%0D%0A1"}, [{"a": "1"}], id="mark"
        ),
    ],
)
async def test_reading_tables(given, rows):
    assert await outputs(READ, given) == [("rows", rows)]


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({"contents": "a", "delimiter": ",,"}, id="two-signs"),
        pytest.param({"contents": "a", "delimiter": ""}, id="no-sign"),
        pytest.param({"contents": '"' + "n" * 200_000}, id="endless-cell"),
        pytest.param({"file_input": "data:;base64,0M8R4KGxGuEA"}, id="old-xls"),
        pytest.param({"file_input": "data:;base64,UEsDBAAAAAA="}, id="broken-xlsx"),
    ],
)
async def test_tables_that_cannot_be_read(given):
    assert await failure(READ, given) == "bad_input"


def spreadsheet() -> bytes:
    from datetime import date, datetime

    from openpyxl import Workbook

    book = Workbook()
    page = book.active
    page.append(["name", "count", "price", "day", "at", "ok", "none"])
    page.append(
        ["tea", 2, 1.5, date(2026, 1, 31), datetime(2026, 1, 31, 9, 30), True, None]
    )
    book.create_sheet("More").append(["x"])
    target = BytesIO()
    book.save(target)
    return target.getvalue()


async def test_reading_a_spreadsheet():
    files = FakeFiles({"workspace://1": ("a.xlsx", SHEET, spreadsheet())})
    found = await outputs(
        READ, {"file_input": "workspace://1"}, FakeContext(files=files)
    )
    row = {
        "name": "tea", "count": "2", "price": "1.5", "day": "2026-01-31",
        "at": "2026-01-31T09:30:00", "ok": "TRUE", "none": "",
    }  # fmt: skip
    assert found == [("rows", [row])]
    more = {"file_input": "workspace://1", "sheet": "More", "has_header": False}
    assert await outputs(READ, more, FakeContext(files=files)) == [
        ("rows", [{"0": "x"}])
    ]
    result = await ran(READ, {**more, "sheet": "Other"}, FakeContext(files=files))
    assert "'More'" in str(result.error)


async def test_sheet_of_too_many_cells_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("blocks.tabular.MOST_CELLS", 10)
    files = FakeFiles({"workspace://1": ("a.xlsx", SHEET, spreadsheet())})
    given = {"file_input": "workspace://1"}
    assert await failure(READ, given, FakeContext(files=files)) == "too_many"


async def test_spreadsheet_that_grows_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("blocks.tabular.MOST_EXPANDED", 1_000)
    files = FakeFiles({"workspace://1": ("a.xlsx", SHEET, spreadsheet())})
    given = {"file_input": "workspace://1"}
    assert await failure(READ, given, FakeContext(files=files)) == "too_large"


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        pytest.param('=HYPERLINK("x")', '"\'=HYPERLINK(""x"")"', id="CS01"),
        pytest.param("+1+cmd|' /C calc'!A0", "'+1+cmd|' /C calc'!A0", id="CS02"),
        pytest.param("-2+3", "'-2+3", id="minus"),
        pytest.param("@SUM(1+1)*cmd", "'@SUM(1+1)*cmd", id="CS04"),
        pytest.param("\t=1+1", "'\t=1+1", id="CS05"),
        pytest.param("\uff1d1+1", "'\uff1d1+1", id="wide"),
        # Numbers are no formulas, nor is text with a sign inside.
        pytest.param(-2, "-2", id="number"),
        pytest.param(-2.5, "-2.5", id="fraction"),
        pytest.param("a=b", "a=b", id="inside"),
        pytest.param("", '""', id="empty"),
        pytest.param({"a": [1]}, '"{""a"":[1]}"', id="object"),
    ],
)
async def test_formulas_are_written_as_text(cell, written: str):
    given = {"rows": [[cell]], "store": False}
    assert await outputs("CreateCSVBlock", given) == [("csv", f"{written}\r\n")]


async def test_formulas_can_be_wanted():
    given = {"rows": [["=1+1"]], "store": False, "escape_formulas": False}
    assert await outputs("CreateCSVBlock", given) == [("csv", "=1+1\r\n")]


# --- Sending files --------------------------------------------------------------------

URL = "https://api.example/photos"


async def test_files_are_sent_in_a_form():
    files = FakeFiles({"workspace://9": ("a.txt", "text/plain", b"hi")})
    http = FakeHttp([("POST", URL, 200, {}, b"ok")])
    given = {
        "url": URL,
        "files": ["workspace://9", "data:,there"],
        "files_name": "doc",
        "body": {"title": "tea", "tags": ["a"]},
        "headers": {"content-type": "application/json", "X-Kind": "b"},
    }
    await outputs("SendWebRequestBlock", given, FakeContext(http, files=files))
    parts = [
        Part(field_name="doc", file_name=name, media_type="text/plain", content=content)
        for name, content in (("a.txt", b"hi"), ("file.txt", b"there"))
    ]
    kind, body = encode_form({"title": "tea", "tags": '["a"]'}, parts)
    (sent,) = http.sent
    assert sent.body == body
    assert sent.headers["Content-Type"] == kind
    assert "content-type" not in sent.headers
    assert sent.headers["X-Kind"] == "b"


async def test_nothing_is_sent_without_its_files():
    http = FakeHttp()
    given = {"url": URL, "files": ["/etc/passwd"]}
    assert await failure("SendWebRequestBlock", given, FakeContext(http)) == "no_file"
    assert http.sent == []
