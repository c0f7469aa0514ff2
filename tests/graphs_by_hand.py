"""Graphs as short literals: `graph({"a": (ECHO, {...})}, "a.value -> b.value")`."""

from collections.abc import Mapping

from graphs.domain.model import Graph, Link, Node, NodeId


def graph(
    nodes: Mapping[str, str | tuple[str, dict] | tuple[str, dict, dict]],
    *links: str,
    settings: dict | None = None,
) -> Graph:
    """A link is `source.pin -> sink.pin`; `=>` in place of `->` makes it static."""
    return Graph(
        nodes={NodeId(name): _node(name, what) for name, what in nodes.items()},
        links=tuple(_link(number, text) for number, text in enumerate(links)),
        settings=settings or {},
    )


def _node(name: str, what: str | tuple) -> Node:
    block_id, constants, metadata = (
        (what, {}, {}) if isinstance(what, str) else (*what, {})[:3]
    )
    return Node(
        id=NodeId(name), block_id=block_id, constants=constants, metadata=metadata
    )


def _link(number: int, text: str) -> Link:
    arrow = " => " if " => " in text else " -> "
    source, sink = text.split(arrow)
    source_id, source_name = source.split(".", 1)
    sink_id, sink_name = sink.split(".", 1)
    return Link(
        id=f"link-{number}",
        source_id=NodeId(source_id),
        source_name=source_name,
        sink_id=NodeId(sink_id),
        sink_name=sink_name,
        is_static=arrow == " => ",
    )
