"""Blocks for tables: lists of objects, whose keys are the columns."""

from enum import StrEnum
from typing import Any, Final, TypeAlias

from blocks.base import Block, Pins, Steps, block, pin
from blocks.context import Context
from blocks.errors import BlockError, BlockInputError
from blocks.ordering import group_key, identity
from blocks.spec import Category, Example
from blocks.values import JsonValue

Row: TypeAlias = dict[str, Any]

_CITIES: Final[list[JsonValue]] = [{"id": 1, "city": "Bern"}, {"id": 2, "city": "Rome"}]


@block(
    id="69838219-9325-4c2a-90f8-3f2cbb435366",
    name="SelectColumnsBlock",
    categories=(Category.DATA,),
    cpu=True,
    examples=(
        Example(
            inputs={"rows": [{"a": 1, "b": 2, "c": 3}], "columns": ["c", "a"]},
            outputs=[("rows", [{"c": 3, "a": 1}])],
        ),
        Example(
            inputs={"rows": [{"a": 1}], "columns": ["a", "z"]},
            outputs=[("rows", [{"a": 1, "z": None}])],
        ),
        Example(
            inputs={"rows": [{"a": 1, "b": 2}], "columns": ["a"], "drop": True},
            outputs=[("rows", [{"b": 2}])],
        ),
        Example(inputs={"rows": [1], "columns": ["a"]}, error="row 0 is no object"),
    ),
)
class SelectColumns(Block):
    """Keeps some columns of a table in the order that is asked for, or drops them. A
    row without a column gets null there."""

    class Input(Pins):
        rows: list[Any] = pin("The table.")
        columns: list[str] = pin("The names of the columns.")
        drop: bool = pin("Keep all others instead.", default=False)

    class Output(Pins):
        rows: list[Row] = pin("The table.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        rows, columns = _rows(inputs.rows), inputs.columns
        if inputs.drop:
            gone = set(columns)
            yield (
                "rows",
                [{key: row[key] for key in row if key not in gone} for row in rows],
            )
        else:
            yield "rows", [{name: row.get(name) for name in columns} for row in rows]


def _rows(values: list[Any], pin_name: str = "rows") -> list[Row]:
    for place, value in enumerate(values):
        if not isinstance(value, dict):
            raise BlockInputError(f"pin {pin_name!r}: row {place} is no object")
    return values


@block(
    id="7a7ae213-8bb7-41ee-a946-beb4642a21c3",
    name="RenameColumnsBlock",
    categories=(Category.DATA,),
    cpu=True,
    examples=(
        Example(
            inputs={"rows": [{"a": 1, "b": 2}], "names": {"a": "b", "b": "a"}},
            outputs=[("rows", [{"b": 1, "a": 2}])],
        ),
        Example(
            inputs={"rows": [{"a": 1, "b": 2}], "names": {"a": "b"}},
            error="row 0 would have two columns of the same name",
        ),
    ),
)
class RenameColumns(Block):
    """Gives columns of a table other names."""

    class Input(Pins):
        rows: list[Any] = pin("The table.")
        names: dict[str, str] = pin("The new names, by the old ones.")

    class Output(Pins):
        rows: list[Row] = pin("The table.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        renamed = []
        for place, row in enumerate(_rows(inputs.rows)):
            new = {inputs.names.get(key, key): value for key, value in row.items()}
            if len(new) < len(row):
                raise BlockError(
                    f"row {place} would have two columns of the same name",
                    code="conflict",
                )
            renamed.append(new)
        yield "rows", renamed


class JoinKind(StrEnum):
    INNER = "inner"
    LEFT = "left"


MAX_JOINED: Final = 100_000


@block(
    id="8a20d444-92d3-4481-b999-92e3afdcdd68",
    name="JoinTablesBlock",
    categories=(Category.DATA,),
    cpu=True,
    examples=(
        Example(
            inputs={
                "left": [{"name": "Ann", "id": 2}, {"name": "Bob", "id": 9}],
                "right": _CITIES,
                "left_on": "id",
            },
            outputs=[
                ("rows", [{"name": "Ann", "id": 2, "city": "Rome"}]),
                ("unmatched", [{"name": "Bob", "id": 9}]),
            ],
        ),
        Example(
            inputs={
                "left": [{"name": "Bob", "home": 9}],
                "right": _CITIES,
                "left_on": "home",
                "right_on": "id",
                "kind": "left",
            },
            outputs=[
                ("rows", [{"name": "Bob", "home": 9, "id": None, "city": None}]),
                ("unmatched", [{"name": "Bob", "home": 9}]),
            ],
        ),
        Example(
            inputs={
                "left": [{"id": 1, "city": "here"}],
                "right": _CITIES,
                "left_on": "id",
            },
            outputs=[
                ("rows", [{"id": 1, "city": "here", "city_right": "Bern"}]),
                ("unmatched", []),
            ],
        ),
    ),
)
class JoinTables(Block):
    """Puts rows of two tables together that have the same value in a column. A row that
    fits several is there several times, one without a value fits none. A column both
    have keeps the left value; the right one is called `…_right`."""

    class Input(Pins):
        left: list[Any] = pin("The one table.")
        right: list[Any] = pin("The other table.")
        left_on: str = pin("The column of the left table to compare.")
        right_on: str = pin(
            "That of the right table, if it is called otherwise.", default=""
        )
        kind: JoinKind = pin(
            "inner: only rows that fit; left: all of the left table.",
            default=JoinKind.INNER,
        )

    class Output(Pins):
        rows: list[Row] = pin("The rows, in the order of the left table.")
        unmatched: list[Row] = pin("The rows of the left table that fit none.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        left, right = _rows(inputs.left, "left"), _rows(inputs.right, "right")
        join = _Join(inputs.left_on, inputs.right_on or inputs.left_on, right)
        rows: list[Row] = []
        unmatched: list[Row] = []
        for row in left:
            fitting = join.fitting(row)
            if not fitting:
                unmatched.append(row)
                fitting = [join.nulls] if inputs.kind is JoinKind.LEFT else []
            rows += [join.together(row, other) for other in fitting]
            if len(rows) > MAX_JOINED:
                raise BlockError(f"more than {MAX_JOINED:,} rows come of it")
        yield "rows", rows
        yield "unmatched", unmatched


class _Join:
    def __init__(self, left_on: str, right_on: str, right: list[Row]) -> None:
        self._left_on = left_on
        self._hidden = right_on if right_on == left_on else None
        self._right: dict[Any, list[Row]] = {}
        for row in right:
            if row.get(right_on) is not None:
                self._right.setdefault(identity(row[right_on]), []).append(row)
        self.nulls: Row = dict.fromkeys(key for row in right for key in row)

    def fitting(self, row: Row) -> list[Row]:
        value = row.get(self._left_on)
        return [] if value is None else self._right.get(identity(value), [])

    def together(self, left: Row, right: Row) -> Row:
        joined = dict(left)
        for key, value in right.items():
            if key != self._hidden:
                joined[f"{key}_right" if key in left else key] = value
        return joined


class Aggregate(StrEnum):
    SUM = "sum"
    COUNT = "count"
    AVERAGE = "average"
    MIN = "min"
    MAX = "max"
    FIRST = "first"


@block(
    id="28b4bc07-5889-4e01-911d-2ad6b7e91027",
    name="PivotTableBlock",
    categories=(Category.DATA,),
    cpu=True,
    examples=(
        Example(
            inputs={
                "rows": [
                    {"shop": "A", "year": 2025, "sum": 3},
                    {"shop": "A", "year": 2026, "sum": 4},
                    {"shop": "A", "year": 2026, "sum": 5},
                    {"shop": "B", "year": 2025, "sum": 1},
                ],
                "index": "shop",
                "columns": "year",
                "values": "sum",
            },
            outputs=[
                (
                    "rows",
                    [
                        {"shop": "A", "2025": 3, "2026": 9},
                        {"shop": "B", "2025": 1, "2026": None},
                    ],
                )
            ],
        ),
        Example(
            inputs={
                "rows": [{"a": "x", "b": "y", "c": "text"}],
                "index": "a",
                "columns": "b",
                "values": "c",
                "aggregate": "sum",
            },
            error="is no number",
        ),
    ),
)
class PivotTable(Block):
    """Makes a row of all rows with the same value in one column, and a column of each
    value of another one. What falls together is added up or otherwise made one."""

    class Input(Pins):
        rows: list[Any] = pin("The table.")
        index: str = pin("The column whose values become the rows.")
        columns: str = pin("The column whose values become the columns.")
        values: str = pin("The column with the values.")
        aggregate: Aggregate = pin(
            "What to make of values that fall together; nulls do not count.",
            default=Aggregate.SUM,
        )

    class Output(Pins):
        rows: list[Row] = pin("The new table, in the order of what came first.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        cells: dict[str, dict[str, list[Any]]] = {}
        firsts: dict[str, Any] = {}
        names: dict[str, None] = {}
        for row in _rows(inputs.rows):
            index = group_key(row.get(inputs.index))
            name = group_key(row.get(inputs.columns))
            firsts.setdefault(index, row.get(inputs.index))
            names[name] = None
            cell = cells.setdefault(index, {}).setdefault(name, [])
            if row.get(inputs.values) is not None:
                cell.append(row[inputs.values])
        if len(cells) * len(names) > MAX_JOINED:
            raise BlockError(f"more than {MAX_JOINED:,} cells come of it")
        yield (
            "rows",
            [
                {inputs.index: firsts[index]}
                | {
                    name: _made_one(row.get(name, []), inputs.aggregate)
                    for name in names
                }
                for index, row in cells.items()
            ],
        )


def _made_one(values: list[Any], how: Aggregate) -> Any:
    if how is Aggregate.COUNT:
        return len(values)
    if not values:
        return None
    if how is Aggregate.FIRST:
        return values[0]
    for value in values:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise BlockError(f"a value is no number, which {how.value} wants")
    match how:
        case Aggregate.MIN:
            return min(values)
        case Aggregate.MAX:
            return max(values)
    total = sum(values)
    return total / len(values) if how is Aggregate.AVERAGE else total
