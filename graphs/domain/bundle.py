"""An agent together with those it calls, as one exported file holds them."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final, NamedTuple

from blocks.registry import Registry, registry
from blocks.values import JsonObject, JsonValue
from graphs.domain.faults import FormatFault, GraphFormatError
from graphs.domain.findings import Finding
from graphs.domain.model import Graph, Node
from graphs.domain.transfer import (
    AGENT_EXECUTOR,
    ImportReport,
    format_finding,
    import_agent,
)

MAX_PARTS: Final = 500
SUB_GRAPHS: Final = "sub_graphs"
_ONLY_ON_TOP: Final = (
    "user_id", "created_at", SUB_GRAPHS, "credentials_input_schema",
)  # fmt: skip


class Bundle(NamedTuple):
    """`parts` are the agents that came with it, by the ids they have in the file; `id`
    is its own, which they may call as well."""

    id: str
    top: Graph
    parts: Mapping[str, Graph]
    report: ImportReport


def unpack(document: object, specs: Registry = registry) -> Bundle:
    """Read an exported agent and those in it, at all depths.

    Raises:
        GraphFormatError: one of them is no agent; the faults say where.
    """
    top, report = import_agent(document, specs)
    parts: dict[str, Graph] = {}
    reports: list[tuple[str, ImportReport]] = []
    faults: list[FormatFault] = []
    for path, part_id, body in _parts_of(document, ""):
        if part_id in parts:
            continue
        try:
            graph, about = import_agent(body, specs)
        except GraphFormatError as error:
            faults += [_below(path, fault) for fault in error.errors]
            continue
        parts[part_id] = _without_parts(graph)
        reports.append((part_id, about))
    if len(parts) > MAX_PARTS:
        text = f"{len(parts):,} sub-agents are more than the {MAX_PARTS:,} allowed"
        faults.append(FormatFault(field=SUB_GRAPHS, message=text, code="too_many"))
    if faults:
        raise GraphFormatError(faults)
    report = replace(report, sub_graphs=len(parts), parts=tuple(reports))
    id_ = document.get("id") if isinstance(document, dict) else None
    own = id_ if isinstance(id_, str) else ""
    known = {own, *parts}
    missing = [one for one in _callees([top, *parts.values()]) if one not in known]
    report = replace(report, agents_missing=tuple(missing))
    return Bundle(own, _without_parts(top), parts, report)


def _parts_of(document: object, before: str) -> Iterator[tuple[str, str, JsonObject]]:
    """Where each stands, the id it goes by, and itself."""
    listed = document.get(SUB_GRAPHS) if isinstance(document, dict) else None
    for place, body in enumerate(listed if isinstance(listed, list) else ()):
        path = f"{before}{SUB_GRAPHS}[{place}]"
        id_ = body.get("id") if isinstance(body, dict) else None
        if isinstance(body, dict) and isinstance(id_, str):
            yield path, id_, body
            yield from _parts_of(body, f"{path}.")


def _below(path: str, fault: FormatFault) -> FormatFault:
    field = f"{path}.{fault.field}" if fault.field else path
    return replace(fault, field=field)


def _without_parts(graph: Graph) -> Graph:
    """The list of those that were read; what is no agent in it stays for export."""
    listed = graph.extra.get(SUB_GRAPHS)
    if not isinstance(listed, list):
        return graph
    left = [part for part in listed if not _is_part(part)]
    extra = {key: value for key, value in graph.extra.items() if key != SUB_GRAPHS}
    return replace(graph, extra=extra | ({SUB_GRAPHS: left} if left else {}))


def _is_part(value: JsonValue) -> bool:
    return isinstance(value, dict) and isinstance(value.get("id"), str)


def _callees(graphs: list[Graph]) -> dict[str, None]:
    return {id_: None for graph in graphs for id_ in callees(graph)}


def callees(graph: Graph) -> list[str]:
    """The ids of the agents that its nodes run, each once."""
    named = [
        node.constants.get("graph_id")
        for node in graph.nodes.values()
        if node.block_id == AGENT_EXECUTOR
    ]
    return list(dict.fromkeys(id_ for id_ in named if isinstance(id_, str) and id_))


def renamed(graph: Graph, ids: Mapping[str, str]) -> Graph:
    """The same graph, calling agents by their new ids."""
    nodes = {id_: _renamed(node, ids) for id_, node in graph.nodes.items()}
    return replace(graph, nodes=nodes)


def _renamed(node: Node, ids: Mapping[str, str]) -> Node:
    old = node.constants.get("graph_id")
    if node.block_id != AGENT_EXECUTOR or not isinstance(old, str) or old not in ids:
        return node
    return replace(node, constants={**node.constants, "graph_id": ids[old]})


def packed(document: JsonObject, parts: list[JsonObject]) -> JsonObject:
    """An exported agent with those it calls in it."""
    listed = document.get(SUB_GRAPHS)
    left = listed if isinstance(listed, list) else []
    inside: list[JsonValue] = [
        {key: value for key, value in part.items() if key not in _ONLY_ON_TOP}
        for part in parts
    ]
    return {**document, SUB_GRAPHS: [*inside, *left]}


def check_document(document: object, specs: Registry = registry) -> list[Finding]:
    """All findings about an agent that is not stored and those that came with it;
    faults of its form are some."""
    try:
        report = unpack(document, specs).report
    except GraphFormatError as error:
        return [format_finding(fault.field, fault.message) for fault in error.errors]
    found = list(report.findings)
    for _, part in report.parts:
        name = part.name or "unnamed"
        found += [
            replace(one, message=f"In the sub-agent {name!r}: {one.message}")
            for one in part.findings
        ]
    return found
