"""Google Sheets: reading, writing and looking at spreadsheets."""

import re
from typing import Any, Final

from blocks.base import Block, Pins, Steps, block, pin
from blocks.context import Context
from blocks.credentials import CredentialRef
from blocks.errors import BlockInputError
from blocks.google import ACCOUNT, account_pin, example_call, google_of
from blocks.rest import Rest, query_text, segment
from blocks.spec import Category, CostHint, Effect, Example
from blocks.values import JsonObject, JsonValue

_BASE: Final = "https://sheets.googleapis.com/v4/spreadsheets"
_ADDRESS: Final = re.compile(r"/spreadsheets/d/([A-Za-z0-9_-]+)")
_ID: Final = re.compile(r"[A-Za-z0-9_-]+")
_CELLS: Final[list[JsonValue]] = [["tea", "price"], ["green", "2.5"]]
_PICKED: Final[JsonObject] = {"id": "s1", "name": "Tea"}
_RAW: Final = "?valueInputOption=USER_ENTERED"


class _Sheet(Pins):
    spreadsheet: Any = pin("The spreadsheet: a picked file, its address or its id.")


class _Told(Pins):
    result: dict[str, Any] = pin("What Google says of it.")
    spreadsheet: Any = pin("The same spreadsheet, for the next node.")


def _reading_pin() -> Any:
    return account_pin("spreadsheets.readonly")


def _writing_pin() -> Any:
    return account_pin("spreadsheets")


@block(
    id="5724e902-3635-47e9-a108-aaa0263a4988",
    name="GoogleSheetsReadBlock",
    categories=(Category.DATA,),
    effect=Effect.IDEMPOTENT,
    cost=CostHint.NETWORK,
    examples=(
        Example(
            inputs={"spreadsheet": _PICKED, "range": "Sheet1!A1:B2"},
            credentials=(ACCOUNT,),
            calls=(
                example_call(
                    "GET", f"{_BASE}/s1/values/Sheet1%21A1%3AB2", {"values": _CELLS}
                ),
            ),
            outputs=[("result", _CELLS), ("spreadsheet", _PICKED)],
        ),
        Example(
            inputs={"spreadsheet": "", "range": "A1"}, error="is not a spreadsheet"
        ),
    ),
)
class GoogleSheetsRead(Block):
    """Reads cells of a Google spreadsheet."""

    class Input(_Sheet):
        range: str = pin("The cells, like Sheet1!A1:C10.")
        credentials: CredentialRef | None = _reading_pin()

    class Output(Pins):
        result: list[list[Any]] = pin("The rows, each a list of cells.")
        spreadsheet: Any = pin("The same spreadsheet, for the next node.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        path = f"/{_id(inputs)}/values/{segment('range', inputs.range)}"
        answer = await (await _sheets(inputs, ctx)).get(path)
        yield "result", answer.get("values") or []
        yield "spreadsheet", inputs.spreadsheet


@block(
    id="d9291e87-301d-47a8-91fe-907fb55460e5",
    name="GoogleSheetsWriteBlock",
    categories=(Category.DATA,),
    effect=Effect.IDEMPOTENT,
    cost=CostHint.NETWORK,
    examples=(
        Example(
            inputs={"spreadsheet": "s1", "range": "A1:B2", "values": _CELLS},
            credentials=(ACCOUNT,),
            calls=(
                example_call(
                    "PUT", f"{_BASE}/s1/values/A1%3AB2{_RAW}", {"updatedCells": 4}
                ),
            ),
            outputs=[("result", {"updatedCells": 4}), ("spreadsheet", "s1")],
        ),
    ),
)
class GoogleSheetsWrite(Block):
    """Writes cells of a Google spreadsheet."""

    class Input(_Sheet):
        range: str = pin("The cells, like Sheet1!A1:C10.")
        values: list[list[Any]] = pin("The rows, each a list of cells.")
        credentials: CredentialRef | None = _writing_pin()

    class Output(_Told):
        pass

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        path = f"/{_id(inputs)}/values/{segment('range', inputs.range)}{_RAW}"
        sheets = await _sheets(inputs, ctx)
        yield "result", await sheets.change("PUT", path, {"values": inputs.values})
        yield "spreadsheet", inputs.spreadsheet


@block(
    id="531d50c0-d6b9-4cf9-a013-7bf783d313c7",
    name="GoogleSheetsAppendRowBlock",
    categories=(Category.DATA,),
    effect=Effect.ONCE,
    cost=CostHint.NETWORK,
    examples=(
        Example(
            inputs={"spreadsheet": "s1", "row": ["black", "2"]},
            credentials=(ACCOUNT,),
            calls=(
                example_call(
                    "GET",
                    f"{_BASE}/s1?fields=sheets.properties.title",
                    {"sheets": [{"properties": {"title": "Tea"}}]},
                ),
                example_call(
                    "POST",
                    f"{_BASE}/s1/values/%27Tea%27:append{_RAW}"
                    "&insertDataOption=INSERT_ROWS",
                    {"updates": {"updatedRows": 1}},
                ),
            ),
            outputs=[
                ("result", {"updates": {"updatedRows": 1}}),
                ("spreadsheet", "s1"),
            ],
        ),
    ),
)
class GoogleSheetsAppendRow(Block):
    """Adds a row below the others of a Google spreadsheet."""

    class Input(_Sheet):
        row: list[Any] = pin("The cells of the row.")
        sheet_name: str = pin("The sheet; by default the first.", default="")
        credentials: CredentialRef | None = _writing_pin()

    class Output(_Told):
        pass

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        sheets = await _sheets(inputs, ctx)
        name = inputs.sheet_name or await _first_sheet(sheets, _id(inputs))
        quoted = "'" + name.replace("'", "''") + "'"
        where = segment("sheet_name", quoted)
        options = f"{_RAW}&insertDataOption=INSERT_ROWS"
        path = f"/{_id(inputs)}/values/{where}:append{options}"
        yield "result", await sheets.post(path, {"values": [inputs.row]})
        yield "spreadsheet", inputs.spreadsheet


async def _first_sheet(sheets: Rest, id_: str) -> str:
    answer = await sheets.get(f"/{id_}?fields=sheets.properties.title")
    return str(answer["sheets"][0]["properties"]["title"])


@block(
    id="84938266-0fc7-46e5-9369-adb0f6ae8015",
    name="GoogleSheetsClearBlock",
    categories=(Category.DATA,),
    effect=Effect.IDEMPOTENT,
    cost=CostHint.NETWORK,
    examples=(
        Example(
            inputs={"spreadsheet": "s1", "range": "A1:B2"},
            credentials=(ACCOUNT,),
            calls=(
                example_call(
                    "POST",
                    f"{_BASE}/s1/values/A1%3AB2:clear",
                    {"clearedRange": "Tea!A1:B2"},
                ),
            ),
            outputs=[("result", {"clearedRange": "Tea!A1:B2"}), ("spreadsheet", "s1")],
        ),
    ),
)
class GoogleSheetsClear(Block):
    """Empties cells of a Google spreadsheet."""

    class Input(_Sheet):
        range: str = pin("The cells, like Sheet1!A1:C10.")
        credentials: CredentialRef | None = _writing_pin()

    class Output(_Told):
        pass

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        path = f"/{_id(inputs)}/values/{segment('range', inputs.range)}:clear"
        yield "result", await (await _sheets(inputs, ctx)).post(path, {})
        yield "spreadsheet", inputs.spreadsheet


@block(
    id="6a0be6ee-7a0d-4c92-819b-500630846ad0",
    name="GoogleSheetsMetadataBlock",
    categories=(Category.DATA,),
    effect=Effect.IDEMPOTENT,
    cost=CostHint.NETWORK,
    examples=(
        Example(
            inputs={"spreadsheet": "https://docs.google.com/spreadsheets/d/s1/edit"},
            credentials=(ACCOUNT,),
            calls=(
                example_call(
                    "GET",
                    f"{_BASE}/s1?fields=properties.title%2Csheets.properties",
                    {
                        "properties": {"title": "Tea"},
                        "sheets": [{"properties": {"title": "A", "sheetId": 0}}],
                    },
                ),
            ),
            outputs=[
                (
                    "result",
                    {"title": "Tea", "sheets": [{"title": "A", "sheetId": 0}]},
                ),
                (
                    "spreadsheet",
                    "https://docs.google.com/spreadsheets/d/s1/edit",
                ),
            ],
        ),
    ),
)
class GoogleSheetsMetadata(Block):
    """Tells the title and the sheets of a Google spreadsheet."""

    class Input(_Sheet):
        credentials: CredentialRef | None = _reading_pin()

    class Output(Pins):
        result: dict[str, Any] = pin("title, and sheets with title and sheetId.")
        spreadsheet: Any = pin("The same spreadsheet, for the next node.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        query = query_text({"fields": "properties.title,sheets.properties"})
        answer = await (await _sheets(inputs, ctx)).get(f"/{_id(inputs)}{query}")
        sheets = [each["properties"] for each in answer.get("sheets") or ()]
        kept = [{"title": s["title"], "sheetId": s["sheetId"]} for s in sheets]
        yield "result", {"title": answer["properties"]["title"], "sheets": kept}
        yield "spreadsheet", inputs.spreadsheet


def _id(inputs: Any) -> str:
    value = inputs.spreadsheet
    text = value.get("id") if isinstance(value, dict) else value
    if isinstance(text, str):
        found = _ADDRESS.search(text)
        if found or _ID.fullmatch(text.strip()):
            return found[1] if found else text.strip()
    raise BlockInputError(
        "pin 'spreadsheet' is not a spreadsheet: give its address, its id or a picked "
        "file"
    )


async def _sheets(inputs: Any, ctx: Context) -> Rest:
    _id(inputs)
    return await google_of(_account(inputs), ctx, "Google Sheets", _BASE)


def _account(inputs: Any) -> CredentialRef | None:
    """A picked file brings the account it was picked with."""
    picked = inputs.spreadsheet if isinstance(inputs.spreadsheet, dict) else {}
    brought = picked.get("_credentials_id")
    if inputs.credentials is None and isinstance(brought, str) and brought:
        return CredentialRef(id=brought, provider="google")
    found: CredentialRef | None = inputs.credentials
    return found
