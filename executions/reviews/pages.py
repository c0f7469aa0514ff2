"""Pages of reviews: the inbox, and the one where a review is read and answered."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from accounts.http import user_of
from accounts.models import User
from accounts.pages import PAGE_SIZE, id_from_address
from accounts.rights.permissions import require_permission
from core.http import Problem
from executions.models import Review
from executions.reviews import selectors, services
from executions.reviews.forms import EDITED_AT_MOST, AnswerForm, as_text
from graphs.models import Node

VIEWS: Final[Mapping[str, str]] = {
    "": "Waiting",
    "mine": "Waiting for me",
    "answered": "Answered",
    "all": "All",
}
"""The ends of the addresses of the inbox, and what they show."""

_FIELDS: Final = {"data": "value", "auto_approve": "always"}


@require_permission("review", "read")
@require_safe
def reviews(request: HttpRequest) -> HttpResponse:
    show = request.GET.get("show", "")
    run = id_from_address(request.GET.get("run"))
    found = _shown(user_of(request), show, run)
    if before := id_from_address(request.GET.get("before")):
        found = found.filter(id__lt=before)
    rows = list(found[: PAGE_SIZE + 1])
    shown = rows[:PAGE_SIZE]
    has_more = len(rows) > PAGE_SIZE
    more = f"?show={show}&before={shown[-1].id}" if has_more else ""
    context = {
        "section": "reviews",
        "reviews": shown,
        "more": more and more + (f"&run={run}" if run else ""),
        "views": [(name, word, name == show) for name, word in VIEWS.items()],
        "show": show,
        "run": run,
    }
    return render(request, "reviews/reviews.html", context)


def _shown(user: User, show: str, run: UUID | None) -> QuerySet[Review]:
    if show not in VIEWS:
        raise Http404
    if show == "all":
        return selectors.review_list(user, execution=run)
    if show == "answered":
        found = selectors.review_list(user, execution=run)
        return found.filter(answered_at__isnull=False)
    assignee = user if show == "mine" else None
    return selectors.review_list(user, selectors.PENDING, run, assignee)


@require_permission("review", "read", POST="answer")
@require_http_methods(["GET", "HEAD", "POST"])
def review(request: HttpRequest, review_id: UUID) -> HttpResponse:
    user = user_of(request)
    right = "review:answer" if request.method == "POST" else "review:read"
    asked = selectors.review_get(user, review_id, right)
    form = AnswerForm(asked, request.POST if request.method == "POST" else None)
    if form.is_valid() and _is_answered(request, asked, form):
        return redirect("reviews")
    context = _facts(user, asked) | {"form": form}
    return render(request, "reviews/review.html", context, status=_status(form))


def _status(form: AnswerForm) -> int:
    if not form.is_bound:
        return 200
    return 400 if form.errors else 409


def _is_answered(request: HttpRequest, asked: Review, form: AnswerForm) -> bool:
    """Else the form or a message says why not."""
    given = form.cleaned_data
    answer = services.Answer(
        approved=given["decision"] == "approve",
        data=form.answered,
        message=given["message"],
        always=given.get("always", False),
    )
    try:
        services.review_answer(user=user_of(request), review=asked, answer=answer)
    except Problem as problem:
        _tell(request, form, problem)
        return False
    word = "Approved" if answer.approved else "Rejected"
    messages.success(request, f"{word} “{_name(asked)}”. The run goes on.")
    return True


def _tell(request: HttpRequest, form: AnswerForm, problem: Problem) -> None:
    for error in problem.errors:
        form.add_error(_FIELDS[error["field"]], error["message"])
    if not problem.errors:
        messages.error(request, str(problem.detail))


def _name(asked: Review) -> str:
    return asked.title or asked.node_id


def _facts(user: User, asked: Review) -> dict[str, Any]:
    # Read anew: a refused answer may mean that somebody else was first.
    asked = selectors.review_get(user, asked.id)
    is_open = asked.status == selectors.PENDING
    data = asked.data if asked.answered_at is None else asked.answer
    text = as_text(data)
    return {
        "section": "reviews",
        "review": asked,
        "name": _name(asked),
        "node_name": _node_name(asked),
        "is_open": is_open,
        "editable": services.is_editable(asked),
        "may_answer": is_open and selectors.may_answer(user, asked),
        "was_edited": asked.answered_at is not None and data != asked.data,
        "text": text[:EDITED_AT_MOST],
        "is_cut": len(text) > EDITED_AT_MOST,
        "people": list(selectors.people_to_ask(asked)) if is_open else [],
    }


def _node_name(asked: Review) -> str:
    found = Node.objects.filter(
        version=asked.execution.version_id, node_id=asked.node_id
    ).first()
    return str(found) if found else asked.node_id


@require_permission("review", "manage")
@require_POST
def assign(request: HttpRequest, review_id: UUID) -> HttpResponse:
    user = user_of(request)
    asked = selectors.review_get(user, review_id, "review:manage")
    wanted = id_from_address(request.POST.get("assignee"))
    try:
        services.review_assign(review=asked, assignee=wanted)
    except Problem as problem:
        messages.error(request, str(problem.detail))
    return redirect(reverse("review", args=[review_id]))
