"""A stored graph as the file that is handed out, with the agents that it calls."""

from collections.abc import Iterable
from uuid import UUID

from blocks.values import JsonObject
from core.http import parsed_uuid
from graphs.domain.bundle import callees, packed
from graphs.domain.document import from_document
from graphs.domain.transfer import export_agent
from graphs.models import Graph


def exported(graph: Graph) -> JsonObject:
    """The draft, under the number of the latest published version, and the drafts of
    the agents it calls, at all depths."""
    return packed(_document(graph), [_document(part) for part in called_by(graph)])


def _document(graph: Graph) -> JsonObject:
    return export_agent(
        from_document(graph.draft),
        id=str(graph.id),
        version=graph.version or 1,
        created_at=graph.created_at,
        is_active=graph.is_active,
    )


def called_by(graph: Graph) -> list[Graph]:
    """Each once, though they may call each other; those of other workspaces are as if
    they were not there."""
    found: dict[UUID, Graph] = {}
    wanted = _ids([graph])
    while wanted := wanted - {graph.id} - found.keys():
        rows = Graph.objects.filter(
            id__in=wanted, workspace_id=graph.workspace_id, deleted_at__isnull=True
        )
        level = list(rows)
        found.update((row.id, row) for row in level)
        wanted = _ids(level)
    return list(found.values())


def _ids(graphs: Iterable[Graph]) -> set[UUID]:
    named = (id_ for row in graphs for id_ in callees(from_document(row.draft)))
    return {id_ for name in named if (id_ := parsed_uuid(name)) is not None}
