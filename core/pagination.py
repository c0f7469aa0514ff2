"""Pages of lists: newest first, by cursor, so that a page costs the same anywhere."""

from rest_framework.exceptions import NotFound
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request

from core.http import Problem, parsed_uuid

MAX_LIMIT = 100


class NewestFirst(CursorPagination):
    """Ordered by id, which grows with time. `limit` is cut to the maximum."""

    ordering = "-id"
    page_size = 50
    page_size_query_param = "limit"
    max_page_size = MAX_LIMIT

    def get_page_size(self, request: Request) -> int | None:
        text = request.query_params.get(self.page_size_query_param)
        if text is not None and not _is_count(text):
            message = f"Must be a whole number from 1 to {MAX_LIMIT}."
            raise Problem(
                400,
                "Invalid page size",
                f"`limit`: {message}",
                [{"field": "limit", "message": message, "code": "invalid"}],
            )
        return super().get_page_size(request)

    def decode_cursor(self, request: Request) -> Cursor | None:
        """What a forged cursor holds goes no further than here."""
        cursor: Cursor | None = super().decode_cursor(request)
        given = request.query_params.get(self.cursor_query_param)
        if given and not (cursor and _is_ours(cursor)):
            raise NotFound("This page does not exist. Start again from the first page.")
        return cursor


def _is_ours(cursor: Cursor) -> bool:
    if cursor.position is None:
        return bool(cursor.offset or cursor.reverse)
    return parsed_uuid(str(cursor.position)) is not None


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 10 and int(text) > 0
