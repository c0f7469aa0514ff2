"""What a graph names outside itself must be there for whoever draws it."""

from collections.abc import Iterator
from uuid import UUID

from accounts.models import Credential, User
from accounts.rights.standing import has_right
from core.http import parsed_uuid
from graphs.domain.bundle import callees
from graphs.domain.faults import FormatFault, GraphFormatError
from graphs.domain.model import Graph
from graphs.domain.pins import is_credentials_name
from graphs.models import Graph as GraphRow


def check_references(
    user: User, workspace_id: UUID, graph: Graph, before: Graph | None = None
) -> None:
    """Credentials and agents of other workspaces are as if they were not there, and so
    are credentials to whoever may not use them. What stood in the graph `before` may
    stay: it may have been deleted since.

    Raises:
        GraphFormatError: naming each that is not there.
    """
    kept = before or Graph()
    credentials = _credentials_in(graph) - _credentials_in(kept)
    agents = _agents_in(graph) - _agents_in(kept)
    faults: list[FormatFault] = []
    if credentials:
        usable = _usable(user, workspace_id, credentials)
        faults += _faults("credential", credentials - usable)
    if agents:
        here = GraphRow.objects.filter(
            id__in=agents, workspace_id=workspace_id, deleted_at__isnull=True
        )
        faults += _faults("agent", agents - set(here.values_list("id", flat=True)))
    if faults:
        raise GraphFormatError(faults)


def _usable(user: User, workspace_id: UUID, ids: set[UUID]) -> set[UUID]:
    if not has_right(user, "credential:use", workspace_id):
        return set()
    found = Credential.objects.filter(id__in=ids, workspace_id=workspace_id)
    return set(found.values_list("id", flat=True))


def _faults(kind: str, ids: set[UUID]) -> Iterator[FormatFault]:
    for id_ in sorted(ids):
        yield FormatFault(
            field="nodes",
            message=f"there is no {kind} {id_} here: choose another",
            code=f"unknown_{kind}",
        )


def _credentials_in(graph: Graph) -> set[UUID]:
    named = (
        value.get("id")
        for node in graph.nodes.values()
        for name, value in node.constants.items()
        if is_credentials_name(name) and isinstance(value, dict)
    )
    return {id_ for name in named if (id_ := parsed_uuid(str(name))) is not None}


def _agents_in(graph: Graph) -> set[UUID]:
    return {id_ for name in callees(graph) if (id_ := parsed_uuid(name)) is not None}
