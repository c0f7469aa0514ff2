"""What the admin's pages of runs share: links, values, and rows not to be changed."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

import orjson
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from executions.models import Execution, NodeExecution

if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[Any]
else:
    _ModelAdmin = admin.ModelAdmin

MAX_SHOWN = 20_000


def link(target: Model | None) -> SafeString | str:
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


def link_to_rows(model: type[Model], execution: Execution, words: str) -> SafeString:
    meta = model._meta
    address = reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist")
    return format_html(
        '<a href="{}?execution__id__exact={}">{}</a>', address, execution.pk, words
    )


def shown(value: Any) -> SafeString:
    """A stored value as indented JSON; of a long one the beginning, and it says so."""
    text = orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
    if len(text) > MAX_SHOWN:
        text = (
            f"{text[:MAX_SHOWN]}\n… the first {MAX_SHOWN:,} of {len(text):,} characters"
        )
    return format_html("<pre>{}</pre>", text)


def state_chip(status: str) -> str:
    return render_to_string("partials/state_chip.html", {"status": status})


def took_shown(row: Execution | NodeExecution) -> str:
    times = {"started_at": row.started_at, "ended_at": row.ended_at}
    return render_to_string("partials/took.html", times)


def is_id(text: str) -> bool:
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
