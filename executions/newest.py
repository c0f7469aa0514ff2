"""Lists of executions: newest first, as quick at any depth and for anybody."""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from executions.models import Execution


class Newest:
    """Executions of some workspaces as one list, newest first; read like a query set.

    Each workspace is read by itself, off the index that leads to it. The database must
    not take the primary key instead, which is in the right order, too: it would look
    through everybody's rows for the few of one. So the workspace is asked for as a
    range and the order begins with it, which only that index has.
    """

    def __init__(
        self, parts: Sequence[QuerySet[Any, Any]], oldest_first: bool = False
    ) -> None:
        self._parts = parts
        self._oldest_first = oldest_first

    def filter(self, **lookups: Any) -> "Newest":
        return Newest([p.filter(**lookups) for p in self._parts], self._oldest_first)

    def values(self, *columns: str) -> "Newest":
        return Newest([p.values(*columns) for p in self._parts], self._oldest_first)

    def order_by(self, *order: str) -> "Newest":
        """By `-id` as it is, or by `id` turned round."""
        if order[0] == "-id":
            return self
        return Newest([p.reverse() for p in self._parts], not self._oldest_first)

    def __getitem__(self, wanted: slice) -> list[Any]:
        """The rows from one place to another."""
        if len(self._parts) == 1:
            return list(self._parts[0][wanted])
        return self._merged(chain(*(part[: wanted.stop] for part in self._parts)))[
            wanted
        ]

    def _merged(self, rows: Iterable[Any]) -> list[Any]:
        return sorted(rows, key=_id_of, reverse=not self._oldest_first)


def newest(
    rows: QuerySet[Execution], workspaces: Sequence[UUID], graph: UUID | None = None
) -> Newest:
    """Those of `rows` that belong to the workspaces, and to the graph if one is given;
    a graph has an index of its own."""
    if graph is None:
        return Newest([_led_by("workspace_id", id_, rows) for id_ in workspaces])
    mine = rows.filter(workspace_id__in=workspaces)
    return Newest([_led_by("graph_id", graph, mine)])


def _led_by(column: str, value: UUID, rows: QuerySet[Execution]) -> QuerySet[Execution]:
    just = {f"{column}__gte": value, f"{column}__lte": value}
    return rows.filter(**just).order_by(f"-{column}", "-id")


def _id_of(row: Any) -> UUID:
    id_: UUID = row["id"] if isinstance(row, dict) else row.id
    return id_
