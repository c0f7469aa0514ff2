"""Queries for one row that are compiled once and asked often.

For the hot paths alone: building and compiling such a query takes the ORM longer than
the database needs to answer it. What the query annotates becomes attributes of the row.
"""

from collections.abc import Callable
from typing import Any, Generic, NamedTuple, TypeVar
from uuid import UUID, uuid4

from django.db import connection
from django.db.models import Model, QuerySet

M = TypeVar("M", bound=Model)


class _Statement(NamedTuple):
    """`places` gives, for each parameter, the number of the argument or a constant."""

    sql: str
    places: tuple[tuple[int | None, Any], ...]
    columns: list[str]
    annotations: list[str]
    converters: Any
    compiler: Any


class Compiled(Generic[M]):
    """`first(*ids)` answers what `build(*ids).first()` would. All arguments are ids."""

    def __init__(self, build: Callable[..., QuerySet[M]], arguments: int) -> None:
        self._build = build
        self._markers = [uuid4() for _ in range(arguments)]
        self._statements: dict[str, _Statement] = {}

    def first(self, *ids: UUID) -> M | None:
        statement = self._statement()
        native = connection.features.has_native_uuid_field
        values = [id_ if native else id_.hex for id_ in ids]
        given = [
            constant if number is None else values[number]
            for number, constant in statement.places
        ]
        with connection.cursor() as cursor:
            cursor.execute(statement.sql, given)
            row = cursor.fetchone()
        return None if row is None else self._made(statement, row)

    def _made(self, statement: _Statement, row: Any) -> M:
        if statement.converters:
            (row,) = statement.compiler.apply_converters([row], statement.converters)
        model: Any = statement.compiler.query.model
        fields = len(statement.columns)
        made: M = model.from_db(connection.alias, statement.columns, row[:fields])
        for name, value in zip(statement.annotations, row[fields:], strict=True):
            setattr(made, name, value)
        return made

    def _statement(self) -> _Statement:
        found = self._statements.get(connection.vendor)
        if found is None:
            found = self._statements[connection.vendor] = self._compile()
        return found

    def _compile(self) -> _Statement:
        queryset = self._build(*self._markers).order_by()[:1]
        compiler: Any = queryset.query.get_compiler(connection=connection)
        sql, given = compiler.as_sql()
        # Django selects the annotations after the fields.
        fields = compiler.select[: len(compiler.klass_info["select_fields"])]
        return _Statement(
            sql=sql,
            places=tuple((self._number_of(value), value) for value in given),
            columns=[column[0].target.attname for column in fields],
            annotations=sorted(
                compiler.annotation_col_map, key=compiler.annotation_col_map.__getitem__
            ),
            converters=compiler.get_converters(
                [column[0] for column in compiler.select]
            ),
            compiler=compiler,
        )

    def _number_of(self, value: object) -> int | None:
        for number, marker in enumerate(self._markers):
            if value in (marker, marker.hex):
                return number
        return None
