"""Users, graphs and documents for tests, each made by a plain function."""

from itertools import count
from typing import Any

from accounts.models import User
from accounts.services import user_register
from graphs.domain.model import Graph as DomainGraph
from graphs.domain.model import Node
from graphs.domain.parse import parse_graph
from graphs.models import Graph
from graphs.services import graph_create

INPUT = "c0a8e994-ebf1-4a9c-a4d8-89d09c86741b"
NUMBER_INPUT = "96dae2bb-97a2-41c2-bd2f-13a3b5a8ea98"
OUTPUT = "363ae599-353e-4804-937e-b2ee3cef3da4"
STORE = "1ff065e9-88e8-4358-9d82-8dc91f622ba9"
NOTE = "cc10ff7b-7753-4ff2-9af6-9399b1a7eddc"
CALCULATOR = "b1ab9b19-67a6-406d-abf5-2dba76d00c79"
TEMPLATE = "db7d8f02-2f44-4c55-ab7a-eae0941f0c30"
COMBINE = "e30a4d42-7b7d-4e6a-b36e-1f9b8e3b7d85"
COUNT = "3c9c2f42-b0c3-435f-ba35-05f7a25c772a"
STEP = "f66a3543-28d3-4ab5-8945-9b336371e2ce"
UNKNOWN = "00000000-dead-4000-8000-000000000000"

Json = dict[str, Any]

_emails = count(1)


def make_user(email: str = "") -> User:
    return user_register(
        email or f"user-{next(_emails)}@example.org", "correct-horse-9"
    )


def node(id: str, block_id: str, **constants: Any) -> Json:
    """A node of a document; for dynamic pin names use `node(...) | {...}`."""
    return {
        "id": id,
        "block_id": block_id,
        "input_default": constants,
        "metadata": {"position": {"x": 0, "y": 0}},
    }


def link(text: str, *, is_static: bool = False) -> Json:
    """`source.pin -> sink.pin`; the text is the id, too."""
    source, sink = text.split(" -> ")
    source_id, source_name = source.split(".", 1)
    sink_id, sink_name = sink.split(".", 1)
    return {
        "id": text,
        "source_id": source_id,
        "source_name": source_name,
        "sink_id": sink_id,
        "sink_name": sink_name,
        "is_static": is_static,
    }


def document(nodes: list[Json] | None = None, links: list[str] | None = None) -> Json:
    """A draft as it is sent. Without arguments: a sum of an input and 34."""
    if nodes is None:
        nodes = [
            node("in", NUMBER_INPUT, name="Input"),
            node("sum", CALCULATOR, operation="Add", b=34),
            node("out", OUTPUT, name="Output"),
        ]
        links = ["in.result -> sum.a", "sum.result -> out.value"]
    return {
        "name": "Sum",
        "description": "Adds.",
        "nodes": [*nodes],
        "links": [link(text) for text in links or ()],
    }


def make_graph(user: User, body: Json | None = None) -> Graph:
    graph = parse_graph(body or document(), strict_blocks=True)
    return graph_create(user=user, graph=graph)


def node_of(graph: DomainGraph, id: str) -> Node:
    return next(node for node in graph.nodes.values() if node.id == id)
