"""What several validation rules ask about a graph, worked out once."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from blocks.dynamic_pins import PinNameError, PinPath
from blocks.registry import Registry
from blocks.spec import BlockSpec, Kind
from graphs.domain.components import cycles, reachable
from graphs.domain.model import Graph, Link, Node, NodeId
from graphs.domain.pins import PinReader, sink_path, source_path


@dataclass(frozen=True)
class Facts:
    graph: Graph
    registry: Registry

    @cached_property
    def specs(self) -> Mapping[NodeId, BlockSpec | None]:
        """None: the block is unknown."""
        nodes = self.graph.nodes.values()
        return {node.id: self.registry.get(node.block_id) for node in nodes}

    @cached_property
    def known(self) -> list[tuple[Node, BlockSpec]]:
        """The nodes that run, notes apart, with their blocks."""
        return [
            (node, spec)
            for node in self.graph.nodes.values()
            if (spec := self.specs[node.id]) is not None and spec.kind is not Kind.NOTE
        ]

    @cached_property
    def running(self) -> list[Node]:
        """All nodes but notes."""
        nodes = self.graph.nodes.values()
        return [node for node in nodes if not self.is_kind(node.id, Kind.NOTE)]

    @cached_property
    def successors(self) -> Mapping[NodeId, list[NodeId]]:
        links = self.graph.links_from
        return {
            node_id: list(dict.fromkeys(link.sink_id for link in links[node_id]))
            for node_id in self.graph.nodes
        }

    @cached_property
    def entries(self) -> list[NodeId]:
        """The nodes that fire once when the execution begins."""
        return [node.id for node in self.running if self._starts(node)]

    def _starts(self, node: Node) -> bool:
        no_links = not self.graph.links_into[node.id]
        return no_links or self.is_kind(node.id, Kind.INPUT)

    @cached_property
    def cycles(self) -> list[list[NodeId]]:
        return cycles(self.successors)

    @cached_property
    def refiring(self) -> set[NodeId]:
        """The nodes that may fire more than once in one execution."""
        looped = [node_id for cycle in self.cycles for node_id in cycle]
        crowded = [node.id for node in self.running if self._is_crowded(node.id)]
        behind = [
            link.sink_id
            for link in self.graph.links
            if self.graph.nodes[link.source_id].block_id in self._repeating
        ]
        return reachable([*looped, *crowded, *behind], self.successors)

    def _is_crowded(self, node_id: NodeId) -> bool:
        """One of its pins has more than one link."""
        links = self.graph.links_into[node_id]
        return len({link.sink_name for link in links}) < len(links)

    @cached_property
    def _repeating(self) -> set[str]:
        """The blocks that may emit on one pin more than once; their examples tell."""
        specs = {spec.id: spec for _, spec in self.known}
        return {block_id for block_id, spec in specs.items() if _repeats(spec)}

    def is_kind(self, node_id: NodeId, kind: Kind) -> bool:
        spec = self.specs[node_id]
        return spec is not None and spec.kind is kind

    def is_static(self, link: Link) -> bool:
        source = self.specs[link.source_id]
        return link.is_static or (source is not None and source.static_output)

    def sink(self, link: Link) -> PinPath | None:
        """None: the name is malformed."""
        return readable(sink_path, self.specs[link.sink_id], link.sink_name)

    def source(self, link: Link) -> PinPath | None:
        """None: the name is malformed."""
        return readable(source_path, self.specs[link.source_id], link.source_name)

    def title(self, node_id: NodeId) -> str:
        """How messages call a node."""
        node, spec = self.graph.nodes[node_id], self.specs[node_id]
        return node.name or (f"{spec.name} {node_id}" if spec else f"node {node_id}")


def readable(read: PinReader, spec: BlockSpec | None, name: str) -> PinPath | None:
    """What `sink_path` or `source_path` reads; None where it would raise."""
    try:
        return read(spec, name)
    except PinNameError:
        return None


def _repeats(spec: BlockSpec) -> bool:
    emitted = [[pin for pin, _ in example.outputs] for example in spec.examples]
    return any(len(set(pins)) < len(pins) for pins in emitted)
