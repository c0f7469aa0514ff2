"""Runs in the admin: everything can be read and followed, nothing can be changed."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet, UUIDField
from django.http import HttpRequest

from executions import admin_around as _registered  # noqa: F401
from executions.admin_rows import (
    ReadOnlyAdmin,
    is_id,
    link,
    link_to_rows,
    shown,
    state_chip,
    took_shown,
)
from executions.models import (
    Execution,
    ExecutionEventSegment,
    NodeExecution,
    Signal,
)


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
        if not is_id(search_term):
            return queryset.none(), False
        of_run = queryset.filter(execution=search_term)
        if not isinstance(queryset.model._meta.pk, UUIDField):
            return of_run, False  # a number of its own, which no run has
        return of_run | queryset.filter(pk=search_term), False

    @admin.display(description="run")
    def run(self, row: NodeExecution | ExecutionEventSegment | Signal) -> str:
        return link(row.execution)


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
        if is_id(search_term):
            return queryset.filter(pk=search_term), False
        return super().get_search_results(request, queryset, search_term)

    @admin.display(description="agent", ordering="graph__name")
    def agent(self, run: Execution) -> str:
        return link(run.graph)

    @admin.display(description="version")
    def frozen_as(self, run: Execution) -> str:
        return link(run.version)

    @admin.display(description="started by")
    def owner(self, run: Execution) -> str:
        return link(run.user)

    @admin.display(description="workspace")
    def of_workspace(self, run: Execution) -> str:
        return link(run.workspace)

    @admin.display(description="state", ordering="status")
    def state(self, run: Execution) -> str:
        return state_chip(run.status)

    @admin.display(description="took")
    def took(self, run: Execution) -> str:
        return took_shown(run)

    @admin.display(description="node executions")
    def rows_of_nodes(self, run: Execution) -> str:
        return link_to_rows(
            NodeExecution, run, f"{run.node_executions} node executions"
        )

    @admin.display(description="events")
    def rows_of_events(self, run: Execution) -> str:
        return link_to_rows(ExecutionEventSegment, run, f"{run.last_seq} events")

    @admin.display(description="signals")
    def rows_of_signals(self, run: Execution) -> str:
        return link_to_rows(Signal, run, "Show signals")

    @admin.display(description="inputs")
    def shown_inputs(self, run: Execution) -> str:
        return shown(run.inputs)

    @admin.display(description="outputs")
    def shown_outputs(self, run: Execution) -> str:
        return shown(run.outputs)

    @admin.display(description="errors")
    def shown_errors(self, run: Execution) -> str:
        return shown(run.errors)


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
        return state_chip(node.status)

    @admin.display(description="took")
    def took(self, node: NodeExecution) -> str:
        return took_shown(node)

    @admin.display(description="inputs")
    def shown_inputs(self, node: NodeExecution) -> str:
        return shown(node.inputs)

    @admin.display(description="outputs")
    def shown_outputs(self, node: NodeExecution) -> str:
        return shown(node.outputs)

    @admin.display(description="error")
    def shown_error(self, node: NodeExecution) -> str:
        return shown(node.error)


@admin.register(ExecutionEventSegment)
class ExecutionEventSegmentAdmin(ReadOnlyPartAdmin):
    list_display = ("id", "first_seq", "last_seq", "run")
    fields = ("id", "run", "first_seq", "last_seq", "shown_body")

    @admin.display(description="events")
    def shown_body(self, segment: ExecutionEventSegment) -> str:
        return shown(segment.body)


@admin.register(Signal)
class SignalAdmin(ReadOnlyPartAdmin):
    list_display = ("id", "kind", "run", "created_at")
    list_filter = ("kind",)
    fields = ("id", "run", "kind", "created_at")
