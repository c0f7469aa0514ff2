"""What the pages of one's account share."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar, TypeVar
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from accounts.models import User
from accounts.pages import PAGE_SIZE, id_from_address
from core.http import Problem, StrictSerializer

M = TypeVar("M", bound=Model)

form_page = require_http_methods(["GET", "HEAD", "POST"])


def shown(
    request: HttpRequest, template: str, page: str, status: int = 200, **context: Any
) -> HttpResponse:
    """`page` names the one of the side navigation that this belongs to."""
    context |= {"page": page}
    return render(request, f"account/{template}.html", context, status=status)


# --- Forms ----------------------------------------------------------------------------


class ShapedForm(forms.Form):
    """A form whose input is checked as the API checks it: by the serializer `shape`,
    of what `wire` makes of the fields. `facts` is what came of it."""

    shape: ClassVar[type[StrictSerializer]]
    facts: Mapping[str, Any]

    def wire(self, given: dict[str, Any]) -> dict[str, Any]:
        return given

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if self.errors:
            return given
        checked = self.shape(data=self.wire(given))
        if checked.is_valid():
            self.facts = dict(checked.validated_data)
        for field, faults in checked.errors.items():
            self.refuse_field(field, " ".join(_texts(faults)))
        return given

    def refuse(self, error: Problem | ValidationError) -> None:
        """Say what the service refused, beside the field that it is about."""
        for field, text in _faults_of(error):
            self.refuse_field(field, text)

    def refuse_field(self, field: str, text: str) -> None:
        self.add_error(field if field in self.fields else None, text)


def _faults_of(error: Problem | ValidationError) -> list[tuple[str, str]]:
    if isinstance(error, Problem):
        found = [(each["field"], each["message"]) for each in error.errors]
        return found or [("", str(error.detail))]
    if hasattr(error, "error_dict"):
        return [(field, " ".join(all_)) for field, all_ in error.message_dict.items()]
    return [("", " ".join(error.messages))]


def _texts(faults: Any) -> list[str]:
    """The messages in a tree of them, in order."""
    if isinstance(faults, Mapping):
        faults = list(faults.values())
    if isinstance(faults, list):
        return [text for each in faults for text in _texts(each)]
    return [str(faults)]


def sent(request: HttpRequest) -> QueryDict | None:
    """What a form was sent with, None if it is only to be shown."""
    return request.POST if request.method == "POST" else None


def is_done(form: ShapedForm, write: Callable[..., object]) -> bool:
    """The form was sent, nothing is wrong with it, and the service has done it."""
    if not form.is_valid():
        return False
    try:
        write(**form.facts)
    except (Problem, ValidationError) as error:
        form.refuse(error)
        return False
    return True


def tried(request: HttpRequest, act: Callable[[], object], words: str) -> bool:
    """For buttons: do it and say so, or say why not."""
    try:
        act()
    except Problem as problem:
        messages.error(request, str(problem.detail))
        return False
    messages.success(request, words)
    return True


def lines_of(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


# --- Days -----------------------------------------------------------------------------


def day_field(label: str, help_text: str) -> forms.DateField:
    picker = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(
        label=label, required=False, help_text=help_text, widget=picker
    )


def start_of(day: date | None, user: User) -> datetime | None:
    """Midnight before it, where the user lives."""
    if day is None:
        return None
    return datetime.combine(day, time(), ZoneInfo(user.timezone))


def end_of(day: date | None, user: User) -> datetime | None:
    """Midnight after it, where the user lives."""
    return None if day is None else start_of(day + timedelta(days=1), user)


def day_of(end: datetime | None, user: User) -> date | None:
    """The last whole or broken day before that moment, where the user lives."""
    if end is None:
        return None
    return (end - timedelta(microseconds=1)).astimezone(ZoneInfo(user.timezone)).date()


# --- Lists ----------------------------------------------------------------------------


def rows_and_more(
    request: HttpRequest, found: QuerySet[M], path: str
) -> tuple[list[M], str]:
    """One page of rows that come newest first, and the address of the next page."""
    if before := id_from_address(request.GET.get("before")):
        found = found.filter(id__lt=before)
    rows = list(found[: PAGE_SIZE + 1])
    if len(rows) <= PAGE_SIZE:
        return rows, ""
    return rows[:PAGE_SIZE], f"{path}?{urlencode({'before': rows[PAGE_SIZE - 1].pk})}"
