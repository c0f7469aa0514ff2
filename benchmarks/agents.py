"""The agents that are measured, as documents to import."""

from itertools import pairwise
from typing import Any

INPUT = "c0a8e994-ebf1-4a9c-a4d8-89d09c86741b"
OUTPUT = "363ae599-353e-4804-937e-b2ee3cef3da4"
CALCULATOR = "b1ab9b19-67a6-406d-abf5-2dba76d00c79"
TIMER = "d67a9c52-5e4e-11e2-bcfd-0800200c9a71"


def three_nodes() -> dict[str, Any]:
    """Input, calculator, output."""
    return _chain(
        "Three nodes",
        ("in", INPUT, {"name": "n", "value": 1}, "result", "value"),
        ("add", CALCULATOR, {"operation": "Add", "b": 1}, "result", "a"),
        ("out", OUTPUT, {"name": "sum"}, "output", "value"),
    )


def waits(seconds: float) -> dict[str, Any]:
    """Input, timer, output."""
    return _chain(
        "Waits",
        ("in", INPUT, {"name": "n", "value": 1}, "result", "value"),
        ("timer", TIMER, {"seconds": seconds}, "output_message", "input_message"),
        ("out", OUTPUT, {"name": "done"}, "output", "value"),
    )


def _chain(
    name: str, *nodes: tuple[str, str, dict[str, Any], str, str]
) -> dict[str, Any]:
    """Each node: id, block, constants, its output pin, its input pin."""
    pairs = pairwise(nodes)
    return {
        "name": name,
        "nodes": [
            {"id": id_, "block_id": block, "input_default": constants}
            for id_, block, constants, *_ in nodes
        ],
        "links": [
            {
                "id": f"{source[0]}-{sink[0]}",
                "source_id": source[0],
                "source_name": source[3],
                "sink_id": sink[0],
                "sink_name": sink[4],
            }
            for source, sink in pairs
        ],
    }
