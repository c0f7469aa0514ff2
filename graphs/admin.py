"""Agents in the admin: everything can be read and followed, nothing can be changed."""

from typing import TYPE_CHECKING, Any

import orjson
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from graphs.models import Graph, GraphEvent, GraphVersion

if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[Any]
else:
    _ModelAdmin = admin.ModelAdmin

MAX_SHOWN = 20_000


class ReadOnlyAdmin(_ModelAdmin):
    """Every write of graphs goes through their services, so that it leaves an event."""

    large: tuple[str, ...] = ()
    """Fields that lists do not read."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer(*self.large)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Graph)
class GraphAdmin(ReadOnlyAdmin):
    large = ("draft",)
    list_display = (
        "name", "owner", "workspace", "version", "node_count", "is_active",
        "is_deleted", "updated_at",
    )  # fmt: skip
    list_filter = (
        "is_active",
        ("deleted_at", admin.EmptyFieldListFilter),
        "created_at",
    )
    list_select_related = ("owner", "workspace")
    search_fields = ("name",)
    date_hierarchy = "created_at"
    fields = (
        "name", "description", "owner_link", "workspace_link", "is_active", "revision",
        "version", "node_count", "created_at", "updated_at", "deleted_at",
        "versions_link", "events_link", "runs_link", "draft_shown",
    )  # fmt: skip

    @admin.display(boolean=True, description="deleted")
    def is_deleted(self, graph: Graph) -> bool:
        return graph.deleted_at is not None

    @admin.display(description="owner")
    def owner_link(self, graph: Graph) -> str:
        return _link(graph.owner)

    @admin.display(description="workspace")
    def workspace_link(self, graph: Graph) -> str:
        return _link(graph.workspace)

    @admin.display(description="versions")
    def versions_link(self, graph: Graph) -> str:
        return _rows_of(graph, "graphs_graphversion", "All versions")

    @admin.display(description="events")
    def events_link(self, graph: Graph) -> str:
        return _rows_of(graph, "graphs_graphevent", "All edits")

    @admin.display(description="runs")
    def runs_link(self, graph: Graph) -> str:
        return _rows_of(graph, "executions_execution", "All runs")

    @admin.display(description="draft")
    def draft_shown(self, graph: Graph) -> str:
        return _shown(graph.draft)


@admin.register(GraphVersion)
class GraphVersionAdmin(ReadOnlyAdmin):
    large = ("body",)
    list_display = ("graph", "number", "revision", "created_by", "created_at")
    list_filter = (("number", admin.EmptyFieldListFilter), "created_at")
    list_select_related = ("graph", "created_by")
    search_fields = ("graph__name",)
    fields = (
        "graph_link", "number", "revision", "created_by", "created_at", "body_shown",
    )  # fmt: skip

    @admin.display(description="graph")
    def graph_link(self, version: GraphVersion) -> str:
        return _link(version.graph)

    @admin.display(description="body")
    def body_shown(self, version: GraphVersion) -> str:
        return _shown(version.body)


@admin.register(GraphEvent)
class GraphEventAdmin(ReadOnlyAdmin):
    large = ("body",)
    list_display = ("graph", "revision", "kind", "actor", "created_at")
    list_filter = ("kind", "created_at")
    list_select_related = ("graph", "actor")
    search_fields = ("graph__name",)
    fields = ("graph_link", "revision", "kind", "actor", "created_at", "body_shown")

    @admin.display(description="graph")
    def graph_link(self, event: GraphEvent) -> str:
        return _link(event.graph)

    @admin.display(description="what changed")
    def body_shown(self, event: GraphEvent) -> str:
        return _shown(event.body)


def _link(target: Model) -> str:
    """A link to the row's own page, where it has one."""
    meta = target._meta
    name = f"admin:{meta.app_label}_{meta.model_name}_change"
    try:
        address = reverse(name, args=[target.pk])
    except NoReverseMatch:
        return str(target)
    return format_html('<a href="{}">{}</a>', address, target)


def _rows_of(graph: Graph, listed: str, words: str) -> str:
    try:
        address = reverse(f"admin:{listed}_changelist")
    except NoReverseMatch:
        return words
    query = f"graph__id__exact={graph.pk}"
    return format_html('<a href="{}?{}">{}</a>', address, query, words)


def _shown(value: object) -> SafeString:
    """A stored value as indented JSON; of a long one the beginning, and it says so."""
    text = orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
    if len(text) > MAX_SHOWN:
        rest = len(text) - MAX_SHOWN
        text = f"{text[:MAX_SHOWN]}\n… and {rest:,} more characters"
    return format_html("<pre>{}</pre>", text)
