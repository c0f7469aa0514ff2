"""The page of the audit log."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple
from urllib.parse import urlencode
from uuid import UUID

import orjson
from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.account_pages.common import (
    ShapedForm,
    day_field,
    end_of,
    shown,
    start_of,
)
from accounts.audit.api import AuditIn, events_for
from accounts.audit.chain import chain_drafts
from accounts.http import user_of
from accounts.models import AuditEvent, User, WorkspaceMember
from accounts.pages import PAGE_SIZE
from accounts.rights.permissions import require_permission
from accounts.rights.standing import workspaces_where

PAGE = "account-audit"
PEOPLE_OFFERED = 500
ACTIONS_LOOKED_AT = 1_000


class Row(NamedTuple):
    event: AuditEvent
    actor: str
    detail: str


class FilterForm(ShapedForm):
    """What is not filled in does not filter."""

    shape = AuditIn

    action = forms.CharField(
        max_length=64,
        required=False,
        widget=forms.TextInput(
            attrs={"list": "actions", "autocomplete": "off", "spellcheck": "false"}
        ),
    )
    user = forms.ChoiceField(
        label="Person", required=False, widget=forms.Select(attrs={"class": "select"})
    )
    subject = forms.CharField(
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": "graph:…", "autocomplete": "off"}),
    )
    first = day_field("From", "")
    last = day_field("To", "")

    def __init__(self, *args: Any, viewer: User, **options: Any) -> None:
        super().__init__(*args, **options)
        self._viewer = viewer
        field: Any = self.fields["user"]
        field.choices = [("", "Everybody"), *_people(viewer)]

    def wire(self, given: dict[str, Any]) -> dict[str, Any]:
        found = {
            **{name: given[name] for name in ("action", "user", "subject")},
            "since": start_of(given["first"], self._viewer),
            "until": end_of(given["last"], self._viewer),
        }
        return {name: value for name, value in found.items() if value}


@require_permission("audit", "read")
@require_safe
def audit(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    chain_drafts()
    form = FilterForm(request.GET, viewer=user)
    wanted = form.facts if form.is_valid() else {}
    found = events_for(user, wanted)
    if before := request.GET.get("before"):
        found = found.filter(seq__lt=_number(before))
    events = list(found[: PAGE_SIZE + 1])
    shown_events = events[:PAGE_SIZE]
    context = {
        "form": form,
        "rows": list(_rows(shown_events)),
        "filtered": bool(wanted),
        "actions": _actions(user),
        "export": _address("api-audit-export", wanted),
        "more": _more(request, shown_events) if len(events) > PAGE_SIZE else "",
    }
    return shown(request, "audit", PAGE, 400 if form.errors else 200, **context)


def _number(text: str) -> int:
    """
    Raises:
        Http404: it is none.
    """
    if not (text.isdecimal() and len(text) < 19):
        raise Http404
    return int(text)


def _rows(events: Iterable[AuditEvent]) -> Iterator[Row]:
    events = list(events)
    names = _names(event.actor_id for event in events)
    for event in events:
        actor = names.get(event.actor_id, "somebody who is gone")
        who = actor if event.actor_id else "nobody signed in"
        yield Row(event, who, _words(orjson.loads(event.detail)))


def _words(detail: dict[str, Any]) -> str:
    """As people write it: lists without brackets, truths as words."""
    return "; ".join(f"{name}: {_word(value)}" for name, value in detail.items())


def _word(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_word, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def _names(ids: Iterable[UUID | None]) -> dict[UUID | None, str]:
    found = User.objects.filter(id__in={id_ for id_ in ids if id_})
    return {user.pk: str(user) for user in found}


def _people(viewer: User) -> list[tuple[str, str]]:
    """Who may have done what the viewer sees: himself, and the members he rules."""
    ruled = WorkspaceMember.objects.filter(
        workspace__in=workspaces_where(viewer, "audit:read")
    ).exclude(user=viewer)
    members = ruled.select_related("user")[:PEOPLE_OFFERED]
    named = {str(row.user_id): str(row.user) for row in members}
    others = sorted(named.items(), key=lambda pair: pair[1].lower())
    return [(str(viewer.pk), "I"), *others]


def _actions(viewer: User) -> list[str]:
    """Those that happened lately, to choose from."""
    lately = events_for(viewer, {}).values_list("action", flat=True)
    return sorted(set(lately[:ACTIONS_LOOKED_AT]))


def _address(name: str, wanted: Any) -> str:
    query = urlencode({key: str(value) for key, value in wanted.items()})
    return reverse(name) + (f"?{query}" if query else "")


def _more(request: HttpRequest, events: list[AuditEvent]) -> str:
    query = {key: value for key, value in request.GET.items() if value}
    return f"{reverse(PAGE)}?{urlencode(query | {'before': events[-1].seq})}"
