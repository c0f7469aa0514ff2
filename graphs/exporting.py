"""A stored graph as the file that is handed out."""

from blocks.values import JsonObject
from graphs.domain.document import from_document
from graphs.domain.transfer import export_agent
from graphs.models import Graph


def exported(graph: Graph) -> JsonObject:
    """The draft, under the number of the latest published version."""
    return export_agent(
        from_document(graph.draft),
        id=str(graph.id),
        version=graph.version or 1,
        created_at=graph.created_at,
        is_active=graph.is_active,
    )
