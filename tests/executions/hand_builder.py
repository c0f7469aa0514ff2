"""Agents in the export format, written small: nodes by name, links as text."""

from dataclasses import dataclass
from typing import Any

Json = Any
NodeSpec = tuple[str, dict[str, Json]]

STORE = "1ff065e9-88e8-4358-9d82-8dc91f622ba9"
NOTE = "cc10ff7b-7753-4ff2-9af6-9399b1a7eddc"
CONVERT = "95d1b990-ce13-4d88-9737-ba5c2070c97b"
CONDITION = "715696a0-e1da-45c8-b209-c2fa9c3b0be6"
STEP = "f66a3543-28d3-4ab5-8945-9b336371e2ce"
TEMPLATE = "db7d8f02-2f44-4c55-ab7a-eae0941f0c30"
COMBINE = "e30a4d42-7b7d-4e6a-b36e-1f9b8e3b7d85"
CALCULATOR = "b1ab9b19-67a6-406d-abf5-2dba76d00c79"
COUNT = "3c9c2f42-b0c3-435f-ba35-05f7a25c772a"
CREATE_DICT = "b924ddf4-de4f-4b56-9a85-358930dcbc91"
FIND = "0e50422c-6dee-4145-83d6-3a5a392f65de"
ADD_TO_LIST = "aeb08fc1-2fc1-4141-bc8e-f758f183a822"
NOW = "716a67b3-6760-42e7-86dc-18645c6e00fc"
COUNTDOWN = "d67a9c52-5e4e-11e2-bcfd-0800200c9a71"
WEB = "6595ae1f-b924-42cb-9a41-551a0611c4b4"
OUTPUT = "363ae599-353e-4804-937e-b2ee3cef3da4"
INPUTS = {
    "any": "c0a8e994-ebf1-4a9c-a4d8-89d09c86741b",
    "short": "7fcd3bcb-8e1b-4e69-903d-32d3d4a92158",
    "long": "90a56ffb-7024-4b2b-ab50-e26c5e5ab8ba",
    "number": "96dae2bb-97a2-41c2-bd2f-13a3b5a8ea98",
    "date": "7e198b09-4994-47db-8b4d-952d98241817",
    "time": "2a1c757e-86cf-4c7e-aacf-060dc382e434",
    "dropdown": "655d6fdf-a334-421c-b733-520549c07cd1",
    "toggle": "cbf36ab5-df4a-43b6-8a7f-f7ed8652116e",
    "table": "5603b273-f41e-4020-af7d-fbc9c6a8d928",
}


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What a run must answer; each of `errors` is in the error of its place."""

    status: str
    outputs: Json
    ran: int
    errors: tuple[str, ...]


def completed(outputs: Json, *, ran: int) -> Expected:
    return Expected(status="COMPLETED", outputs=outputs, ran=ran, errors=())


def failed(*errors: str, outputs: Json = None, ran: int) -> Expected:
    return Expected(status="FAILED", outputs=outputs or {}, ran=ran, errors=errors)


def refused(*errors: str) -> Expected:
    """The agent has validation errors, so nothing of it runs."""
    return failed(*errors, ran=0)


def given(name: str = "x", kind: str = "any", **constants: Json) -> NodeSpec:
    return INPUTS[kind], {"name": name, **constants}


def out(name: str = "o", **constants: Json) -> NodeSpec:
    return OUTPUT, {"name": name, **constants}


def calc(operation: str = "Add", **constants: Json) -> NodeSpec:
    return CALCULATOR, {"operation": operation, **constants}


def when(operator: str, value2: Json, **constants: Json) -> NodeSpec:
    return CONDITION, {"operator": operator, "value2": value2, **constants}


def step(*items: Json) -> NodeSpec:
    return STEP, {"items": list(items)}


def block(block_id: str, **constants: Json) -> NodeSpec:
    return block_id, constants


def agent(links: str = "", /, **nodes: NodeSpec) -> dict[str, Json]:
    """One link a line, `source.pin > sink.pin`; `>>` marks it static in the file."""
    lines = [line.split() for line in links.splitlines() if line.strip()]
    return {
        "id": "00000000-0000-4000-8000-000000000001",
        "version": 1,
        "is_active": True,
        "name": "By hand",
        "description": "",
        "nodes": [_node(name, spec) for name, spec in nodes.items()],
        "links": [_link(number, *words) for number, words in enumerate(lines)],
    }


def one(block_id: str, pin: str, **constants: Json) -> dict[str, Json]:
    """The agent of one block, of which the output `o` shows one pin."""
    return agent(f"b.{pin} > o.value", b=block(block_id, **constants), o=out())


def answers(*values: Json) -> Expected:
    """Of an agent of one block: it ran, and so did its output for each value."""
    outputs = {"o": list(values)} if values else {}
    return completed(outputs, ran=1 + len(values))


def _node(name: str, spec: NodeSpec) -> dict[str, Json]:
    block_id, constants = spec
    return {
        "id": name,
        "block_id": block_id,
        "input_default": constants,
        "metadata": {"position": {"x": 0, "y": 0}},
        "input_links": [],
        "output_links": [],
    }


def _link(number: int, source: str, arrow: str, sink: str) -> dict[str, Json]:
    source_id, source_name = source.split(".", 1)
    sink_id, sink_name = sink.split(".", 1)
    return {
        "id": f"link-{number}",
        "source_id": source_id,
        "source_name": source_name,
        "sink_id": sink_id,
        "sink_name": sink_name,
        "is_static": arrow == ">>",
    }
