"""Runs in the admin: everything can be read and followed, nothing can be changed."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

import orjson
from django.contrib import admin
from django.db.models import Model, QuerySet, UUIDField
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from executions.models import (
    Execution,
    ExecutionEventSegment,
    NodeExecution,
    Signal,
)

if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[Any]
else:
    _ModelAdmin = admin.ModelAdmin

MAX_SHOWN = 20_000


def _link(target: Model | None) -> SafeString | str:
    """A link to the admin's page of a row, if it has one, called by its own text."""
    if target is None:
        return "none"
    if not admin.site.is_registered(type(target)):
        return str(target)
    meta = target._meta
    address = reverse(
        f"admin:{meta.app_label}_{meta.model_name}_change", args=[target.pk]
    )
    return format_html('<a href="{}">{}</a>', address, target)


def _link_to_rows(model: type[Model], execution: Execution, words: str) -> SafeString:
    meta = model._meta
    address = reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist")
    return format_html(
        '<a href="{}?execution__id__exact={}">{}</a>', address, execution.pk, words
    )


def _shown(value: Any) -> SafeString:
    """A stored value as indented JSON; of a long one the beginning, and it says so."""
    text = orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
    if len(text) > MAX_SHOWN:
        text = (
            f"{text[:MAX_SHOWN]}\n… the first {MAX_SHOWN:,} of {len(text):,} characters"
        )
    return format_html("<pre>{}</pre>", text)


def _state(status: str) -> str:
    return render_to_string("partials/state_chip.html", {"status": status})


def _took(row: Execution | NodeExecution) -> str:
    times = {"started_at": row.started_at, "ended_at": row.ended_at}
    return render_to_string("partials/took.html", times)


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


class ReadOnlyAdmin(_ModelAdmin):
    """Runs are facts: whoever may look at them may not edit them."""

    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(
        self, request: HttpRequest, obj: Model | None = None
    ) -> bool:
        return False

    def has_delete_permission(
        self, request: HttpRequest, obj: Model | None = None
    ) -> bool:
        return False


class ReadOnlyPartAdmin(ReadOnlyAdmin):
    """Rows of one execution; searched by their own id or that of the execution."""

    list_select_related = ("execution__graph",)
    search_fields = ("id",)
    search_help_text = "The id of a row, or of its run"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if not search_term:
            return queryset, False
        if not _is_id(search_term):
            return queryset.none(), False
        of_run = queryset.filter(execution=search_term)
        if not isinstance(queryset.model._meta.pk, UUIDField):
            return of_run, False  # a number of its own, which no run has
        return of_run | queryset.filter(pk=search_term), False

    @admin.display(description="run")
    def run(self, row: NodeExecution | ExecutionEventSegment | Signal) -> str:
        return _link(row.execution)


@admin.register(Execution)
class ExecutionAdmin(ReadOnlyAdmin):
    list_display = ("id", "agent", "state", "took", "node_executions", "created_at")
    list_filter = ("status", "created_at")
    list_select_related = ("graph",)
    search_fields = ("graph__name",)
    search_help_text = "The id of a run, or a part of the agent's name"
    fieldsets = (
        (
            None,
            {"fields": ("id", "agent", "frozen_as", "owner", "of_workspace", "state")},
        ),
        (
            "What happened",
            {
                "fields": (
                    "created_at",
                    "started_at",
                    "ended_at",
                    "took",
                    "rows_of_nodes",
                    "rows_of_events",
                    "rows_of_signals",
                )
            },
        ),
        ("Values", {"fields": ("shown_inputs", "shown_outputs", "shown_errors")}),
        (
            "Who holds it",
            {
                "fields": (
                    "priority",
                    "due_at",
                    "lease_owner",
                    "lease_token",
                    "last_seq",
                )
            },
        ),
    )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if _is_id(search_term):
            return queryset.filter(pk=search_term), False
        return super().get_search_results(request, queryset, search_term)

    @admin.display(description="agent", ordering="graph__name")
    def agent(self, run: Execution) -> str:
        return _link(run.graph)

    @admin.display(description="version")
    def frozen_as(self, run: Execution) -> str:
        return _link(run.version)

    @admin.display(description="started by")
    def owner(self, run: Execution) -> str:
        return _link(run.user)

    @admin.display(description="workspace")
    def of_workspace(self, run: Execution) -> str:
        return _link(run.workspace)

    @admin.display(description="state", ordering="status")
    def state(self, run: Execution) -> str:
        return _state(run.status)

    @admin.display(description="took")
    def took(self, run: Execution) -> str:
        return _took(run)

    @admin.display(description="node executions")
    def rows_of_nodes(self, run: Execution) -> str:
        return _link_to_rows(
            NodeExecution, run, f"{run.node_executions} node executions"
        )

    @admin.display(description="events")
    def rows_of_events(self, run: Execution) -> str:
        return _link_to_rows(ExecutionEventSegment, run, f"{run.last_seq} events")

    @admin.display(description="signals")
    def rows_of_signals(self, run: Execution) -> str:
        return _link_to_rows(Signal, run, "Show signals")

    @admin.display(description="inputs")
    def shown_inputs(self, run: Execution) -> str:
        return _shown(run.inputs)

    @admin.display(description="outputs")
    def shown_outputs(self, run: Execution) -> str:
        return _shown(run.outputs)

    @admin.display(description="errors")
    def shown_errors(self, run: Execution) -> str:
        return _shown(run.errors)


@admin.register(NodeExecution)
class NodeExecutionAdmin(ReadOnlyPartAdmin):
    list_display = ("id", "node_id", "number", "state", "attempt", "took", "run")
    list_filter = ("status",)
    fieldsets = (
        (None, {"fields": ("id", "run", "node_id", "number", "state", "attempt")}),
        ("When", {"fields": ("started_at", "ended_at", "took")}),
        ("Values", {"fields": ("shown_inputs", "shown_outputs", "shown_error")}),
    )

    @admin.display(description="state", ordering="status")
    def state(self, node: NodeExecution) -> str:
        return _state(node.status)

    @admin.display(description="took")
    def took(self, node: NodeExecution) -> str:
        return _took(node)

    @admin.display(description="inputs")
    def shown_inputs(self, node: NodeExecution) -> str:
        return _shown(node.inputs)

    @admin.display(description="outputs")
    def shown_outputs(self, node: NodeExecution) -> str:
        return _shown(node.outputs)

    @admin.display(description="error")
    def shown_error(self, node: NodeExecution) -> str:
        return _shown(node.error)


@admin.register(ExecutionEventSegment)
class ExecutionEventSegmentAdmin(ReadOnlyPartAdmin):
    list_display = ("id", "first_seq", "last_seq", "run")
    fields = ("id", "run", "first_seq", "last_seq", "shown_body")

    @admin.display(description="events")
    def shown_body(self, segment: ExecutionEventSegment) -> str:
        return _shown(segment.body)


@admin.register(Signal)
class SignalAdmin(ReadOnlyPartAdmin):
    list_display = ("id", "kind", "run", "created_at")
    list_filter = ("kind",)
    fields = ("id", "run", "kind", "created_at")
