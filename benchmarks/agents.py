"""The agents that are measured, as documents to import."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final, NamedTuple

INPUT: Final = "c0a8e994-ebf1-4a9c-a4d8-89d09c86741b"
OUTPUT: Final = "363ae599-353e-4804-937e-b2ee3cef3da4"
CALCULATOR: Final = "b1ab9b19-67a6-406d-abf5-2dba76d00c79"
TIMER: Final = "d67a9c52-5e4e-11e2-bcfd-0800200c9a71"
EACH_ITEM: Final = "f66a3543-28d3-4ab5-8945-9b336371e2ce"
CHUNKS: Final = "1e719c55-cb79-4eef-88d5-ef75254fbc51"
PROCESSOR: Final = "ed925370-78a7-46e7-8747-92f1986fb296"
PART: Final = "0e50422c-6dee-4145-83d6-3a5a392f65de"

Document = dict[str, Any]


class Node(NamedTuple):
    """The link into it ends in the pin `sink`, the one out of it leaves by `source`."""

    id: str
    block: str
    constants: dict[str, Any]
    sink: str
    source: str


ENTRY: Final = Node("in", INPUT, {"name": "n", "value": 1}, "value", "result")
EXIT: Final = Node("out", OUTPUT, {"name": "result"}, "value", "output")


def chain(length: int) -> Document:
    """That many nodes: input, calculators, output."""
    middle = [_adds_one(f"add{place}") for place in range(length - 2)]
    return _document(f"Chain of {length}", [[ENTRY, *middle, EXIT]])


def waits(seconds: int, times: int = 1, calculators: int = 0) -> Document:
    """Input, so many timers in a row with calculators behind each, output."""
    middle: list[Node] = []
    for turn in range(times):
        middle.append(_timer(f"timer{turn}", seconds))
        middle += [_adds_one(f"add{turn}-{place}") for place in range(calculators)]
    return _document(f"Waits {times} x {seconds} s", [[ENTRY, *middle, EXIT]])


def fan_out() -> Document:
    """A list, one calculator execution for each item, the results collected."""
    entry = Node("in", INPUT, {"name": "items"}, "value", "result")
    each = Node("each", EACH_ITEM, {}, "items", "item")
    return _document("Fan-out", [[entry, each, _adds_one("add"), EXIT]])


def processed() -> Document:
    """A list in chunks of 1,000, each of which is doubled and then halved in number."""
    entry = Node("in", INPUT, {"name": "items"}, "value", "result")
    chunks = Node("chunks", CHUNKS, {"size": 1_000}, "items", "chunk")
    doubled = _processor("double", "transform", "item * 2")
    kept = _processor("keep", "filter", "item % 4 == 0")
    chain = [entry, chunks, doubled, _data_of(doubled), kept, _data_of(kept), EXIT]
    return _document("Processed", [chain])


def grid(width: int, depth: int) -> Document:
    """So many chains of calculators side by side, all from one input; one is shown."""
    chains = [
        [ENTRY, *(_adds_one(f"{row}-{column}") for column in range(depth))]
        for row in range(width)
    ]
    chains[0].append(EXIT)
    return _document(f"Grid of {width} x {depth}", chains)


def _adds_one(id_: str) -> Node:
    return Node(id_, CALCULATOR, {"operation": "Add", "b": 1}, "a", "result")


def _timer(id_: str, seconds: int) -> Node:
    return Node(id_, TIMER, {"seconds": seconds}, "input_message", "output_message")


def _processor(id_: str, operation: str, expression: str) -> Node:
    constants = {"operation": operation, "expression": expression}
    return Node(id_, PROCESSOR, constants, "data", "result")


def _data_of(processor: Node) -> Node:
    return Node(f"{processor.id}-data", PART, {"key": "data"}, "input", "output")


def _document(name: str, chains: Sequence[Sequence[Node]]) -> Document:
    """Each chain linked from its first to its last; a node may be in several."""
    nodes = {node.id: node for chain in chains for node in chain}
    pairs = [pair for chain in chains for pair in pairwise(chain)]
    return {
        "name": name,
        "nodes": [
            {"id": node.id, "block_id": node.block, "input_default": node.constants}
            for node in nodes.values()
        ],
        "links": [_link(source, sink) for source, sink in pairs],
    }


def _link(source: Node, sink: Node) -> dict[str, str]:
    return {
        "id": f"{source.id}-{sink.id}",
        "source_id": source.id,
        "source_name": source.source,
        "sink_id": sink.id,
        "sink_name": sink.sink,
    }
