"""A graph as the JSON that is stored, and back. What we wrote is not checked again."""

from collections.abc import Mapping
from typing import Any, cast

from blocks.values import JsonObject, JsonValue
from graphs.domain.model import Graph, Link, Node, NodeId


def to_document(graph: Graph) -> JsonObject:
    """What is stored of a draft or a version."""
    nodes: list[JsonValue] = [node_document(node) for node in graph.nodes.values()]
    links: list[JsonValue] = [link_document(link) for link in graph.links]
    return {
        "name": graph.name,
        "description": graph.description,
        "nodes": nodes,
        "links": links,
        "settings": graph.settings,
        "extra": graph.extra,
    }


def node_document(node: Node) -> JsonObject:
    own: JsonObject = {
        "id": node.id,
        "block_id": node.block_id,
        "input_default": dict(node.constants),
        "metadata": node.metadata,
    }
    return {**node.extra, **own}


def link_document(link: Link) -> JsonObject:
    return {
        "id": link.id,
        "source_id": link.source_id,
        "source_name": link.source_name,
        "sink_id": link.sink_id,
        "sink_name": link.sink_name,
        "is_static": link.is_static,
    }


_NODE_KEYS = frozenset(("id", "block_id", "input_default", "metadata"))


def from_document(document: object) -> Graph:
    """Read what `to_document` wrote; for documents from outside there is `parse_graph`.

    It stays readable when a block has lost a pin or is gone: validation says so.
    """
    body = cast(Mapping[str, Any], document)
    return Graph(
        name=body["name"],
        description=body["description"],
        nodes={entry["id"]: _node(entry) for entry in body["nodes"]},
        links=tuple(_link(entry) for entry in body["links"]),
        settings=body["settings"],
        extra=body["extra"],
    )


def _node(entry: Mapping[str, Any]) -> Node:
    return Node(
        id=NodeId(entry["id"]),
        block_id=entry["block_id"],
        constants=entry["input_default"],
        metadata=entry["metadata"],
        extra={key: value for key, value in entry.items() if key not in _NODE_KEYS},
    )


def _link(entry: Mapping[str, Any]) -> Link:
    return Link(
        id=entry["id"],
        source_id=NodeId(entry["source_id"]),
        source_name=entry["source_name"],
        sink_id=NodeId(entry["sink_id"]),
        sink_name=entry["sink_name"],
        is_static=entry["is_static"],
    )
