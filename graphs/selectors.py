"""Reads of graphs. Whoever reads names himself: what is not his is not there."""

from functools import lru_cache
from typing import Any, Final, cast
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery
from django.http import Http404

from accounts.models import User
from accounts.selectors import workspaces_of
from blocks.values import JsonObject
from core.compiled import Compiled
from graphs.domain.document import from_document
from graphs.domain.model import Graph
from graphs.models import Graph as GraphRow
from graphs.models import GraphVersion

KEPT_VERSIONS: Final = 128


def graphs_of(user: User) -> QuerySet[GraphRow]:
    return GraphRow.objects.filter(
        workspace__in=workspaces_of(user), deleted_at__isnull=True
    )


def graph_get(user: User, id: UUID, *, with_draft: bool = False) -> GraphRow:
    """
    Without `with_draft` the draft, which may be large, is read only when it is used.

    Raises:
        Http404: there is none, or it is not theirs.
    """
    if with_draft:
        graph = graphs_of(user).filter(id=id).first()
    else:
        graph = _GRAPH.first(user.id, id)
    if graph is None:
        raise Http404
    return graph


_GRAPH: Final = Compiled(
    lambda user_id, id: GraphRow.objects.filter(
        workspace__members=user_id, deleted_at__isnull=True, id=id
    ).defer("draft"),
    arguments=2,
)


def graph_list(user: User, include_inactive: bool = False) -> QuerySet[GraphRow]:
    """Newest first and without drafts, each with `last_run_id`, `last_run_status` and
    `last_run_at`, which are None if it never ran."""
    found = graphs_of(user).defer("draft").order_by("-id")
    if not include_inactive:
        found = found.filter(is_active=True)
    return found.annotate(
        last_run_id=_last_run("id"),
        last_run_status=_last_run("status"),
        last_run_at=_last_run("created_at"),
    )


def _last_run(field: str) -> Subquery:
    # Executions lie above graphs; what points at our own rows tells its model itself.
    runs: Any = GraphRow._meta.get_field("executions").related_model
    return Subquery(
        runs.objects.filter(graph=OuterRef("pk")).order_by("-id").values(field)[:1]
    )


def version_list(graph: GraphRow) -> QuerySet[GraphVersion]:
    """The published versions, newest first."""
    return (
        GraphVersion.objects.filter(graph=graph, number__isnull=False)
        .select_related("created_by")
        .defer("body")
        .order_by("-id")
    )


@lru_cache(maxsize=KEPT_VERSIONS)
def load_version(version_id: UUID) -> Graph:
    """The graph of a version. Versions never change, so it is kept.

    Raises:
        GraphVersion.DoesNotExist: there is no such version.
    """
    return from_document(load_version_document(version_id))


def load_version_document(version_id: UUID) -> JsonObject:
    """The JSON of a version, as it was stored.

    Raises:
        GraphVersion.DoesNotExist: there is no such version.
    """
    found: Any = GraphVersion.objects.values_list("body", flat=True).get(id=version_id)
    return cast(JsonObject, found)
