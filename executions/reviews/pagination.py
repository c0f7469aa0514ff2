"""Pages of reviews: those that wait first, then the others, newest first in each."""

from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from core.http import parsed_uuid
from core.pagination import NewestFirst
from executions.models import Review
from executions.reviews.selectors import PENDING

_WAITING: Final = "waiting"
_OTHERS: Final = "others"


class WaitingFirst(NewestFirst):
    """The cursor names the group and the last id of the page before. There is no way
    back: what was answered meanwhile has changed its group."""

    def paginate_queryset(
        self, queryset: Any, request: Request, view: APIView | None = None
    ) -> list[Any]:
        self._here = request.build_absolute_uri()
        size = self.get_page_size(request) or self.page_size
        group, after = _parsed(request.query_params.get(self.cursor_query_param))
        found: list[Review] = []
        if group == _WAITING:
            found += _below(queryset.filter(status=PENDING), after)[: size + 1]
            after = None
        if len(found) <= size:
            rest = _below(queryset.exclude(status=PENDING), after)
            found += rest[: size + 1 - len(found)]
        self._next = _cursor(found[size - 1]) if len(found) > size else None
        return found[:size]

    def get_next_link(self) -> str | None:
        if self._next is None:
            return None
        return replace_query_param(self._here, self.cursor_query_param, self._next)

    def get_previous_link(self) -> None:
        return None


def _below(rows: QuerySet[Review], after: UUID | None) -> QuerySet[Review]:
    return rows if after is None else rows.filter(id__lt=after)


def _cursor(last: Review) -> str:
    return f"{_WAITING if last.status == PENDING else _OTHERS}.{last.id}"


def _parsed(cursor: str | None) -> tuple[str, UUID | None]:
    if not cursor:
        return _WAITING, None
    group, _, text = cursor.partition(".")
    after = parsed_uuid(text)
    if group not in (_WAITING, _OTHERS) or after is None:
        raise NotFound("This page does not exist. Start again from the first page.")
    return group, after
