"""Identities and the audit log in the admin: to be read, never to be changed."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from accounts.models import AuditEvent, Identity

if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[Any]
else:
    _ModelAdmin = admin.ModelAdmin


class RecordAdmin(_ModelAdmin):
    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Identity)
class IdentityAdmin(RecordAdmin):
    """Who signs in with which provider."""

    list_display = ("subject", "issuer", "user", "created_at", "last_used_at")
    list_filter = ("created_at", "last_used_at")
    list_select_related = ("user",)
    search_fields = ("issuer", "subject")
    fields = ("id", "user", "issuer", "subject", "created_at", "last_used_at")


@admin.register(AuditEvent)
class AuditEventAdmin(RecordAdmin):
    list_display = ("seq", "at", "action", "subject", "actor_id")
    list_filter = ("at",)
    search_fields = ("action", "subject")
    search_help_text = "A part of the action or its subject; the id of who or where"
    fields = (
        "seq", "at", "action", "subject", "actor_id", "workspace_id", "ip",
        "user_agent", "detail",
    )  # fmt: skip

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        try:
            named = UUID(search_term)
        except ValueError:
            return super().get_search_results(request, queryset, search_term)
        of_it = Q(actor_id=named) | Q(workspace_id=named)
        return queryset.filter(of_it | Q(subject__contains=str(named))), False
