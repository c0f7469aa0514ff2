"""The page of who a run is shared with, and of what others share with oneself."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts.account_pages.common import form_page
from accounts.account_pages.shares import share_end, shares_page
from accounts.http import user_of
from accounts.rights.permissions import require_permission
from executions.models import ExecutionShare
from executions.selectors import execution_get, execution_list
from graphs.selectors import graph_list

LEVELS = [("read", "Look at it"), ("run", "Pause and cancel it, too")]
"""A run is nothing to edit."""
SHOWN_AT_MOST = 200


@require_permission("share", "read", POST="create")
@form_page
def run_shares(request: HttpRequest, execution_id: UUID) -> HttpResponse:
    right = "share:create" if request.method == "POST" else "share:read"
    run = execution_get(user_of(request), execution_id, right)
    return shares_page(
        request, ExecutionShare, run,
        levels=LEVELS, section="runs", kind="run", name=run.graph.name,
        list_url=reverse("runs"), thing_url=reverse("run", args=[run.pk]),
    )  # fmt: skip


@require_permission("share", "delete")
@require_POST
def run_unshare(
    request: HttpRequest, execution_id: UUID, share_id: UUID
) -> HttpResponse:
    run = execution_get(user_of(request), execution_id, "share:delete")
    back = reverse("run-shares", args=[run.pk])
    return share_end(request, ExecutionShare, run, share_id, back)


@require_permission("graph", "read")
@require_safe
def shared(request: HttpRequest) -> HttpResponse:
    """What others share with whoever looks: it is in no list of his workspaces."""
    user = user_of(request)
    agents = list(graph_list(user, shared=True)[: SHOWN_AT_MOST + 1])
    runs = execution_list(user, shared=True)[: SHOWN_AT_MOST + 1]
    context = {
        "agents": agents[:SHOWN_AT_MOST],
        "runs": runs[:SHOWN_AT_MOST],
        "at_most": SHOWN_AT_MOST,
        "has_more": max(len(agents), len(runs)) > SHOWN_AT_MOST,
    }
    return render(request, "executions/shared.html", context)
