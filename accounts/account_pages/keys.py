"""The pages of API keys."""

from collections.abc import Iterator
from typing import Any, NamedTuple
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST, require_safe

from accounts.account_pages.common import (
    ShapedForm,
    day_field,
    day_of,
    end_of,
    form_page,
    is_done,
    lines_of,
    rows_and_more,
    sent,
    shown,
    tried,
)
from accounts.api_keys import selectors, services
from accounts.api_keys.serializers import MAX_NAME, TermsIn
from accounts.http import user_of
from accounts.models import ApiKey, User
from accounts.rights.permissions import require_permission
from accounts.rights.table import ACTIONS, ALL, SCOPES
from accounts.selectors import workspace_for

PAGE = "account-keys"


class ScopeBox(NamedTuple):
    value: str
    label: str
    chosen: bool


class KeyForm(ShapedForm):
    shape = TermsIn

    name = forms.CharField(
        max_length=MAX_NAME,
        help_text="What uses it: the name of a program or a machine.",
        widget=forms.TextInput(attrs={"autofocus": True, "autocomplete": "off"}),
    )
    permissions = forms.MultipleChoiceField(
        label="Scopes",
        choices=[(scope, scope) for scope in SCOPES],
        error_messages={"required": "Choose what the key may do."},
    )
    expires_on = day_field("Last day", "Empty: it is good until it is revoked.")
    allowed_addresses = forms.CharField(
        label="Allowed networks",
        required=False,
        help_text="One a line, as 192.0.2.7 or 192.0.2.0/24. Empty: from anywhere.",
        widget=forms.Textarea(attrs={"rows": 3, "class": "mono"}),
    )

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        self._user = user

    def wire(self, given: dict[str, Any]) -> dict[str, Any]:
        return {
            "name": given["name"],
            "permissions": given["permissions"],
            "allowed_addresses": lines_of(given["allowed_addresses"]),
            "expires_at": end_of(given["expires_on"], self._user),
        }

    @property
    def named(self) -> list[forms.BoundField]:
        return [self["name"]]

    @property
    def plain(self) -> list[forms.BoundField]:
        return [self["expires_on"], self["allowed_addresses"]]

    @property
    def everything(self) -> ScopeBox:
        return ScopeBox(ALL, "Everything that I may do", ALL in self._chosen())

    def scope_groups(self) -> Iterator[tuple[str, list[ScopeBox]]]:
        chosen = self._chosen()
        for resource, actions in ACTIONS.items():
            scopes = {f"{resource}:{ALL}": "all", **_scopes(resource, actions)}
            boxes = [ScopeBox(s, label, s in chosen) for s, label in scopes.items()]
            yield resource, boxes

    def _chosen(self) -> set[str]:
        return set(self["permissions"].value() or ())


def _scopes(resource: str, actions: tuple[str, ...]) -> dict[str, str]:
    return {f"{resource}:{action}": action for action in actions}


@require_permission("key", "read")
@require_safe
def keys(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    found = selectors.keys_of(user).select_related("workspace", "user")
    rows, more = rows_and_more(request, found, reverse(PAGE))
    told = [(key, state_of(key), key.user_id == user.pk) for key in rows]
    return shown(request, "keys", PAGE, keys=told, more=more)


def state_of(key: ApiKey) -> str:
    """Why it does not open, "" if it does."""
    if key.revoked_at is not None:
        return "Revoked"
    if key.expires_at is not None and key.expires_at <= timezone.now():
        return "Ended"
    return "Suspended" if key.suspended_at is not None else ""


@require_permission("key", "create")
@form_page
@sensitive_variables()
def key_new(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    workspace = workspace_for(user, "key:create")
    form = KeyForm(sent(request), user=user)
    made: list[services.Made] = []

    def create(**terms: Any) -> None:
        made.append(services.key_create(user=user, workspace=workspace, **terms))

    if is_done(form, create):
        return _shown_once(request, made[0])
    return _form(request, form, workspace=workspace)


@require_permission("key", "read", POST="update")
@form_page
def key_edit(request: HttpRequest, id: UUID) -> HttpResponse:
    """Its terms. Those of somebody else's key are only shown."""
    right = "key:update" if request.method == "POST" else "key:read"
    user = user_of(request)
    key = selectors.key_get(user, id, right)
    initial = {
        "name": key.name,
        "permissions": key.permissions,
        "expires_on": day_of(key.expires_at, user),
        "allowed_addresses": "\n".join(key.allowed_addresses),
    }
    form = KeyForm(sent(request), initial=initial, user=user)

    def change(**terms: Any) -> object:
        return services.key_update(user=user, key=key, **terms)

    if is_done(form, change):
        messages.success(request, "Saved.")
        return redirect(PAGE)
    is_open = key.user_id == user.pk and key.revoked_at is None
    return _form(request, form, key=key, is_open=is_open, state=state_of(key))


def _form(request: HttpRequest, form: KeyForm, **context: Any) -> HttpResponse:
    status = 400 if form.errors else 200
    return shown(request, "key_form", PAGE, status, form=form, **context)


@require_permission("key", "update")
@require_POST
def key_suspend(request: HttpRequest, id: UUID) -> HttpResponse:
    """Suspend it, or let it open again."""
    user = user_of(request)
    key = selectors.key_get(user, id, "key:update")
    suspended = key.suspended_at is None
    words = "Suspended. It opens nothing now." if suspended else "It opens again."
    tried(
        request,
        lambda: services.key_update(user=user, key=key, suspended=suspended),
        words,
    )
    return redirect(PAGE)


@require_permission("key", "update")
@form_page
@sensitive_variables()
def key_rotate(request: HttpRequest, id: UUID) -> HttpResponse:
    user = user_of(request)
    key = selectors.key_get(user, id, "key:update")
    if key.user_id != user.pk:
        raise PermissionDenied
    if request.method == "POST":
        made: list[services.Made] = []

        def rotate() -> None:
            made.append(services.key_rotate(user=user, key=key))

        if tried(request, rotate, "The old key opens nothing any more."):
            return _shown_once(request, made[0])
        return redirect(PAGE)
    return shown(request, "key_rotate", PAGE, key=key)


@require_permission("key", "delete")
@form_page
def key_revoke(request: HttpRequest, id: UUID) -> HttpResponse:
    user = user_of(request)
    key = selectors.key_get(user, id, "key:delete")
    if request.method == "POST":
        services.key_revoke(user=user, key=key)
        messages.success(request, f"Revoked “{key.name}”.")
        return redirect(PAGE)
    return shown(request, "key_revoke", PAGE, key=key)


def _shown_once(request: HttpRequest, made: services.Made) -> HttpResponse:
    return shown(request, "key_made", PAGE, key=made.row, secret=made.key)
