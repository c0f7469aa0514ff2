"""Pages of runs: the list with its filters, and the live view of one."""

from collections.abc import Iterator
from typing import TypedDict
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.http import user_of
from accounts.pages import PAGE_SIZE, id_from_address
from accounts.rights.permissions import require_permission
from executions import selectors
from executions.domain.status import ExecutionStatus
from executions.reviews.selectors import pending_of
from graphs.models import Graph
from graphs.selectors import graph_get, graph_list

MAX_AGENTS_OFFERED = 100
MAX_REVIEWS_NAMED = 3


class Choice(TypedDict):
    """One filter chip; `name` is the end of its class names."""

    status: str
    name: str
    url: str
    chosen: bool


@require_permission("execution", "read")
@require_safe
def runs(request: HttpRequest) -> HttpResponse:
    agent = id_from_address(request.GET.get("agent"))
    status = _status_from_address(request.GET.get("status"))
    before = id_from_address(request.GET.get("before"))
    graph = graph_get(user_of(request), agent) if agent else None
    found = selectors.execution_list(user_of(request), graph=agent, status=status)
    if before:
        found = found.filter(id__lt=before)
    rows = list(found[: PAGE_SIZE + 1])
    shown = rows[:PAGE_SIZE]
    has_more = len(rows) > PAGE_SIZE
    context = {
        "section": "runs",
        "runs": shown,
        "more": _address(agent, status, before=shown[-1].id) if has_more else None,
        "filtered": bool(agent or status or before),
        "states": list(_choices(agent, status)),
        "status": status,
        "chosen_agent": agent,
        "agents": _agents_offered(request, graph),
    }
    return render(request, "executions/runs.html", context)


def _status_from_address(text: str | None) -> ExecutionStatus | None:
    if not text:
        return None
    try:
        return ExecutionStatus(text)
    except ValueError:
        raise Http404 from None


def _address(
    agent: UUID | None, status: ExecutionStatus | None, before: UUID | None = None
) -> str:
    query = {"agent": agent, "status": status, "before": before}
    text = urlencode({name: str(value) for name, value in query.items() if value})
    return reverse("runs") + (f"?{text}" if text else "")


def _choices(agent: UUID | None, chosen: ExecutionStatus | None) -> Iterator[Choice]:
    for status in (None, *ExecutionStatus):
        yield Choice(
            status=status or "",
            name=(status or "").lower().replace("_", "-"),
            url=_address(agent, status),
            chosen=status == chosen,
        )


def _agents_offered(request: HttpRequest, chosen: Graph | None) -> list[Graph]:
    """The newest agents, and in any case the chosen one."""
    offered = list(
        graph_list(user_of(request), include_inactive=True)[:MAX_AGENTS_OFFERED]
    )
    if chosen and chosen not in offered:
        offered.append(chosen)
    return offered


@require_permission("execution", "read")
@require_safe
def run(request: HttpRequest, execution_id: UUID) -> HttpResponse:
    user = user_of(request)
    execution = selectors.execution_get(user, execution_id)
    context = {
        "section": "runs",
        "run": execution,
        "reviews": list(pending_of(execution)[:MAX_REVIEWS_NAMED]),
        "may_share": selectors.may_share(user, execution),
    }
    return render(request, "executions/run.html", context)
