"""A graph made ready to run: who feeds whom, looked up once, not at each value."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from blocks.dynamic_pins import PinPath, parse_pin
from blocks.registry import Registry, registry
from blocks.schema import ERROR_PIN
from blocks.spec import BlockSpec, Effect, Kind
from blocks.values import JsonObject, JsonValue
from core.limits import Limits
from executions.domain.retry import RetryPolicy, policy_of
from graphs.domain.constants import settled
from graphs.domain.model import Graph, Link, Node, NodeId
from graphs.domain.pins import TOOLS_PIN, source_path, tool_pin


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
    retry: RetryPolicy
    timeout_s: float | None
    """Of one attempt; None: as the limits say."""
    cacheable: bool
    """The user wants results to be used again for the same inputs."""
    credentials_optional: bool = False
    """Without its credential it does nothing, and that is no failure."""
    label: str = ""
    """What the user calls it."""
    description: str = ""

    @property
    def handles_errors(self) -> bool:
        """A link leaves exactly the `error` pin."""
        return any(not route.path.steps for route in self.routes.get(ERROR_PIN, ()))


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """`settings` are those of the graph."""

    nodes: Mapping[NodeId, PlanNode]
    settings: JsonObject
    max_parallel: int | None = None

    def limits(self, allowed: Limits) -> Limits:
        """The graph's own budgets, where they are tighter than what is allowed."""
        if not self.settings:
            return allowed
        return replace(
            allowed,
            node_executions=self._tighter(
                "max_node_executions", allowed.node_executions
            ),
            emitted_bytes=self._tighter("max_output_bytes", allowed.emitted_bytes),
            run_seconds=self._tighter("timeout_s", allowed.run_seconds),
            cost=self._tighter("max_cost", allowed.cost),
        )

    def _tighter(self, name: str, allowed: float) -> Any:
        wanted = positive(self.settings.get(name))
        return allowed if wanted is None else min(wanted, allowed)

    @property
    def asks_about_lost_attempts(self) -> bool:
        """Where an attempt was lost that must not be repeated, a person decides."""
        return self.settings.get("on_unknown_outcome") == "review"

    @property
    def asks_people(self) -> bool:
        """Off is what agents of AutoGPT call no safe mode."""
        return self.settings.get("human_in_the_loop_safe_mode") is not False

    @property
    def is_careful(self) -> bool:
        """No node begins before everything so far is durable."""
        return self.settings.get("durability") == "each_node"


def positive(value: object) -> float | None:
    """A setting that must be a number above zero; anything else is none."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if is_number and value > 0 else None  # type: ignore[operator, return-value]


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
        settings=graph.settings,
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
        retry=policy_of(node.metadata.get("retry")),
        timeout_s=positive(node.metadata.get("timeout_s")),
        cacheable=node.metadata.get("cacheable") is True and _can_be_cached(spec),
        credentials_optional=node.metadata.get("credentials_optional") is True,
        label=_text(node.metadata.get("customized_name")),
        description=_text(node.metadata.get("description")) or spec.description,
    )


def _text(value: JsonValue) -> str:
    return value if isinstance(value, str) else ""


def _can_be_cached(spec: BlockSpec) -> bool:
    return spec.kind is Kind.STANDARD and spec.effect is not Effect.ONCE


def _spec_of(node: Node, specs: Registry) -> BlockSpec:
    spec = specs.get(node.block_id)
    if spec is None:
        raise LookupError(f"node {node.id}: no block has the id {node.block_id}")
    return spec


def _is_static(graph: Graph, link: Link, specs: Registry) -> bool:
    source = _spec_of(graph.nodes[link.source_id], specs)
    return link.is_static or source.static_output


def _source_path(spec: BlockSpec, link: Link) -> PinPath:
    name = link.source_name
    if TOOLS_PIN in spec.outputs and source_path(spec, name).base == TOOLS_PIN:
        return PinPath(tool_pin(link.sink_id, link.sink_name))
    # A name that is a pin as it stands is that pin, whatever it looks like; the pins of
    # a sub-agent are its outputs, which are not declared here.
    whole = name in spec.outputs or spec.kind is Kind.AGENT
    return PinPath(name) if whole else parse_pin(name)


def _routes(
    graph: Graph, node: Node, spec: BlockSpec
) -> Mapping[str, tuple[Route, ...]]:
    found: dict[str, list[Route]] = {}
    for link in graph.links_from[node.id]:
        path = _source_path(spec, link)
        route = Route(
            path=path,
            sink_id=link.sink_id,
            sink_pin=link.sink_name,
        )
        found.setdefault(path.base, []).append(route)
    return {pin: tuple(routes) for pin, routes in found.items()}
