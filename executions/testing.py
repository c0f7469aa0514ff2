"""Runs a block of yours in a graph, for tests: no server, no database."""

from collections.abc import Mapping

from blocks.registry import registry
from blocks.values import JsonObject, JsonValue
from core.egress import EgressClient
from core.limits import Limits
from executions.local import run_locally
from graphs.domain.model import Graph, Link, Node, NodeId
from graphs.domain.pins import outputs_of

_OUTPUT_BLOCK = "363ae599-353e-4804-937e-b2ee3cef3da4"


async def run_in_graph(block_id: str, inputs: Mapping[str, JsonValue]) -> JsonObject:
    """`{status, outputs, errors, node_executions}` of a run in which each output pin
    of the block, `error` too, leads to an output of the agent by the same name.

    Raises:
        LookupError: there is no such block.
    """
    client = EgressClient()
    try:
        return await run_locally(
            _around(block_id, inputs), {}, limits=Limits(), client=client
        )
    finally:
        await client.aclose()


def _around(block_id: str, inputs: Mapping[str, JsonValue]) -> Graph:
    spec = registry.get(block_id)
    if spec is None:
        raise LookupError(f"no block has the id {block_id!r}")
    tested = NodeId("block")
    nodes = {tested: Node(id=tested, block_id=block_id, constants=inputs)}
    links = []
    for pin in outputs_of(spec):
        id_ = NodeId(f"output {pin}")
        nodes[id_] = Node(id=id_, block_id=_OUTPUT_BLOCK, constants={"name": pin})
        links.append(_link(tested, pin, id_))
    return Graph(nodes=nodes, links=tuple(links))


def _link(source: NodeId, pin: str, sink: NodeId) -> Link:
    return Link(
        id=f"link {pin}",
        source_id=source,
        source_name=pin,
        sink_id=sink,
        sink_name="value",
    )
