"""Which nodes of an earlier run a new one may take over instead of running them."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

import orjson

from blocks.registry import Registry, registry
from executions.domain.status import NodeStatus
from graphs.domain.model import Graph, NodeId
from graphs.domain.run_inputs import run_input_of

Ended = Mapping[NodeId, Collection[NodeStatus]]
"""How the node executions of each node ended; a node that never fired may be left
out."""


def reusable(
    graph: Graph,
    *,
    ended: Ended,
    start_at: Collection[NodeId] = (),
    edited: Collection[str] = (),
    ran: Graph | None = None,
    came_to_rest: bool = True,
    specs: Registry = registry,
) -> set[NodeId]:
    """The nodes of `graph` whose stored outputs stand.

    Run anew are `start_at`, the inputs named in `edited`, what did not complete, what
    is not as it was in the graph that `ran`, and all that any of these reaches. A node
    that never fired would not fire again, if the run `came_to_rest`; one that was cut
    short may not have come to it.
    """
    anew = {*start_at, *_inputs_named(graph, edited, specs)}
    anew |= {id_ for id_ in graph.nodes if not _completed(ended.get(id_), came_to_rest)}
    if ran is not None and ran is not graph:
        anew |= {id_ for id_ in graph.nodes if not _is_same(id_, ran, graph)}
    return set(graph.nodes) - _with_all_reached(graph, anew)


def failed(ended: Ended) -> set[NodeId]:
    """The nodes that have a node execution which did not complete."""
    return {id_ for id_, how in ended.items() if not _completed(how, True)}


def edited_names(before: Mapping[str, Any], now: Mapping[str, Any]) -> set[str]:
    """The inputs that do not have the value they had; 1, 1.0 and true are three."""
    names = before.keys() | now.keys()
    return {name for name in names if _part(before, name) != _part(now, name)}


def _part(inputs: Mapping[str, Any], name: str) -> bytes:
    return _canonical(inputs[name]) if name in inputs else b""


def _canonical(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def _completed(how: Collection[NodeStatus] | None, if_none: bool) -> bool:
    return all(one is NodeStatus.COMPLETED for one in how) if how else if_none


def _inputs_named(
    graph: Graph, names: Collection[str], specs: Registry
) -> Iterator[NodeId]:
    for node in graph.nodes.values():
        spec = specs.get(node.block_id)
        taken = None if spec is None else run_input_of(spec, node.constants)
        if taken is not None and taken.name in names:
            yield node.id


def _is_same(id_: NodeId, before: Graph, now: Graph) -> bool:
    """The node would be given the same, were the nodes before it the same."""
    old, new = before.nodes.get(id_), now.nodes[id_]
    return (
        old is not None
        and old.block_id == new.block_id
        and _canonical(dict(old.constants)) == _canonical(dict(new.constants))
        and _feeds(before, id_) == _feeds(now, id_)
    )


def _feeds(graph: Graph, id_: NodeId) -> set[tuple[str, str, str, bool]]:
    return {
        (link.source_id, link.source_name, link.sink_name, link.is_static)
        for link in graph.links_into[id_]
    }


def _with_all_reached(graph: Graph, start: Iterable[NodeId]) -> set[NodeId]:
    found = {id_ for id_ in start if id_ in graph.nodes}
    to_do = list(found)
    while to_do:
        for link in graph.links_from[to_do.pop()]:
            if link.sink_id not in found:
                found.add(link.sink_id)
                to_do.append(link.sink_id)
    return found
