"""The page of who an agent is shared with."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.account_pages.common import form_page
from accounts.account_pages.shares import share_end, shares_page
from accounts.http import user_of
from accounts.rights.permissions import require_permission
from graphs.models import GraphShare
from graphs.selectors import graph_get

LEVELS = [
    ("read", "Look at it"),
    ("run", "Run it, too"),
    ("edit", "Edit it, too"),
]


@require_permission("share", "read", POST="create")
@form_page
def agent_shares(request: HttpRequest, graph_id: UUID) -> HttpResponse:
    right = "share:create" if request.method == "POST" else "share:read"
    graph = graph_get(user_of(request), graph_id, right)
    return shares_page(
        request, GraphShare, graph,
        levels=LEVELS, section="agents", kind="agent", name=graph.name,
        list_url=reverse("agents"), thing_url=reverse("builder", args=[graph.pk]),
    )  # fmt: skip


@require_permission("share", "delete")
@require_POST
def agent_unshare(request: HttpRequest, graph_id: UUID, share_id: UUID) -> HttpResponse:
    graph = graph_get(user_of(request), graph_id, "share:delete")
    back = reverse("agent-shares", args=[graph.pk])
    return share_end(request, GraphShare, graph, share_id, back)
