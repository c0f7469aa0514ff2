"""A graph as the engine, the validator and the exporter see it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NewType

from blocks.values import JsonObject, JsonValue

NodeId = NewType("NodeId", str)


@dataclass(frozen=True, kw_only=True)
class Node:
    """One block placed in a graph.

    `constants` stand on pins that no link feeds; keys may be dynamic pin names.
    `metadata` is kept as it came: position, name given by the user and what we do not
    know. `max_parallel` bounds the node executions of this node that run at one time;
    `unordered` lets their outputs go out as they come instead of in start order.
    """

    id: NodeId
    block_id: str
    constants: Mapping[str, JsonValue] = field(default_factory=dict)
    metadata: JsonObject = field(default_factory=dict)
    extra: JsonObject = field(default_factory=dict)
    """Other keys of the imported node, kept for export."""

    @property
    def name(self) -> str | None:
        """What the user called it."""
        name = self.metadata.get("customized_name")
        return name if isinstance(name, str) and name else None

    @property
    def max_parallel(self) -> int | None:
        limit = self.metadata.get("max_parallel")
        return limit if isinstance(limit, int) and limit > 0 else None

    @property
    def unordered(self) -> bool:
        return self.metadata.get("unordered") is True


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """From an output pin to an input pin; the names may be dynamic."""

    id: str
    source_id: NodeId
    source_name: str
    sink_id: NodeId
    sink_name: str
    is_static: bool = False


@dataclass(frozen=True, kw_only=True)
class Graph:
    """Nodes by id, in the order they came, and the links between them."""

    name: str = ""
    description: str = ""
    nodes: Mapping[NodeId, Node] = field(default_factory=dict)
    links: tuple[Link, ...] = ()
    settings: JsonObject = field(default_factory=dict)
    """Of the graph: `max_parallel` and what we do not know."""
    extra: JsonObject = field(default_factory=dict)
    """Other keys of the imported agent (instructions, sub_graphs …), for export."""
    repeated: tuple[Link, ...] = field(default=(), compare=False)
    """Links of the document that said what another says; not part of the graph."""

    @cached_property
    def links_into(self) -> Mapping[NodeId, tuple[Link, ...]]:
        found: dict[NodeId, list[Link]] = {node_id: [] for node_id in self.nodes}
        for link in self.links:
            found[link.sink_id].append(link)
        return {node_id: tuple(links) for node_id, links in found.items()}

    @cached_property
    def links_from(self) -> Mapping[NodeId, tuple[Link, ...]]:
        found: dict[NodeId, list[Link]] = {node_id: [] for node_id in self.nodes}
        for link in self.links:
            found[link.source_id].append(link)
        return {node_id: tuple(links) for node_id, links in found.items()}
