"""Reads of graphs. Whoever reads names himself: what is not his is not there."""

from functools import lru_cache
from typing import Any, Final, cast
from uuid import UUID

from django.db.models import (
    CharField,
    DateTimeField,
    OuterRef,
    QuerySet,
    Subquery,
    UUIDField,
    Value,
)
from django.http import Http404

from accounts.models import User
from accounts.rights.standing import (
    check_standing,
    has_standing,
    in_workspaces,
    with_level,
    with_seat,
)
from accounts.rights.table import Standing
from blocks.values import JsonObject
from core.compiled import Compiled
from graphs.domain.document import from_document
from graphs.domain.model import Graph
from graphs.models import Graph as GraphRow
from graphs.models import GraphShare, GraphVersion

KEPT_VERSIONS: Final = 128


def graphs_of(user: User) -> QuerySet[GraphRow]:
    """Those of the workspaces of the user."""
    return in_workspaces(user, "graph:read", _living())


def graphs_shared_with(user: User) -> QuerySet[GraphRow]:
    """Those of other workspaces that are shared with the user now."""
    level = with_level(GraphShare, "graph", user.pk)
    return _living().annotate(level=level).filter(level__isnull=False)


def _living() -> QuerySet[GraphRow]:
    return GraphRow.objects.filter(deleted_at__isnull=True)


def graph_get(
    user: User, id: UUID, right: str = "graph:read", *, with_draft: bool = False
) -> GraphRow:
    """The graph, for doing to it what the right names.

    Without `with_draft` the draft, which may be large, is read only when it is used.

    Raises:
        Http404: there is none, or the user cannot read it.
        PermissionDenied: the user can read it and may not do this.
    """
    query = _WHOLE_GRAPH if with_draft else _GRAPH
    graph: Any = query.first(user.id, user.id, id)
    if graph is None:
        raise Http404
    check_standing(user, right, Standing(graph.seat, graph.level), graph)
    return cast(GraphRow, graph)


def may_share(user: User, graph: Any) -> bool:
    """Of what `graph_get` found."""
    return has_standing(user, "share:create", Standing(graph.seat, graph.level), graph)


def _with_standing(user_id: UUID, again: UUID, id: UUID) -> QuerySet[GraphRow]:
    """`user_id` is given once for the seat and once for the share."""
    return (
        _living()
        .filter(id=id)
        .annotate(seat=with_seat(user_id), level=with_level(GraphShare, "graph", again))
    )


_GRAPH: Final = Compiled(
    lambda *ids: _with_standing(*ids).defer("draft"),
    arguments=3,
)
_WHOLE_GRAPH: Final = Compiled(_with_standing, arguments=3)


def graph_list(
    user: User, include_inactive: bool = False, shared: bool = False
) -> QuerySet[GraphRow]:
    """Newest first and without drafts, each with `last_run_id`, `last_run_status` and
    `last_run_at`, which are None if it never ran. `shared`: those that others share
    with the user, without their runs."""
    if shared:
        rows = graphs_shared_with(user).defer("draft").order_by("-id")
        none = Value(None, UUIDField())
        return rows.filter(is_active=True).annotate(
            last_run_id=none,
            last_run_status=Value(None, CharField()),
            last_run_at=Value(None, DateTimeField()),
        )
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
