"""A graph made ready to run: who feeds whom, looked up once, not at each value."""

from collections.abc import Mapping
from dataclasses import dataclass

from blocks.dynamic_pins import PinPath, parse_pin
from blocks.registry import Registry, registry
from blocks.schema import ERROR_PIN
from blocks.spec import BlockSpec, Kind
from blocks.values import JsonValue
from graphs.domain.constants import settled
from graphs.domain.model import Graph, Link, Node, NodeId


@dataclass(frozen=True, kw_only=True, slots=True)
class Route:
    """Where a value from one pin goes."""

    path: PinPath
    sink_id: NodeId
    sink_pin: str


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanNode:
    """A node with what the scheduler asks about it.

    `linked` are the input pins that links feed, `static` those of them on which the
    last value stays; `starts` says that it fires once when the execution begins.
    """

    id: NodeId
    spec: BlockSpec
    constants: Mapping[str, JsonValue]
    linked: tuple[str, ...]
    static: frozenset[str]
    routes: Mapping[str, tuple[Route, ...]]
    starts: bool
    ordered: bool
    max_parallel: int | None

    @property
    def handles_errors(self) -> bool:
        """A link leaves exactly the `error` pin."""
        return any(not route.path.steps for route in self.routes.get(ERROR_PIN, ()))


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    nodes: Mapping[NodeId, PlanNode]
    max_parallel: int | None = None


def make_plan(graph: Graph, specs: Registry = registry) -> Plan:
    """
    Raises:
        LookupError: a node's block is unknown; validation finds this before.
    """
    graph = settled(graph, specs)
    limit = graph.settings.get("max_parallel")
    return Plan(
        nodes={
            id_: _plan_node(graph, node, specs) for id_, node in graph.nodes.items()
        },
        max_parallel=limit if isinstance(limit, int) and limit > 0 else None,
    )


def _plan_node(graph: Graph, node: Node, specs: Registry) -> PlanNode:
    spec = _spec_of(node, specs)
    inbound = graph.links_into[node.id]
    is_static = {link: _is_static(graph, link, specs) for link in inbound}
    return PlanNode(
        id=node.id,
        spec=spec,
        constants=node.constants,
        linked=tuple(dict.fromkeys(link.sink_name for link in inbound)),
        static=frozenset(link.sink_name for link in inbound if is_static[link]),
        routes=_routes(graph, node, spec),
        starts=spec.kind is not Kind.NOTE and (not inbound or spec.kind is Kind.INPUT),
        ordered=not node.unordered,
        max_parallel=node.max_parallel,
    )


def _spec_of(node: Node, specs: Registry) -> BlockSpec:
    spec = specs.get(node.block_id)
    if spec is None:
        raise LookupError(f"node {node.id}: no block has the id {node.block_id}")
    return spec


def _is_static(graph: Graph, link: Link, specs: Registry) -> bool:
    source = _spec_of(graph.nodes[link.source_id], specs)
    return link.is_static or source.static_output


def _routes(
    graph: Graph, node: Node, spec: BlockSpec
) -> Mapping[str, tuple[Route, ...]]:
    found: dict[str, list[Route]] = {}
    for link in graph.links_from[node.id]:
        # A name that is a pin as it stands is that pin, whatever it looks like.
        whole = link.source_name in spec.outputs
        path = PinPath(link.source_name) if whole else parse_pin(link.source_name)
        route = Route(
            path=path,
            sink_id=link.sink_id,
            sink_pin=link.sink_name,
        )
        found.setdefault(path.base, []).append(route)
    return {pin: tuple(routes) for pin, routes in found.items()}
