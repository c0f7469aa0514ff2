"""Changes that are safe to make at a click: each is data, and a function applies it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from blocks.values import JsonObject, JsonValue
from graphs.domain.model import Graph, Link, Node, NodeId


class FixError(ValueError):
    """The change does not fit the graph, which may have been edited since."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SetMetadata:
    """Set one of the settings of a node; null takes it away."""

    node_id: NodeId
    key: str
    value: JsonValue

    def to_json(self) -> JsonObject:
        return {
            "op": "set_metadata",
            "node_id": self.node_id,
            "key": self.key,
            "value": self.value,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class RemoveNodes:
    """Take nodes away, and the links at them."""

    node_ids: tuple[NodeId, ...]

    def to_json(self) -> JsonObject:
        return {"op": "remove_nodes", "node_ids": list(self.node_ids)}


@dataclass(frozen=True, kw_only=True, slots=True)
class RemoveLink:
    link_id: str

    def to_json(self) -> JsonObject:
        return {"op": "remove_link", "link_id": self.link_id}


@dataclass(frozen=True, kw_only=True, slots=True)
class MergeNodes:
    """What went out of `remove` goes out of `keep`, which does the same."""

    keep: NodeId
    remove: NodeId

    def to_json(self) -> JsonObject:
        return {"op": "merge_nodes", "keep": self.keep, "remove": self.remove}


@dataclass(frozen=True, kw_only=True, slots=True)
class InsertConverter:
    """Turn what goes along a link into `type` on its way."""

    link_id: str
    type: str

    def to_json(self) -> JsonObject:
        return {"op": "insert_converter", "link_id": self.link_id, "type": self.type}


Fix = SetMetadata | RemoveNodes | RemoveLink | MergeNodes | InsertConverter

CONVERTER: Final = "95d1b990-ce13-4d88-9737-ba5c2070c97b"
CONVERTS_TO: Final = frozenset({"string", "number", "boolean", "list", "dictionary"})

SETTINGS: Final = frozenset({"cacheable", "unordered", "max_parallel"})
"""Those that a fix may set."""


def fix_from(document: Mapping[str, Any]) -> Fix:
    """The inverse of `to_json`.

    Raises:
        FixError: it is none.
    """
    read = _READERS.get(str(document.get("op")))
    try:
        if read is not None:
            return read(document)
    except (KeyError, TypeError):
        pass
    raise FixError(f"a fix is one of {', '.join(_READERS)}, with its fields")


def _set_metadata(d: Mapping[str, Any]) -> Fix:
    if d["key"] not in SETTINGS:
        raise FixError(f"a fix sets one of {', '.join(sorted(SETTINGS))}")
    return SetMetadata(node_id=_id(d["node_id"]), key=d["key"], value=d.get("value"))


def _remove_nodes(d: Mapping[str, Any]) -> Fix:
    return RemoveNodes(node_ids=tuple(map(_id, d["node_ids"])))


def _remove_link(d: Mapping[str, Any]) -> Fix:
    return RemoveLink(link_id=_id(d["link_id"]))


def _merge_nodes(d: Mapping[str, Any]) -> Fix:
    return MergeNodes(keep=_id(d["keep"]), remove=_id(d["remove"]))


def _insert_converter(d: Mapping[str, Any]) -> Fix:
    if d["type"] not in CONVERTS_TO:
        raise FixError(f"a converter makes one of {', '.join(sorted(CONVERTS_TO))}")
    return InsertConverter(link_id=_id(d["link_id"]), type=d["type"])


def _id(value: object) -> NodeId:
    if not isinstance(value, str):
        raise FixError("an id is text")
    return NodeId(value)


_READERS: Final[Mapping[str, Callable[[Mapping[str, Any]], Fix]]] = {
    "set_metadata": _set_metadata,
    "remove_nodes": _remove_nodes,
    "remove_link": _remove_link,
    "merge_nodes": _merge_nodes,
    "insert_converter": _insert_converter,
}


def applied(graph: Graph, fix: Fix) -> Graph:
    """The graph after it.

    Raises:
        FixError: a node or link that it names is not there.
    """
    match fix:
        case SetMetadata():
            node = _node(graph, fix.node_id)
            return _with_node(graph, _with_setting(node, fix.key, fix.value))
        case RemoveNodes():
            gone = {_node(graph, id_).id for id_ in fix.node_ids}
            return _without_nodes(graph, gone)
        case RemoveLink():
            left = tuple(link for link in graph.links if link.id != fix.link_id)
            if len(left) == len(graph.links):
                raise FixError(f"there is no link {fix.link_id!r}")
            return replace(graph, links=left)
        case InsertConverter():
            return _converted(graph, fix)
        case MergeNodes():
            _node(graph, fix.keep)
            _node(graph, fix.remove)
            return _merged(graph, fix)


def _node(graph: Graph, id_: NodeId) -> Node:
    node = graph.nodes.get(id_)
    if node is None:
        raise FixError(f"there is no node {id_!r}")
    return node


def _with_setting(node: Node, key: str, value: JsonValue) -> Node:
    others = {name: one for name, one in node.metadata.items() if name != key}
    return replace(node, metadata=others if value is None else {**others, key: value})


def _with_node(graph: Graph, node: Node) -> Graph:
    return replace(graph, nodes={**graph.nodes, node.id: node})


def _without_nodes(graph: Graph, gone: set[NodeId]) -> Graph:
    return replace(
        graph,
        nodes={id_: node for id_, node in graph.nodes.items() if id_ not in gone},
        links=tuple(
            link
            for link in graph.links
            if link.source_id not in gone and link.sink_id not in gone
        ),
    )


def _merged(graph: Graph, fix: MergeNodes) -> Graph:
    known = {_ends(link) for link in graph.links}
    moved: list[Link] = []
    for link in graph.links:
        if link.source_id == fix.remove:
            link = replace(link, source_id=fix.keep)
            if _ends(link) in known:
                continue
        moved.append(link)
    return _without_nodes(replace(graph, links=tuple(moved)), {fix.remove})


def _converted(graph: Graph, fix: InsertConverter) -> Graph:
    link = next((link for link in graph.links if link.id == fix.link_id), None)
    if link is None:
        raise FixError(f"there is no link {fix.link_id!r}")
    id_ = NodeId(f"{link.id} converted")
    if id_ in graph.nodes:
        raise FixError("the link has a converter already")
    source, sink = graph.nodes[link.source_id], graph.nodes[link.sink_id]
    node = Node(
        id=id_,
        block_id=CONVERTER,
        constants={"type": fix.type},
        metadata={"position": _between(source, sink)},
    )
    first = replace(link, sink_id=id_, sink_name="value")
    second = replace(
        link,
        id=f"{link.id} on",
        source_id=id_,
        source_name="value",
        is_static=False,
    )
    others = tuple(one for one in graph.links if one.id != link.id)
    return replace(_with_node(graph, node), links=(*others, first, second))


def _between(*nodes: Node) -> JsonObject:
    places = [node.metadata.get("position") for node in nodes]
    known = [place for place in places if isinstance(place, dict)]
    return {
        axis: sum(_number(place.get(axis)) for place in known) / max(1, len(known))
        for axis in ("x", "y")
    }


def _number(value: JsonValue) -> float:
    return value if isinstance(value, int | float) else 0.0


def _ends(link: Link) -> tuple[str, str, str, str]:
    return link.source_id, link.source_name, link.sink_id, link.sink_name
