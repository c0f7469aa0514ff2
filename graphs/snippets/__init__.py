"""Parts of graphs that are ready to be put into an agent, kept as data beside this."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, Final, cast

import orjson

from blocks.registry import registry
from blocks.values import JsonObject
from core.ids import new_id
from graphs.domain.model import Graph, Link, Node, NodeId
from graphs.domain.parse import parse_graph

_FOLDER: Final = Path(__file__).parent
_GAP: Final = 120.0
"""Between what is in the graph and what is put below it, in the units of the canvas."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Snippet:
    """`ways_in` and `ways_out` are the pins to link: node, pin, and what for."""

    id: str
    name: str
    description: str
    graph: Graph = field(repr=False)
    ways_in: Sequence[Mapping[str, str]]
    ways_out: Sequence[Mapping[str, str]]


@registry.clears
@cache
def snippets() -> Mapping[str, Snippet]:
    """By id, in that order."""
    read = (_read(path) for path in sorted(_FOLDER.glob("*.json")))
    return {snippet.id: snippet for snippet in read}


def _read(path: Path) -> Snippet:
    body = orjson.loads(path.read_bytes())
    graph = {"nodes": body["nodes"], "links": body["links"]}
    return Snippet(
        id=body["id"],
        name=body["name"],
        description=body["description"],
        graph=parse_graph(graph, strict_blocks=True),
        ways_in=body["ways_in"],
        ways_out=body["ways_out"],
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Inserted:
    """`node_ids` are those in the graph, by those in the snippet."""

    graph: Graph
    node_ids: Mapping[str, str]


def with_snippet(
    graph: Graph, snippet: Snippet, at: tuple[float, float] | None = None
) -> Inserted:
    """The graph with the nodes and links of the snippet, under ids of their own; at
    the given place, else below all that is there."""
    ids = {old: NodeId(str(new_id())) for old in snippet.graph.nodes}
    place = _below(graph, snippet) if at is None else at
    added = {ids[n.id]: _moved(n, ids, place) for n in snippet.graph.nodes.values()}
    links = tuple(_moved_link(link, ids) for link in snippet.graph.links)
    return Inserted(
        graph=replace(
            graph, nodes={**graph.nodes, **added}, links=(*graph.links, *links)
        ),
        node_ids={str(old): str(new) for old, new in ids.items()},
    )


def _moved(node: Node, ids: Mapping[NodeId, NodeId], by: tuple[float, float]) -> Node:
    x, y = _position(node)
    metadata: JsonObject = {
        **node.metadata,
        "position": {"x": x + by[0], "y": y + by[1]},
    }
    return replace(node, id=ids[node.id], metadata=metadata)


def _moved_link(link: Link, ids: Mapping[NodeId, NodeId]) -> Link:
    return replace(
        link,
        id=str(new_id()),
        source_id=ids[link.source_id],
        sink_id=ids[link.sink_id],
    )


def _below(graph: Graph, snippet: Snippet) -> tuple[float, float]:
    there = [_position(node) for node in graph.nodes.values()]
    if not there:
        return 0.0, 0.0
    highest = min(_position(node)[1] for node in snippet.graph.nodes.values())
    lowest = max(y for _, y in there)
    return min(x for x, _ in there), lowest - highest + 2 * _GAP


def _position(node: Node) -> tuple[float, float]:
    """0 where an imported node says nothing, or nothing that makes sense."""
    position = cast(Any, node.metadata.get("position"))
    found = position if isinstance(position, Mapping) else {}
    return _number(found.get("x")), _number(found.get("y"))


def _number(value: object) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number else 0.0  # type: ignore[arg-type]
