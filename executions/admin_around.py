"""What starts and surrounds runs, in the admin: schedules, hooks, reviews, files.

Addresses and secrets of hooks are not even read from the database.
"""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from executions.admin_rows import ReadOnlyAdmin, is_id, link, shown
from executions.models import Hook, Review, Schedule, StoredFile


class NamedAdmin(ReadOnlyAdmin):
    """Found by a whole id or by a part of a name."""

    search_help_text = "An id, or a part of a name"
    unread: tuple[str, ...] = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer(*self.unread)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if is_id(search_term):
            return queryset.filter(pk=search_term), False
        return super().get_search_results(request, queryset, search_term)

    @admin.display(description="workspace")
    def of_workspace(self, row: Any) -> str:
        return link(row.workspace)


class TriggerAdmin(NamedAdmin):
    list_select_related = ("graph", "user", "workspace")
    search_fields = ("name", "graph__name")

    @admin.display(description="agent", ordering="graph__name")
    def agent(self, row: Schedule | Hook) -> str:
        return link(row.graph)

    @admin.display(description="made by")
    def made_by(self, row: Schedule | Hook) -> str:
        return link(row.user)


@admin.register(Schedule)
class ScheduleAdmin(TriggerAdmin):
    unread = ("inputs",)
    list_display = (
        "__str__", "agent", "cron", "timezone", "is_active", "next_at", "last_at",
    )  # fmt: skip
    list_filter = ("is_active", ("fault", admin.EmptyFieldListFilter), "misfire")
    fields = (
        "id", "name", "agent", "made_by", "of_workspace", "is_active", "cron",
        "timezone", "misfire", "next_at", "last_at", "fault", "created_at",
        "shown_inputs",
    )  # fmt: skip

    @admin.display(description="inputs")
    def shown_inputs(self, schedule: Schedule) -> str:
        return shown(schedule.inputs)


@admin.register(Hook)
class HookAdmin(TriggerAdmin):
    unread = ("token", "token_hash", "secret")
    list_display = (
        "__str__",
        "agent",
        "check_by",
        "is_active",
        "made_by",
        "created_at",
    )
    list_filter = ("is_active", "check_by", "created_at")
    fields = (
        "id", "name", "agent", "made_by", "of_workspace", "is_active", "check_by",
        "wait_s", "created_at",
    )  # fmt: skip


@admin.register(Review)
class ReviewAdmin(NamedAdmin):
    unread = ("data", "answer")
    list_display = ("__str__", "status", "purpose", "run", "created_at", "expires_at")
    list_filter = ("status", "purpose", "created_at")
    list_select_related = (
        "execution__graph", "workspace", "assignee", "answered_by",
    )  # fmt: skip
    search_fields = ("title", "node_id")
    fields = (
        "id", "title", "run", "node_id", "number", "of_workspace", "purpose", "status",
        "created_at", "expires_at", "person_asked", "person_answered", "answered_at",
        "message", "shown_data", "shown_answer",
    )  # fmt: skip

    @admin.display(description="run")
    def run(self, review: Review) -> str:
        return link(review.execution)

    @admin.display(description="assigned to")
    def person_asked(self, review: Review) -> str:
        return link(review.assignee)

    @admin.display(description="answered by")
    def person_answered(self, review: Review) -> str:
        return link(review.answered_by)

    @admin.display(description="data")
    def shown_data(self, review: Review) -> str:
        return shown(review.data)

    @admin.display(description="answer")
    def shown_answer(self, review: Review) -> str:
        return shown(review.answer)


@admin.register(StoredFile)
class StoredFileAdmin(NamedAdmin):
    """What is known of a file; its content has a download of its own, and rights."""

    list_display = ("name", "media_type", "size", "is_whole", "owned_by", "created_at")
    list_filter = (("expires_at", admin.EmptyFieldListFilter), "created_at")
    list_select_related = ("owner", "workspace")
    search_fields = ("name", "media_type")
    fields = (
        "id", "name", "media_type", "size", "sha256", "is_whole", "owned_by",
        "of_workspace", "execution_id", "created_at", "expires_at",
    )  # fmt: skip

    @admin.display(description="whole", boolean=True)
    def is_whole(self, file: StoredFile) -> bool:
        return bool(file.sha256)

    @admin.display(description="owner")
    def owned_by(self, file: StoredFile) -> str:
        return link(file.owner)
