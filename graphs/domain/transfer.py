"""Agents on their way in and out, in the format that AutoGPT Platform exports."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from blocks.registry import Registry, registry
from blocks.spec import Kind
from blocks.values import JsonObject, JsonValue
from graphs.domain.document import link_document, node_document
from graphs.domain.faults import FormatFault, GraphFormatError
from graphs.domain.findings import Finding, Severity
from graphs.domain.interface import input_schema, output_schema
from graphs.domain.model import Graph, Link, Node, NodeId
from graphs.domain.parse import parse_graph
from graphs.domain.pins import is_credentials_name
from graphs.domain.validation import validate
from graphs.domain.wants import (
    CredentialWanted,
    credentials_schema,
    credentials_wanted,
    hosts_of,
)

AGENT_EXECUTOR: Final = "e189baac-8c20-45a1-94a7-55177ea42565"
HUMAN_IN_THE_LOOP: Final = "8b2a7b3c-6e9d-4a5f-8c1b-2e3f4a5b6c7d"

_CREDENTIALS_ID: Final = "_credentials_id"


@dataclass(frozen=True, kw_only=True, slots=True)
class BlockUse:
    """A block and the nodes that use it."""

    id: str
    name: str
    node_ids: tuple[NodeId, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportReport:
    """What came in, and what is left to do before it runs."""

    name: str
    nodes: int
    links: int
    sub_graphs: int
    blocks_present: tuple[BlockUse, ...]
    blocks_missing: tuple[BlockUse, ...]
    removed: tuple[tuple[NodeId, str], ...]
    """Node and pin of each value that belonged to the author alone."""
    findings: tuple[Finding, ...]
    credentials_wanted: tuple[CredentialWanted, ...] = ()
    hosts: tuple[str, ...] = ()
    """Those its constants name."""
    parts: "tuple[tuple[str, ImportReport], ...]" = ()
    """The agents that came with it, by their ids."""
    agents_missing: tuple[str, ...] = ()
    """Ids of agents that it calls and that did not come with it."""

    def to_json(self) -> JsonObject:
        return {
            "name": self.name,
            "nodes": self.nodes,
            "links": self.links,
            "sub_graphs": self.sub_graphs,
            "blocks_present": [
                {"id": use.id, "name": use.name, "count": len(use.node_ids)}
                for use in self.blocks_present
            ],
            "blocks_missing": [
                {"id": use.id, "count": len(use.node_ids), "node_ids": [*use.node_ids]}
                for use in self.blocks_missing
            ],
            "removed": [{"node_id": id_, "pin": pin} for id_, pin in self.removed],
            "findings": [finding.to_json() for finding in self.findings],
            "credentials_wanted": [one.to_json() for one in self.credentials_wanted],
            "hosts": list(self.hosts),
            "agents": [{"id": id_, **part.to_json()} for id_, part in self.parts],
            "agents_missing": list(self.agents_missing),
        }


def import_agent(
    document: object, specs: Registry = registry
) -> tuple[Graph, ImportReport]:
    """Read an exported agent, old or new. Unknown blocks stay as placeholders.

    What belonged to the author alone (user id, credentials, webhooks) is left behind.

    Raises:
        GraphFormatError: it is no agent.
    """
    if isinstance(document, dict) and "nodes" not in document:
        fault = FormatFault(field="nodes", message="is missing", code="missing")
        raise GraphFormatError([fault])
    parsed = parse_graph(document, strict_blocks=False, specs=specs)
    nodes = {node.id: _without_personal(node) for node in parsed.nodes.values()}
    graph = replace(
        parsed,
        nodes=nodes,
        links=tuple(_settled_link(link, nodes, specs) for link in parsed.links),
        extra={key: _impersonal(key, one) for key, one in parsed.extra.items()},
    )
    removed = tuple(
        (node.id, name)
        for node in parsed.nodes.values()
        for name in node.constants
        if name not in nodes[node.id].constants
    )
    return graph, report_of(graph, removed, specs)


def _settled_link(link: Link, nodes: Mapping[NodeId, Node], specs: Registry) -> Link:
    spec = specs.get(nodes[link.source_id].block_id)
    is_static = link.is_static or (spec is not None and spec.static_output)
    return link if is_static == link.is_static else replace(link, is_static=is_static)


def report_of(
    graph: Graph,
    removed: tuple[tuple[NodeId, str], ...] = (),
    specs: Registry = registry,
) -> ImportReport:
    """What is told of an agent that came in, or of one as it stands now."""
    sub_graphs = graph.extra.get("sub_graphs")
    return ImportReport(
        name=graph.name,
        nodes=len(graph.nodes),
        links=len(graph.links),
        sub_graphs=len(sub_graphs) if isinstance(sub_graphs, list) else 0,
        blocks_present=tuple(_uses(graph, specs, is_known=True)),
        blocks_missing=tuple(_uses(graph, specs, is_known=False)),
        removed=removed,
        findings=tuple(validate(graph, specs)),
        credentials_wanted=credentials_wanted(graph, specs),
        hosts=hosts_of(graph),
    )


def _uses(graph: Graph, specs: Registry, *, is_known: bool) -> Iterator[BlockUse]:
    users: dict[str, list[NodeId]] = {}
    for node in graph.nodes.values():
        users.setdefault(node.block_id, []).append(node.id)
    for block_id, node_ids in users.items():
        spec = specs.get(block_id)
        if (spec is not None) is is_known:
            name = spec.name if spec else ""
            yield BlockUse(id=block_id, name=name, node_ids=tuple(node_ids))


# --- What stays with the author -------------------------------------------------------


def _without_personal(node: Node) -> Node:
    kept = _constants_kept(node.block_id, node.constants)
    return node if len(kept) == len(node.constants) else replace(node, constants=kept)


def _constants_kept(block_id: str, constants: Mapping[str, JsonValue]) -> JsonObject:
    return {
        name: value
        for name, value in constants.items()
        if not is_credentials_name(name)
        and not _holds_credentials(value)
        and not (block_id == AGENT_EXECUTOR and name == "user_id")
    }


def _holds_credentials(value: JsonValue) -> bool:
    return isinstance(value, dict) and _CREDENTIALS_ID in value


def _impersonal(key: str, value: JsonValue) -> JsonValue:
    """The same for sub-graphs, which are kept as they came otherwise."""
    if key != "sub_graphs" or not isinstance(value, list):
        return value
    return [_sub_graph(graph) for graph in value]


def _sub_graph(graph: JsonValue) -> JsonValue:
    if not isinstance(graph, dict):
        return graph
    kept = {key: value for key, value in graph.items() if key != "user_id"}
    nodes = graph.get("nodes")
    if isinstance(nodes, list):
        kept["nodes"] = [_sub_node(node) for node in nodes]
    return kept


def _sub_node(node: JsonValue) -> JsonValue:
    if not isinstance(node, dict):
        return node
    kept = {k: value for k, value in node.items() if k not in ("webhook_id", "webhook")}
    constants = node.get("input_default")
    if isinstance(constants, dict):
        kept["input_default"] = _constants_kept(str(node.get("block_id")), constants)
    return kept


# --- Out ------------------------------------------------------------------------------


def export_agent(
    graph: Graph,
    *,
    id: str,
    version: int,
    created_at: datetime,
    is_active: bool = True,
    specs: Registry = registry,
) -> JsonObject:
    """The agent as one JSON object, without the secrets that stand on its pins."""
    nodes: list[JsonValue] = [
        _exported_node(graph, node, id, version, specs) for node in graph.nodes.values()
    ]
    links: list[JsonValue] = [link_document(link) for link in graph.links]
    settings: JsonObject = {"settings": graph.settings} if graph.settings else {}
    return {
        "instructions": None,
        "recommended_schedule_cron": None,
        "forked_from_id": None,
        "forked_from_version": None,
        "sub_graphs": [],
        **graph.extra,
        **settings,
        "id": id,
        "version": version,
        "is_active": is_active,
        "name": graph.name,
        "description": graph.description,
        "user_id": "",
        "created_at": created_at.isoformat(),
        "nodes": nodes,
        "links": links,
        "input_schema": input_schema(graph, specs),
        "output_schema": output_schema(graph, specs),
        **_computed(graph, specs),
    }


def _computed(graph: Graph, specs: Registry) -> JsonObject:
    """What the format tells about an agent besides what it is made of."""
    used = {node.block_id for node in graph.nodes.values()}
    kinds = {spec.kind for id_ in used if (spec := specs.get(id_))}
    return {
        "has_external_trigger": Kind.TRIGGER in kinds,
        "has_human_in_the_loop": HUMAN_IN_THE_LOOP in used,
        "has_sensitive_action": False,
        "trigger_setup_info": None,
        "credentials_input_schema": credentials_schema(
            credentials_wanted(graph, specs)
        ),
    }


def _exported_node(
    graph: Graph, node: Node, graph_id: str, version: int, specs: Registry
) -> JsonObject:
    spec = specs.get(node.block_id)
    secret = {pin.name for pin in spec.inputs.values() if pin.secret} if spec else set()
    kept = _constants_kept(node.block_id, node.constants)
    incoming: list[JsonValue] = [link_document(o) for o in graph.links_into[node.id]]
    outgoing: list[JsonValue] = [link_document(o) for o in graph.links_from[node.id]]
    return {
        **node_document(node),
        "input_default": {
            name: value for name, value in kept.items() if _base(name) not in secret
        },
        "input_links": incoming,
        "output_links": outgoing,
        "graph_id": graph_id,
        "graph_version": version,
        "webhook_id": None,
    }


def _base(name: str) -> str:
    """The pin of a name that may be dynamic, well-formed or not."""
    for mark in ("_#_", "_$_", "_@_"):
        name = name.split(mark, 1)[0]
    return name


def format_finding(field: str, message: str) -> Finding:
    """Something that keeps the document from being a graph at all."""
    return Finding(
        rule="format",
        severity=Severity.ERROR,
        message=f"{field or 'document'}: {message}",
        hint="Correct the document at this place.",
    )
