"""Freezing drafts: the immutable version that an execution runs."""

from functools import lru_cache
from typing import Final, Literal
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts.models import User
from blocks.registry import registry
from core.http import Problem
from graphs.domain.document import from_document
from graphs.domain.model import Graph, Link, Node, NodeId
from graphs.models import Graph as GraphRow
from graphs.models import GraphVersion
from graphs.models import Link as LinkRow
from graphs.models import Node as NodeRow

Wanted = int | Literal["draft"] | None

_ROWS_AT_ONCE: Final = 2_000
_MAX_NODE_NAME: Final = 200


class UnknownVersion(Problem):
    """The graph has no version of this number."""

    def __init__(self, number: int) -> None:
        message = f"The agent has no version {number}. Publish it, or name another."
        super().__init__(
            404,
            "Unknown version",
            message,
            [{"field": "version", "message": message, "code": "unknown_version"}],
            code="unknown-version",
        )


def graph_freeze(
    graph: GraphRow, version: Wanted = None, *, user: User | None = None
) -> GraphVersion:
    """The version to run: that of a number, the draft as it was when `graph` was read,
    frozen once for each revision, or for None the latest published one, else the draft.

    Raises:
        UnknownVersion: none has the number.
    """
    number = _number(graph, version)
    if number is None:
        return _of_revision(graph, graph.revision) or _freeze(graph, user)
    found = graph.versions.filter(number=number).defer("body").first()
    if found is None:
        raise UnknownVersion(number)
    return found


def frozen_id(graph: GraphRow, version: Wanted = None) -> UUID | None:
    """The id of the version that `graph_freeze` would give, None if it is yet to be
    frozen or there is none. Costs nothing when it is asked for again."""
    number = _number(graph, version)
    try:
        if number is None:
            return _id_of(graph.pk, revision=graph.revision)
        return _id_of(graph.pk, number=number)
    except GraphVersion.DoesNotExist:
        return None


@lru_cache(maxsize=4096)
def _id_of(graph_id: UUID, **which: int) -> UUID:
    """Kept, for neither the number nor the revision of a version ever changes hands."""
    found: UUID = GraphVersion.objects.values_list("id", flat=True).get(
        graph_id=graph_id, **which
    )
    return found


def _number(graph: GraphRow, version: Wanted) -> int | None:
    """The number of the published version that is meant, None for the draft."""
    if version == "draft":
        return None
    return graph.version if version is None else version


def _of_revision(graph: GraphRow, revision: int) -> GraphVersion | None:
    return graph.versions.filter(revision=revision).defer("body").first()


def _freeze(graph: GraphRow, user: User | None) -> GraphVersion:
    revision, draft = GraphRow.objects.values_list("revision", "draft").get(pk=graph.pk)
    try:
        with transaction.atomic():
            version = GraphVersion.objects.create(
                graph=graph, revision=revision, body=draft, created_by=user
            )
            _project(version, from_document(draft))
    except IntegrityError:
        # Another request froze the same revision at the same time.
        frozen = _of_revision(graph, revision)
        if frozen is None:
            raise
        return frozen
    return version


def _project(version: GraphVersion, graph: Graph) -> None:
    nodes = {node.id: _node_row(version, node) for node in graph.nodes.values()}
    links = [_link_row(version, nodes, link) for link in graph.links]
    NodeRow.objects.bulk_create(nodes.values(), batch_size=_ROWS_AT_ONCE)
    LinkRow.objects.bulk_create(links, batch_size=_ROWS_AT_ONCE)


def _node_row(version: GraphVersion, node: Node) -> NodeRow:
    spec = registry.get(node.block_id)
    return NodeRow(
        version=version,
        node_id=node.id,
        block_id=node.block_id,
        block_name=spec.name if spec else "",
        name=(node.name or "")[:_MAX_NODE_NAME],
    )


def _link_row(
    version: GraphVersion, nodes: dict[NodeId, NodeRow], link: Link
) -> LinkRow:
    return LinkRow(
        version=version,
        link_id=link.id,
        source=nodes[link.source_id],
        source_name=link.source_name,
        sink=nodes[link.sink_id],
        sink_name=link.sink_name,
        is_static=link.is_static,
    )
